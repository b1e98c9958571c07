"""Invented patients."""

import unicodedata
from collections.abc import Iterator
from dataclasses import replace
from datetime import date, timedelta
from itertools import islice
from random import Random

from clinic.models import MessageConsent
from clinic.people.patients import NewPatient
from scheduling.demo.cast.names import DUTCH, MAIL_HOSTS, PEOPLES

_CONSENTS = (MessageConsent.YES, MessageConsent.NOT_ASKED, MessageConsent.NO)
_NOTES = (
    "Prefers to be called after lunch.",
    "Comes by wheelchair: treatment room 1 has the wide door.",
    "Afraid of needles; allow a few minutes.",
    "Brings a daughter who translates.",
)
_YOUNGEST_DAYS, _OLDEST_DAYS = 20 * 365, 74 * 365
_FAMILY = "family"
# Most are Dutch.
_WEIGHTS = (40, 9, 9, 9, 8, 6, 7, 6, 6)


def invented_patients(*, count: int, seed: str, today: date) -> Iterator[NewPatient]:
    """So many patients, all with different names; the same ones for the same seed and day."""
    chance = Random(f"{seed}/people")  # nosec B311 # the same demo from the same seed
    taken: set[tuple[str, str]] = set()
    for new in islice(_endless(chance, today), 100 * count):
        if len(taken) < count and (new.given_name, new.family_name) not in taken:
            taken.add((new.given_name, new.family_name))
            yield new


def _endless(chance: Random, today: date) -> Iterator[NewPatient]:
    while True:
        given_names, family_names, language = chance.choices(PEOPLES, weights=_WEIGHTS)[0]
        new = _patient(chance, chance.choice(given_names), chance.choice(family_names), language)
        yield replace(new, born_on=_birthday(chance, today))
        if new.email.startswith(_FAMILY):
            # A relative comes along and shares the mailbox.
            relative = _patient(chance, chance.choice(given_names), new.family_name, language)
            yield replace(relative, email=new.email, born_on=_birthday(chance, today))


def _patient(chance: Random, given_name: str, family_name: str, language: str) -> NewPatient:
    return NewPatient(
        given_name=given_name,
        family_name=family_name,
        email=_email(chance, given_name, family_name),
        # No Dutch number begins with +31 60: nobody's phone rings.
        phone=f"+316000{chance.randint(0, 99_999):05}" if chance.random() < 0.8 else "",
        language=language,
        zone="Europe/London" if language != DUTCH and chance.random() < 0.08 else "",
        message_consent=chance.choices(_CONSENTS, weights=(88, 8, 4))[0],
        desk_note=chance.choice(_NOTES) if chance.random() < 0.08 else "",
    )


def _birthday(chance: Random, today: date) -> date:
    return today - timedelta(days=chance.randint(_YOUNGEST_DAYS, _OLDEST_DAYS))


def _email(chance: Random, given_name: str, family_name: str) -> str:
    if chance.random() < 0.05:
        return ""
    first = _FAMILY if chance.random() < 0.08 else _plain(given_name)
    return f"{first}.{_plain(family_name)}@{chance.choice(MAIL_HOSTS)}"


def _plain(name: str) -> str:
    """Small ASCII letters only."""
    letters = unicodedata.normalize("NFKD", name.casefold().replace("ł", "l").replace("ı", "i"))
    return "".join(letter for letter in letters if letter.isascii() and letter.isalpha())
