"""Patients: register one, and the one place that writes what a patient is found by."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, Self

from clinic.audit_trail.write import AuditAction, AuditRecord, patient_values, record_audit
from clinic.changelog.log import one_act, record_rows
from clinic.errors import ClinicError, Problem, ProblemKind
from clinic.identity.actors import Actor
from clinic.identity.permissions import Act, refuse_unless_may
from clinic.models import Clinic, Diary, MessageConsent, NamedKind, Patient
from clinic.people.care import take_into_care
from clinic.people.erased_names import refuse_erased_names
from clinic.people.external_id_kinds import Name
from clinic.people.external_ids import name_elsewhere
from clinic.people.facts import PatientFacts, Reading, read_facts
from clinic.people.finding.index import index_patients
from clinic.people.intake import first_facts, refuse_unseen_facts
from clinic.plain_text import search_words, whole_name
from clinic.sentences import sentence as _

# As long as the column: SQLite would not mind a longer text, PostgreSQL would.
LONGEST_SEARCH_KEY = 400


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
    consent_on: date | None = None
    consent_how: str = ""

    @classmethod
    def of(cls, facts: PatientFacts, *, external_ids: tuple[Name, ...] = ()) -> Self:
        """One of whom this is said; without a name they are refused."""
        said: dict[str, Any] = {"given_name": "", "family_name": "", **facts}
        return cls(**said, external_ids=external_ids)

    @property
    def facts(self) -> PatientFacts:
        return PatientFacts(
            given_name=self.given_name,
            family_name=self.family_name,
            born_on=self.born_on,
            email=self.email,
            phone=self.phone,
            language=self.language,
            zone=self.zone,
            message_consent=self.message_consent,
            consent_on=self.consent_on,
            consent_how=self.consent_how,
            desk_note=self.desk_note,
            intake_facts=self.intake_facts,
        )


def register_patient(*, new: NewPatient, by: Actor, now: datetime) -> Patient:
    """Register a patient with an empty diary, under the names that other systems have for them.

    Raises NotAllowed, Conflict (`external_id_taken`, `external_id_erased`), and what `read_facts` and
    `first_facts` refuse.
    """
    refuse_unless_may(by=by, act=Act.REGISTER_PATIENT)
    refuse_unseen_facts(said=new.intake_facts, by=by)
    read = _read(new, by.clinic_id, now)
    if read.refusals:
        raise read.refusals[0]
    with one_act():
        patient = _written(read.facts, Clinic.objects.get(pk=by.clinic_id), now)
        if by.practitioner_id is not None:
            take_into_care(patient=patient, practitioner_ids=[by.practitioner_id], now=now)
        registered = AuditRecord(
            AuditAction.REGISTERED_PATIENT, patient, [patient.uuid], after=patient_values(patient)
        )
        record_audit(registered, by=by, now=now)
        for name in dict.fromkeys(new.external_ids):
            name_elsewhere(kind=NamedKind.PATIENT, row=patient, name=name, by=by, now=now)
    return patient


def refusals(*, new: NewPatient, clinic_id: int, now: datetime) -> list[ClinicError]:
    """Everything that `register_patient` would refuse, for a look before many are registered."""
    return list(_read(new, clinic_id, now).refusals)


def _read(new: NewPatient, clinic_id: int, now: datetime) -> Reading:
    read = read_facts(said=new.facts, clinic_id=clinic_id, now=now)
    try:
        refuse_erased_names(names=new.external_ids, clinic_id=clinic_id)
    except ClinicError as refusal:
        return Reading(read.facts, (*read.refusals, refusal))
    return read


def _written(facts: PatientFacts, clinic: Clinic, now: datetime) -> Patient:
    intake = first_facts(said=facts["intake_facts"])
    own = {**facts, "language": facts["language"] or clinic.language, "intake_facts": intake}
    diary = Diary.objects.create(clinic=clinic)
    patient = Patient(clinic=clinic, diary=diary, created_at=now, changed_at=now, **own)
    write_patient(patient=patient, now=now)
    return patient


def write_patient(*, patient: Patient, columns: Iterable[str] = (), now: datetime) -> None:
    """Write a patient and all that they are found by: nobody else writes what a patient is found by.

    One who is new is written whole, of others these columns; it is counted, dated and logged. Inside an act.
    """
    is_new = patient.pk is None
    name = "" if patient.is_erased else whole_name(patient.given_name, patient.family_name)
    patient.search_key = search_words(name)[:LONGEST_SEARCH_KEY]
    patient.save(update_fields=None if is_new else {*columns, "search_key", *patient.touch(now)})
    index_patients([patient])
    record_rows(added=[patient] if is_new else [], changed=[] if is_new else [patient], now=now)


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
