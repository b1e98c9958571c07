"""Grams: the short pieces by which patients are found, whatever is known of them. Pure.

A piece is three letters or digits in a row. A word also stands there whole, and with each of its letters left
out: whoever shares one of those with a word is one slip away from it, or none.
"""

import re
import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from hashlib import sha256

from clinic.plain_text import search_words

# As long as the column.
LONGEST_GRAM = 32
LONGEST_WORD, LONGEST_NEAR = 40, 12
# What is told by the last digits of a number; all before them is the country’s or the network’s.
_TELLING_DIGITS = 8
_PIECE, _LONG = 3, 6
_ASCII_WORD = re.compile(r"[a-z0-9]+")
_APOSTROPHES = str.maketrans("", "", "'`")
_BEGIN, _END = "^", "$"
# The first letter of a gram is its kind.
NAME, NEAR, PHONE, WHOLE_PHONE, MAIL, WHOLE_MAIL, DOMAIN, BIRTH, ELSEWHERE = "nwptmedbi"
# One of these says more than a piece does.
TELLING_KINDS = (NEAR, WHOLE_PHONE, WHOLE_MAIL, DOMAIN, BIRTH, ELSEWHERE)


@dataclass(frozen=True, slots=True)
class Known:
    """What a patient may be found by; `ids` are what other systems call them, `phone` is E.164."""

    given_name: str = ""
    family_name: str = ""
    born_on: date | None = None
    phone: str = ""
    email: str = ""
    ids: tuple[str, ...] = ()


def grams_of(known: Known) -> frozenset[str]:
    """All by which the patient is found."""
    return frozenset(
        [
            *(gram for word in words_known(known.family_name) for gram in _word_grams(word)),
            *(gram for word in words_known(known.given_name) for gram in _word_grams(word)),
            *_phone_grams(known.phone),
            *_mail_grams(known.email),
            *((born(known.born_on), year(known.born_on.year)) if known.born_on else ()),
            *map(elsewhere, known.ids),
        ]
    )


def words_known(name: str) -> list[str]:
    """The words of a given or family name; those of one with several stand there as one word too."""
    words = name_words(name)
    return [*words, "".join(words)[:LONGEST_WORD]] if len(words) > 1 else words


def name_words(text: str) -> list[str]:
    """“anne”, “marie”, of “Anne-Marie”: without case, accents and signs."""
    if text.isascii():
        # Most are, and this is said hundreds of times a search.
        return [word[:LONGEST_WORD] for word in _ASCII_WORD.findall(text.lower().translate(_APOSTROPHES))]
    plain = "".join(
        letter if unicodedata.category(letter)[0] in "LMN" else " " for letter in search_words(text)
    )
    return [word[:LONGEST_WORD] for word in plain.split()]


def name_pieces(word: str) -> frozenset[str]:
    """All pieces of a word of a name; of one or two letters it is how a name begins."""
    if len(word) < _PIECE:
        return frozenset([f"{NAME}{_BEGIN}{word}"])
    return frozenset(f"{NAME}{piece}" for piece in _pieces(f"{_BEGIN}{word}{_END}"))


def name_pieces_asked(word: str) -> frozenset[str]:
    """By which such a word is looked for: of a long one every second piece, for each costs a search."""
    if len(word) < _LONG:
        return name_pieces(word)
    return frozenset(f"{NAME}{piece}" for piece in _every_second(f"{_BEGIN}{word}{_END}"))


def near(word: str) -> frozenset[str]:
    """The word, whole and with each letter left out; none of a word too long, whose pieces tell enough."""
    if len(word) > LONGEST_NEAR:
        return frozenset()
    less = {word[:at] + word[at + 1 :] for at in range(len(word))} if len(word) >= _PIECE else set()
    return frozenset(f"{NEAR}{one}" for one in (word, *less))


def phone_pieces(digits: str) -> frozenset[str]:
    """By which the digits of a number, at least three, are looked for."""
    return frozenset(f"{PHONE}{piece}" for piece in _pieces(f"{digits[-_TELLING_DIGITS:]}{_END}"))


def mail_pieces(part: str) -> frozenset[str]:
    """By which part of an address is looked for: what stands before the @ if that is enough, else after."""
    before, at, after = part.casefold().partition("@")
    if len(before + at) >= _PIECE:
        pieces = frozenset(f"{MAIL}{piece}" for piece in _every_second(before + at))
        return pieces | {whole_mail(part)} if at else pieces | _domain(before)
    return _domain(after)


def born(on: date) -> str:
    return f"{BIRTH}{on.isoformat()}"


def year(number: int) -> str:
    return f"{BIRTH}{number:04}"


def whole_phone(phone: str) -> str:
    return f"{WHOLE_PHONE}{phone.removeprefix('+')}"


def whole_mail(email: str) -> str:
    return _short(WHOLE_MAIL, email.casefold())


def elsewhere(name: str) -> str:
    """What another system calls the patient, without case and spaces."""
    return _short(ELSEWHERE, "".join(name.casefold().split()))


def _word_grams(word: str) -> Iterator[str]:
    yield f"{NAME}{_BEGIN}{word[:1]}"
    yield f"{NAME}{_BEGIN}{word[:2]}"
    yield from name_pieces(word)
    yield from near(word)


def _phone_grams(phone: str) -> Iterator[str]:
    if digits := re.sub(r"\D", "", phone):
        yield whole_phone(digits)
        yield from phone_pieces(digits)


def _mail_grams(email: str) -> Iterator[str]:
    if email:
        before, _, after = email.casefold().partition("@")
        yield whole_mail(email)
        yield from (f"{MAIL}{piece}" for piece in _pieces(f"{before}@"))
        yield from _domain(after)


def _domain(said: str) -> frozenset[str]:
    """Its labels, without the last one of several: half the world shares that."""
    labels = [label for label in said.split(".") if label]
    return frozenset(_short(DOMAIN, label) for label in labels[:-1] or labels)


def _pieces(text: str) -> list[str]:
    return [text[at : at + _PIECE] for at in range(max(1, len(text) - _PIECE + 1))]


def _every_second(text: str) -> Iterable[str]:
    pieces = _pieces(text)
    return {*pieces[::2], pieces[-1]}


def _short(kind: str, text: str) -> str:
    """What is too long for the column ends in its digest."""
    if len(text) < LONGEST_GRAM:
        return f"{kind}{text}"
    return f"{kind}{text[:14]}{sha256(text.encode()).hexdigest()[:16]}"
