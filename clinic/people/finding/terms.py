"""What a search for patients may mean: its terms, each with all its readings. Pure."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date

import phonenumbers

from clinic.people.finding.grams import (
    born,
    elsewhere,
    mail_pieces,
    name_pieces_asked,
    name_words,
    near,
    phone_pieces,
    year,
)
from clinic.people.phones import e164
from clinic.time.typed import DayOrder, order_in

MOST_TERMS, FEWEST_DIGITS = 8, 3
# A number as it is being typed, and a year of two digits at the end of a day.
_NUMBER = re.compile(r"[+＋(]*\d[\d().+/–-]*")
_SHORT_YEAR = re.compile(r"(.*\D)(\d{2})")
_CENTURIES = ("19", "20")
# Too many are called so for it to say anything beside another word.
_PARTICLES = frozenset(
    {"al", "bin", "da", "de", "del", "den", "der", "di", "do", "dos", "du", "el", "het", "ibn", "la", "le"}
    | {"ten", "ter", "van", "von", "zu"}
)


@dataclass(frozen=True, slots=True)
class Term:
    """One piece of what was typed. A patient fits if one reading does: all words of the name, the end or the
    beginning of the phone number, part of the address, the day or year of birth, or a name elsewhere.
    """

    words: tuple[str, ...] = ()
    ends: tuple[str, ...] = ()
    begins: tuple[str, ...] = ()
    mail: str = ""
    births: frozenset[date] = frozenset()
    year: int | None = None
    ids: frozenset[str] = frozenset()

    @property
    def is_short(self) -> bool:
        """Nothing but the first letters of a name."""
        return bool(self.words) and all(len(word) < 3 for word in self.words) and not self.mail

    @property
    def is_particle(self) -> bool:
        return bool(self.words) and _PARTICLES.issuperset(self.words)

    @property
    def grams(self) -> frozenset[str]:
        """By which whoever fits is looked for."""
        found = [*self.ids, *map(born, self.births)]
        for word in self.words:
            found += [*name_pieces_asked(word), *(near(word) if len(word) > 2 else ())]
        for digits in (*self.ends, *self.begins):
            found += phone_pieces(digits)
        if self.mail:
            found += mail_pieces(self.mail)
        if self.year is not None:
            found.append(year(self.year))
        return frozenset(found)


def terms_of(text: str, *, country: str) -> list[Term]:
    """The first eight terms; numbers without a country code and days are read as in that country."""
    raws = [raw for raw in re.split(r"[\s,;]+", text) if raw]
    found = [term for raw in _joined(raws, order_in(country)) if (term := _term(raw, country)) != Term()]
    return found[:MOST_TERMS]


def grams_asked(terms: Sequence[Term]) -> frozenset[str]:
    """Of all terms, without particles beside others and first letters beside whole words."""
    telling = [term for term in terms if not (term.is_particle or term.is_short)] or terms
    return frozenset(gram for term in telling for gram in term.grams)


def _joined(raws: Sequence[str], order: DayOrder) -> Iterator[str]:
    """Pieces of a number, or of a day, as one."""
    at = 0
    while at < len(raws):
        length = 1
        if _births(" ".join(raws[at : at + 3]), order) and not all(map(_NUMBER.fullmatch, raws[at : at + 3])):
            length = 3
        elif _NUMBER.fullmatch(raws[at]) and not _births(raws[at], order):
            while at + length < len(raws) and _is_more(raws[at + length], order):
                length += 1
        yield " ".join(raws[at : at + length])
        at += length


def _is_more(raw: str, order: DayOrder) -> bool:
    return bool(_NUMBER.fullmatch(raw)) and not _births(raw, order)


def _term(raw: str, country: str) -> Term:
    births = _births(raw, order_in(country))
    ids = frozenset(map(elsewhere, {raw, raw.partition(":")[2] or raw}))
    if all(map(_NUMBER.fullmatch, raw.split())):
        ends, begins = _phones(raw, country)
        is_year = raw.isascii() and raw.isdigit() and len(raw) == 4
        return Term((), ends, begins, "", births, int(raw) if is_year else None, ids)
    if births:
        return Term(births=births)
    mail = raw.casefold() if "@" in raw or "." in raw.strip(".") else ""
    words = () if "@" in raw else tuple(name_words(raw))
    return Term(words, mail=mail, ids=ids) if words or len(mail) > 2 else Term()


def _births(text: str, order: DayOrder) -> frozenset[date]:
    """The days that are meant; of a year with two digits in either century."""
    said = [text]
    if (short := _SHORT_YEAR.fullmatch(text)) and order.parts[-1] == "y":
        said += [f"{short[1]}{century}{short[2]}" for century in _CENTURIES]
    found = set()
    for one in said:
        try:
            found.add(order.read(one))
        except ValueError:
            continue
    return frozenset(found)


def _phones(text: str, country: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """How the number that is meant may end, and how begin, in digits with its country code."""
    digits = re.sub(r"\D", "", text.replace("(0)", ""))
    if not digits.isascii() or len(digits) < FEWEST_DIGITS:
        return (), ()
    whole, code = e164(text, country=country or None), phonenumbers.country_code_for_region(country or "ZZ")
    begins = [whole.removeprefix("+")] if whole else []
    if text.startswith(("+", "＋")):
        return (), tuple(dict.fromkeys([*begins, digits]))
    if digits.startswith("00"):
        begins.append(digits[2:])
    elif digits.startswith("0") and code:
        begins.append(f"{code}{digits[1:]}")
    return (digits,), tuple(dict.fromkeys(one for one in begins if len(one) >= FEWEST_DIGITS))
