"""Patients: register one, find one."""

import unicodedata
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

import phonenumbers
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import transaction
from django.db.models import QuerySet

from clinic.actors import Actor
from clinic.errors import Malformed, Problem, ProblemKind, refuse_if_any
from clinic.localtime import zone_named
from clinic.models import Clinic, Diary, MessageConsent, Patient, Site


@dataclass(frozen=True, slots=True)
class NewPatient:
    """What the desk knows of a patient. Only the names are needed; mail and phone may be shared."""

    given_name: str
    family_name: str
    born_on: date | None = None
    email: str = ""
    phone: str = ""
    language: str = ""
    zone: str = ""
    message_consent: str = MessageConsent.NOT_ASKED
    desk_note: str = ""
    intake_facts: dict[str, Any] = field(default_factory=dict)


def register_patient(*, new: NewPatient, by: Actor, now: datetime) -> Patient:
    """Register a patient with an empty diary.

    Raises Refused (`patient_name_missing`, `born_in_the_future`) and Malformed
    (`malformed_email`, `malformed_phone`, `unknown_zone`).
    """
    refuse_if_any(_problems(new, now))
    clinic = Clinic.objects.get(pk=by.clinic_id)
    given_name, family_name = _one_line(new.given_name), _one_line(new.family_name)
    with transaction.atomic():
        return Patient.objects.create(
            clinic=clinic,
            diary=Diary.objects.create(clinic=clinic),
            given_name=given_name,
            family_name=family_name,
            born_on=new.born_on,
            email=_checked_email(new.email),
            phone=_e164(new.phone, clinic_id=clinic.pk),
            language=new.language or clinic.language,
            zone=zone_named(new.zone).key if new.zone else "",
            message_consent=new.message_consent,
            desk_note=new.desk_note,
            intake_facts=new.intake_facts,
            search_key=search_key(f"{given_name} {family_name} {given_name}"),
            created_at=now,
        )


def find_patients(*, clinic_id: int, words: str = "") -> QuerySet[Patient]:
    """Patients whose name holds every word (accents and case do not matter), unordered."""
    found = Patient.objects.of_clinic(clinic_id)
    for word in search_key(words).split():
        found = found.filter(search_key__contains=word)
    return found


def search_key(text: str) -> str:
    """Text without case and accents, so that “Muller” finds “Müller”."""
    plain = unicodedata.normalize("NFKD", text.casefold())
    return " ".join("".join(letter for letter in plain if not unicodedata.combining(letter)).split())


def _problems(new: NewPatient, now: datetime) -> list[Problem]:
    problems = []
    if not (_one_line(new.given_name) and _one_line(new.family_name)):
        problems.append(
            Problem("patient_name_missing", ProblemKind.BLOCKER, "Enter the patient's given and family name.")
        )
    if new.born_on and new.born_on > now.date():
        problems.append(
            Problem("born_in_the_future", ProblemKind.BLOCKER, "The date of birth lies in the future.")
        )
    return problems


def _one_line(text: str) -> str:
    """No line breaks or control characters: a name ends up in mail headers and calendar lines."""
    return " ".join("".join(" " if unicodedata.category(c).startswith("C") else c for c in text).split())


def _checked_email(email: str) -> str:
    email = email.strip()
    if email:
        try:
            validate_email(email)
        except ValidationError:
            raise Malformed("malformed_email", f"“{email}” is not an e-mail address.") from None
    return email


def _e164(phone: str, *, clinic_id: int) -> str:
    """The number in E.164; one without a country code is read as one of the clinic's first site's country."""
    if not phone.strip():
        return ""
    country = (
        Site.objects.of_clinic(clinic_id).order_by("pk").values_list("country", flat=True).first() or None
    )
    try:
        number = phonenumbers.parse(phone, country)
    except phonenumbers.NumberParseException:
        number = None
    if number is None or not phonenumbers.is_possible_number(number):
        raise Malformed(
            "malformed_phone", f"“{phone}” is not a phone number. Write it with its country code."
        )
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)
