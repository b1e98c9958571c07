"""The languages in which patients are written to, and the few words a calendar needs. Pure."""

from dataclasses import dataclass

FALLBACK = "en"


@dataclass(frozen=True, slots=True)
class Words:
    """`session_of`, `session_to`, `in_city` and `also` are patterns for str.format."""

    session: str
    session_of: str
    session_to: str
    in_city: str
    also: str
    review: str
    busy: str
    cancelled: str


WORDS = {
    "en": Words(
        session="Visit",
        session_of="{session} {number} of {count}",
        session_to="Visit to {clinic}",
        in_city="in {city}",
        also="That is {time}.",
        review="Review",
        busy="Busy",
        cancelled="Cancelled",
    ),
    "nl": Words(
        session="Afspraak",
        session_of="{session} {number} van {count}",
        session_to="Afspraak bij {clinic}",
        in_city="in {city}",
        also="Dat is {time}.",
        review="Controle",
        busy="Bezet",
        cancelled="Afgezegd",
    ),
}


def language_among(*wished: str) -> str:
    """The first of the wished languages (BCP 47, best first) that ships, else English."""
    for tag in wished:
        language = tag.replace("_", "-").partition("-")[0].lower()
        if language in WORDS:
            return language
    return FALLBACK
