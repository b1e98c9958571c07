"""Changing what is known of a patient, from the version that whoever changes it has seen."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, cast

from clinic.audit_trail.write import AuditAction
from clinic.changelog.log import one_act
from clinic.errors import ClinicError, Conflict, Malformed, refuse_if_any
from clinic.identity.actors import Actor
from clinic.identity.permissions import Act, refuse_unless_may
from clinic.lookup import find
from clinic.models import Patient
from clinic.people.facts import PatientFacts, read_facts
from clinic.people.intake import facts_seen, merged_facts, refuse_unseen_facts
from clinic.people.patients import erasure_problems, lock_patient
from clinic.sentences import Sentence
from clinic.sentences import sentence as _
from clinic.wording import is_written, written_languages
from scheduling.models import Message
from scheduling.people.facts import write_facts


class PatientChanged(Conflict):
    """Somebody else changed the patient meanwhile: `patient` is how they stand now, `wanted` what differs."""

    def __init__(
        self,
        code: str,
        sentence: Sentence,
        details: dict[str, Any],
        *,
        patient: Patient,
        wanted: PatientFacts,
    ) -> None:
        super().__init__(code, sentence, details)
        self.patient, self.wanted = patient, wanted


@dataclass(frozen=True, slots=True)
class Differences:
    """What of what was said differs from what stands, as it would be kept; and all that speaks against it."""

    facts: PatientFacts
    refusals: tuple[ClinicError, ...]


@dataclass(frozen=True, slots=True)
class ChangedPatient:
    """The patient as they stand now, the columns that are otherwise, and messages that go out after all."""

    patient: Patient
    columns: frozenset[str]
    revived: tuple[Message, ...] = ()
    is_new: bool = False


def change_patient(
    *, patient: Patient, said: PatientFacts, version: int | None, by: Actor, now: datetime
) -> ChangedPatient:
    """Write what is said of a patient and differs from what stands; what is not said stays.

    `version` is the one that the actor saw: if another stands, and something is to be written, somebody else
    was first. None asks for none. Intake facts are merged, key by key. Another address is not marked any
    more, and what did not reach the patient and still helps goes out; so it does for who wants mail again.

    Raises NotAllowed, Unknown (`unknown_patient`, also for whom the actor does not treat), PatientChanged,
    Refused (`patient_erased`) and what `differences` finds. Locks: patient, messages, change counter.
    """
    refuse_unless_may(by=by, act=Act.CHANGE_PATIENT)
    refuse_unseen_facts(said=said.get("intake_facts", {}), by=by)
    known = find(Patient.objects.seen_by(by), uuid=patient.uuid)
    with one_act():
        locked = lock_patient(patient_id=known.pk)
        refuse_if_any(erasure_problems(patient=locked))
        differ = differences(patient=locked, said=said, now=now)
        if differ.refusals:
            raise differ.refusals[0]
        if differ.facts and version is not None and version != locked.version:
            raise _changed(locked, differ.facts, by)
        revived = write_facts(
            patient=locked, facts=differ.facts, deed=AuditAction.CHANGED_PATIENT, by=by, now=now
        )
    return ChangedPatient(locked, frozenset(differ.facts), tuple(revived))


def differences(*, patient: Patient, said: PatientFacts, now: datetime) -> Differences:
    """Compare what is said with what stands of the patient.

    Refused is what `read_facts` and `merged_facts` refuse, and a language in which no mails are written
    (Malformed `unknown_language`) – but nothing that stands so already.
    """
    stands: PatientFacts = cast(PatientFacts, {name: getattr(patient, name) for name in _COLUMNS})
    others = _otherwise(said, stands)
    refusals = list(_language_refusals(others))
    if "intake_facts" in others:
        try:
            merged = merged_facts(stands=patient.intake_facts, said=others["intake_facts"])
            others = cast(PatientFacts, {**others, "intake_facts": merged})
        except ClinicError as refusal:
            refusals.append(refusal)
    read = read_facts(said=others, clinic_id=patient.clinic_id, now=now, stands=stands)
    differ = {name: it for name, it in read.facts.items() if it != stands.get(name)}
    return Differences(cast(PatientFacts, differ), (*read.refusals, *refusals))


_COLUMNS = tuple(PatientFacts.__annotations__)
_OF_CONSENT = frozenset({"message_consent", "consent_on", "consent_how"})


def _otherwise(said: PatientFacts, stands: PatientFacts) -> PatientFacts:
    """What is said and does not stand: that is not asked whether it is right. A new answer is read whole."""
    differ = {name for name, it in said.items() if it != stands.get(name)}
    if "message_consent" in differ:
        differ |= _OF_CONSENT & said.keys()
    return cast(PatientFacts, {name: it for name, it in said.items() if name in differ})


def _language_refusals(facts: PatientFacts) -> Iterator[ClinicError]:
    language = facts.get("language")
    if language is not None and not is_written(language):
        known = ", ".join(written_languages())
        yield Malformed(
            "unknown_language",
            _(
                "No mails are written in “{language}”. Choose one of: {known}.",
                language=language[:10],
                known=known,
            ),
        )


def _changed(patient: Patient, wanted: PatientFacts, by: Actor) -> PatientChanged:
    sentence = _(
        "Somebody else changed {patient} meanwhile. Compare what you entered with what stands now, then "
        "save again.",
        patient=str(patient),
    )
    details = {"version": patient.version, "stands": _stands(patient, wanted, by)}
    return PatientChanged("patient_changed", sentence, details, patient=patient, wanted=wanted)


def _stands(patient: Patient, wanted: PatientFacts, by: Actor) -> dict[str, Any]:
    """What stands of that which was to be otherwise, as JSON."""
    stands = {name: getattr(patient, name) for name in wanted}
    if "intake_facts" in stands:
        stands["intake_facts"] = facts_seen(facts=patient.intake_facts, by=by)
    return {name: value.isoformat() if isinstance(value, date) else value for name, value in stands.items()}
