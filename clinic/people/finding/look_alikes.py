"""Whether somebody who is about to be registered may be there already: told, and never refused."""

from collections.abc import Iterator
from dataclasses import dataclass

from clinic.identity.actors import Actor
from clinic.identity.permissions import Act, may, refuse_unless_may
from clinic.models import Patient, PatientGram
from clinic.people.finding import grams
from clinic.people.finding.find import patients_seen, weighed
from clinic.people.finding.grams import Known, name_words
from clinic.people.finding.slips import slips_allowed, slips_between
from clinic.people.patients import NewPatient
from clinic.people.phones import e164
from clinic.places.sites import country_at_home

MOST_COMPARED, MOST_TOLD = 200, 8


@dataclass(frozen=True, slots=True)
class LookAlikes:
    """Whom the actor may see, the likest first, and whether the clinic has others who may be the same."""

    patients: tuple[Patient, ...] = ()
    has_others: bool = False

    def __bool__(self) -> bool:
        return bool(self.patients) or self.has_others


def look_alikes(*, new: NewPatient, by: Actor) -> LookAlikes:
    """Who may be the same: of a like name and born that day, or with that phone or address; born that day and
    with that phone or address; or of the same name, if nothing else is said of the new one.

    Of patients whom the actor may not see it is told that there are some, and only where name and a second
    fact agree. Four queries at most. Raises NotAllowed.
    """
    refuse_unless_may(by=by, act=Act.REGISTER_PATIENT)
    known = _known(new, by)
    rows = PatientGram.objects.of_clinic(by.clinic_id).filter(gram__in=sorted(_grams(known)))
    keys = [row["patient_id"] for row in weighed(rows).order_by("-weight", "patient_id")[:MOST_COMPARED]]
    if not keys:
        return LookAlikes()
    there = Patient.objects.of_clinic(by.clinic_id).filter(pk__in=keys, erased_at__isnull=True)
    alike = [row for row in there if _is_alike(row, known)]
    seen = _seen(alike, by)
    hidden = [row for row in alike if row.pk not in seen and _is_like_name(row, known) and _agree(row, known)]
    told = sorted((row for row in alike if row.pk in seen), key=lambda row: (-_agree(row, known), row.pk))
    return LookAlikes(tuple(told[:MOST_TOLD]), bool(hidden))


def _known(new: NewPatient, by: Actor) -> Known:
    phone = e164(new.phone, country=country_at_home(clinic_id=by.clinic_id)) if new.phone.strip() else None
    return Known(new.given_name, new.family_name, new.born_on, phone or "", new.email.strip())


def _grams(known: Known) -> Iterator[str]:
    if known.born_on:
        yield grams.born(known.born_on)
    if known.phone:
        yield grams.whole_phone(known.phone)
    if known.email:
        yield grams.whole_mail(known.email)
    for word in _words(known.given_name, known.family_name):
        # With a slip in it, it is found by what else agrees.
        yield f"{grams.NEAR}{word}"


def _seen(alike: list[Patient], by: Actor) -> set[int]:
    if not alike or not may(by=by, act=Act.SEE_PATIENTS):
        return set()
    return set(patients_seen(by=by).filter(pk__in=[row.pk for row in alike]).values_list("pk", flat=True))


def _is_alike(patient: Patient, known: Known) -> bool:
    agreeing = _agree(patient, known)
    if _is_like_name(patient, known):
        is_bare = not (known.born_on or known.phone or known.email)
        return bool(agreeing) or (is_bare and _is_same_name(patient, known))
    return agreeing > 1 and patient.born_on is not None and patient.born_on == known.born_on


def _agree(patient: Patient, known: Known) -> int:
    """How many facts beside the name are the same."""
    return sum(
        [
            patient.born_on is not None and patient.born_on == known.born_on,
            bool(patient.phone) and patient.phone == known.phone,
            bool(patient.email) and patient.email.casefold() == known.email.casefold(),
        ]
    )


def _is_like_name(patient: Patient, known: Known) -> bool:
    """All words of the name that has fewer are in the other, a slip or two allowed."""
    pair = _words(patient.given_name, patient.family_name), _words(known.given_name, known.family_name)
    fewer, more = sorted(pair, key=len)
    return bool(fewer) and all(any(_is_like(word, other) for other in more) for word in fewer)


def _is_same_name(patient: Patient, known: Known) -> bool:
    mine, theirs = (
        _words(patient.given_name, patient.family_name),
        _words(known.given_name, known.family_name),
    )
    return sorted(mine) == sorted(theirs)


def _words(*names: str) -> list[str]:
    return [word for name in names for word in name_words(name)]


def _is_like(word: str, other: str) -> bool:
    return slips_between(word, other, most=slips_allowed(word)) is not None
