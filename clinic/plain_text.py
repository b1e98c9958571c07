"""Text that people typed, made fit to be stored, sent and found. Pure."""

import unicodedata
from collections.abc import Iterator

from clinic.errors import Problem, ProblemKind

# Persian and some Indian names are spelt with these two; every other format character is invisible mischief.
_JOINERS = "\u200c\u200d"
# Letters that no decomposition turns into plain ones.
_PLAIN = str.maketrans(
    {"ø": "o", "ł": "l", "đ": "d", "ð": "d", "ħ": "h", "ı": "i", "æ": "ae", "œ": "oe", "þ": "th"}
)


def one_line(text: str) -> str:
    """The text on one line, without control characters: a name ends up in mail headers and calendar lines."""
    return " ".join(_cleaned(text).split())


def lines(text: str) -> str:
    """The text line by line, without other control characters and without blank ends."""
    return "\n".join(_cleaned(line).rstrip() for line in text.splitlines()).strip()


def text_problems(
    text: str, about: str, *, missing: str = "", most: int | None = None, what: str = ""
) -> Iterator[Problem]:
    """Why the text, cleaned as it would be kept, is not: there is none, or it has more than `most` letters.

    Of `about`, “reason” for instance, the codes are `reason_missing`, with `missing` as its sentence, and
    `reason_too_long`, which speaks of `what`: of “the reason”, unless told. What is not given is not asked.
    """
    if missing and not text:
        yield Problem(f"{about}_missing", ProblemKind.BLOCKER, missing)
    if most is not None and len(text) > most:
        sentence = f"Write {what or f'the {about}'} in {most} letters or fewer."
        yield Problem(f"{about}_too_long", ProblemKind.BLOCKER, sentence)


def search_words(text: str) -> str:
    """The words of the text without case and accents, so that “Muller” finds “Müller”."""
    plain = unicodedata.normalize("NFKD", text.casefold())
    letters = (letter for letter in plain if not unicodedata.combining(letter) and letter not in _JOINERS)
    return " ".join("".join(letters).casefold().translate(_PLAIN).split())


def _cleaned(text: str) -> str:
    return unicodedata.normalize("NFC", "".join(map(_letter, text)))


def _letter(letter: str) -> str:
    match unicodedata.category(letter):
        case "Cc" | "Cs" | "Zl" | "Zp":
            return " "
        case "Cf":
            return letter if letter in _JOINERS else ""
    return letter
