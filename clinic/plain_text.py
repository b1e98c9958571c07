"""Text that people typed, made fit to be stored, sent and found. Pure."""

import unicodedata
from collections.abc import Iterator, Mapping
from types import MappingProxyType

from clinic.errors import Problem, ProblemKind
from clinic.sentences import Sentence
from clinic.sentences import sentence as _

# Persian and some Indian names are spelt with these two; every other format character is invisible mischief.
_JOINERS = "\u200c\u200d"
# First strong isolate, and its end.
FIRST_STRONG, POP = "\u2068", "\u2069"
# Letters that no decomposition turns into plain ones.
_PLAIN = str.maketrans(
    {"ø": "o", "ł": "l", "đ": "d", "ð": "d", "ħ": "h", "ı": "i", "æ": "ae", "œ": "oe", "þ": "th"}
)


# Signs that stand for an apostrophe, among them accents on their own, and those that stand for a hyphen.
_APOSTROPHES = "'`´‘’‚‛′‵ʹʻʼʽʾʿˈˊˋ՚׳ꞌ＇｀"
_HYPHENS = "-‐‑‒–—―−⁃﹘﹣－־֊゠"
_MARKS = str.maketrans({**dict.fromkeys(_APOSTROPHES), **dict.fromkeys(_HYPHENS, " ")})

# What is written, where it is asked for without words of its own.
_TEXTS: Mapping[str, Sentence] = MappingProxyType(
    {
        "answer": _("the answer"),
        "finding": _("the finding"),
        "indication": _("the indication"),
        "note": _("the note"),
        "place": _("the place"),
        "reason": _("the reason"),
    }
)


def one_line(text: str) -> str:
    """The text on one line, without control characters: a name ends up in mail headers and calendar lines."""
    return " ".join(_cleaned(text).split())


def lines(text: str) -> str:
    """The text line by line, without other control characters and without blank ends."""
    return "\n".join(_cleaned(line).rstrip() for line in text.splitlines()).strip()


def whole_name(given_name: str, family_name: str) -> str:
    """“Marit de Vries”; who has one name is called by it."""
    return " ".join(filter(None, (given_name, family_name)))


def initials_of(given_name: str, family_name: str) -> str:
    return "".join(f"{name[0]}." for name in (given_name, family_name) if name)


def isolated(name: object) -> str:
    """A name for a sentence of ours: between marks that keep its direction to itself.

    A Hebrew name with a number behind it is read as it was meant. Names themselves hold no such marks.
    """
    return f"{FIRST_STRONG}{name}{POP}"


def text_problems(
    text: str,
    about: str,
    *,
    missing: Sentence | None = None,
    most: int | None = None,
    what: Sentence | None = None,
) -> Iterator[Problem]:
    """Why the text, cleaned as it would be kept, is not: there is none, or it has more than `most` letters.

    Of `about`, “reason” for instance, the codes are `reason_missing`, with `missing` as its sentence, and
    `reason_too_long`, which speaks of `what`: of “the reason”, unless told. What is not given is not asked.
    """
    if missing and not text:
        yield Problem(f"{about}_missing", ProblemKind.BLOCKER, missing)
    if most is not None and len(text) > most:
        sentence = _("Write {what} in {most} letters or fewer.", what=what or _TEXTS[about], most=most)
        yield Problem(f"{about}_too_long", ProblemKind.BLOCKER, sentence)


def search_words(text: str) -> str:
    """The words of the text without case and accents, so that “Muller” finds “Müller”.

    No apostrophe is kept, and every hyphen parts words: “O'Neill” finds “O’Neill”, “Anne Marie” “Anne‑Marie”.
    """
    plain = unicodedata.normalize("NFKD", text.translate(_MARKS).casefold())
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
