"""Patients: register one, find one."""

import json
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db.models import QuerySet

from clinic.audit_trail.write import AuditAction, AuditRecord, patient_values, record_audit
from clinic.changelog.log import one_act, record_rows
from clinic.errors import ClinicError, Malformed, Problem, ProblemKind, refuse_if_any
from clinic.identity.actors import Actor
from clinic.identity.permissions import Act, refuse_unless_may
from clinic.models import Clinic, Diary, MessageConsent, NamedKind, Patient
from clinic.people.care import take_into_care
from clinic.people.erased_names import refuse_erased_names
from clinic.people.external_id_kinds import Name
from clinic.people.external_ids import name_elsewhere
from clinic.people.phones import e164
from clinic.places.sites import country_at_home, today_at_home
from clinic.plain_text import lines, one_line, search_words, text_problems, whole_name
from clinic.sentences import sentence as _
from clinic.time.wall_clock import zone_named

# As long as the columns: SQLite would not mind longer texts, PostgreSQL would.
LONGEST_NAME, LONGEST_EMAIL, LONGEST_SEARCH_KEY = 100, 254, 400
LANGUAGE = re.compile(r"[A-Za-z]{2,3}([-_][A-Za-z0-9]{2,6})?")


@dataclass(frozen=True, slots=True)
class NewPatient:
    """What the desk knows of a patient. Only a name is needed; mail and phone may be shared."""

    given_name: str
    family_name: str
    born_on: date | None = None
    email: str = ""
    phone: str = ""
    language: str = ""
    zone: str = ""
    message_consent: str = MessageConsent.NOT_ASKED
    desk_note: str = ""
    external_ids: tuple[Name, ...] = ()
    intake_facts: dict[str, Any] = field(default_factory=dict)


def register_patient(*, new: NewPatient, by: Actor, now: datetime) -> Patient:
    """Register a patient with an empty diary, under the names that other systems have for them.

    Raises NotAllowed, Conflict (`external_id_taken`, `external_id_erased`), Refused (`patient_name_missing`,
    `patient_name_too_long`, `born_in_the_future`) and Malformed (`malformed_email`, `malformed_phone`,
    `malformed_language`, `malformed_consent`, `malformed_intake_facts`, `unknown_zone`).
    """
    refuse_unless_may(by=by, act=Act.REGISTER_PATIENT)
    if refused := refusals(new=new, clinic_id=by.clinic_id, now=now):
        raise refused[0]
    with one_act():
        patient = _written(new, Clinic.objects.get(pk=by.clinic_id), now)
        if by.practitioner_id is not None:
            take_into_care(patient=patient, practitioner_ids=[by.practitioner_id], now=now)
        registered = AuditRecord(
            AuditAction.REGISTERED_PATIENT, patient, [patient.uuid], after=patient_values(patient)
        )
        record_audit(registered, by=by, now=now)
        for name in dict.fromkeys(new.external_ids):
            name_elsewhere(kind=NamedKind.PATIENT, row=patient, name=name, by=by, now=now)
        record_rows(added=[patient], now=now)
    return patient


def _written(new: NewPatient, clinic: Clinic, now: datetime) -> Patient:
    given_name, family_name = one_line(new.given_name), one_line(new.family_name)
    patient: Patient = Patient.objects.create(
        clinic=clinic,
        diary=Diary.objects.create(clinic=clinic),
        given_name=given_name,
        family_name=family_name,
        born_on=new.born_on,
        email=checked_email(new.email),
        phone=_checked_phone(new.phone, clinic_id=clinic.pk),
        language=new.language or clinic.language,
        zone=zone_named(new.zone).key if new.zone else "",
        message_consent=new.message_consent,
        desk_note=lines(new.desk_note),
        intake_facts=new.intake_facts,
        search_key=search_words(whole_name(given_name, family_name))[:LONGEST_SEARCH_KEY],
        created_at=now,
        changed_at=now,
    )
    return patient


def refusals(*, new: NewPatient, clinic_id: int, now: datetime) -> list[ClinicError]:
    """Everything that `register_patient` would refuse, for a look before many are registered."""
    today = today_at_home(clinic_id=clinic_id, now=now)
    names = one_line(new.given_name), one_line(new.family_name)
    checks: list[Callable[[], object]] = [
        lambda: refuse_if_any([*_name_problems(*names), *_birth_problems(new.born_on, today)]),
        lambda: _refuse_malformed(new),
        lambda: refuse_erased_names(names=new.external_ids, clinic_id=clinic_id),
        lambda: checked_email(new.email),
        lambda: _checked_phone(new.phone, clinic_id=clinic_id),
    ]
    found = []
    for check in checks:
        try:
            check()
        except ClinicError as refusal:
            found.append(refusal)
    return found


def find_patients(*, by: Actor, words: str = "") -> QuerySet[Patient]:
    """Patients the actor may see whose name holds every word (accents and case do not matter), unordered."""
    found: QuerySet[Patient] = Patient.objects.seen_by(by).filter(erased_at__isnull=True)
    for word in search_words(one_line(words)).split():
        found = found.filter(search_key__contains=word)
    return found


def lock_patient(*, patient_id: int) -> Patient:
    """The patient as they stand now, locked until commit: who writes for them and who erases them take turns.

    Comes after the catalogue and before the plan.
    """
    # Rows that point at the patient must not wait: hence the weaker lock.
    patient: Patient = Patient.objects.select_for_update(no_key=True).get(pk=patient_id)
    return patient


def erasure_problems(*, patient: Patient) -> Iterator[Problem]:
    """Whether the patient, who is locked, was erased: nothing new is written for them."""
    if patient.erased_at is not None:
        yield Problem(
            "patient_erased",
            ProblemKind.BLOCKER,
            _("This patient's data was erased. Register the person anew if they come back."),
        )


def _name_problems(*names: str) -> Iterator[Problem]:
    given = [name for name in names if name]
    # One name is a name.
    if not given or not all(any(letter.isalpha() for letter in name) for name in given):
        yield Problem("patient_name_missing", ProblemKind.BLOCKER, _("Enter the patient's name."))
    yield from text_problems(max(names, key=len), "patient_name", most=LONGEST_NAME, what=_("each name"))


def _birth_problems(born_on: date | None, today: date) -> Iterator[Problem]:
    if born_on is not None and born_on > today:
        yield Problem(
            "born_in_the_future",
            ProblemKind.BLOCKER,
            _("The date of birth lies in the future. Look at the year again."),
        )


def _refuse_malformed(new: NewPatient) -> None:
    if new.language and not LANGUAGE.fullmatch(new.language):
        raise Malformed(
            "malformed_language",
            _("“{language}” is not a language such as en or nl-BE.", language=new.language),
        )
    if new.message_consent not in MessageConsent.values:
        known = ", ".join(MessageConsent.values)
        raise Malformed(
            "malformed_consent",
            _("“{consent}” is none of: {known}.", consent=new.message_consent, known=known),
        )
    try:
        facts = json.dumps(new.intake_facts, allow_nan=False, ensure_ascii=False).encode()
    except (TypeError, ValueError):
        facts = None
    # PostgreSQL stores no NUL character.
    if facts is None or b"\\u0000" in facts:
        raise Malformed("malformed_intake_facts", _("The intake facts hold something that cannot be stored."))


def checked_email(email: str) -> str:
    """The address without spaces around it. Raises Malformed (`malformed_email`)."""
    email = email.strip()
    if email:
        try:
            validate_email(email)
            is_email = len(email) <= LONGEST_EMAIL
        except ValidationError:
            is_email = False
        if not is_email:
            raise Malformed("malformed_email", _("“{email}” is not an e-mail address.", email=email[:80]))
    return email


def _checked_phone(phone: str, *, clinic_id: int) -> str:
    """The number in E.164; one without a country code is read as one of the home site's country."""
    if not phone.strip():
        return ""
    if (number := e164(phone, country=country_at_home(clinic_id=clinic_id))) is not None:
        return number
    raise Malformed(
        "malformed_phone",
        _("“{phone}” is not a phone number. Write it with its country code.", phone=phone[:40]),
    )
