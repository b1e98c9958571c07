"""Patients over REST: changed, put as another system knows them, and all that is kept of one."""

from typing import Any, cast
from uuid import UUID

from django.urls import reverse
from rest_framework import serializers

from clinic.api.patients import OF_FACTS, FullPatientJson, full_patient_json
from clinic.audit_trail.write import AuditAction
from clinic.identity.permissions import Act
from clinic.lookup import find
from clinic.models import ConsentWay, MessageConsent, Patient
from clinic.people.external_id_kinds import name_of
from clinic.people.facts import LANGUAGE, PatientFacts
from clinic.web.clock import now
from clinic.web.database_clock import database_now
from clinic.web.limits import SEARCHES, refuse_if_too_many
from clinic.web.rest.contract import Answer, Call, Does, speaks
from clinic.web.rest.input_fields import Day, Shape, Text
from clinic.web.rest.json_types import AnyObject
from clinic.web.trail import saw
from scheduling.people.change import change_patient
from scheduling.people.upsert import patient_named, put_patient
from scheduling.privacy.export import export_patient


class PatientFactsShape(Shape):
    """What is to be so from now on; what is left out stays. An empty text, or null for a date, takes out.

    `intake_facts` is merged key by key, null takes a key out. `language` is one in which mails are written.
    """

    given_name = Text(required=False, allow_blank=True)
    family_name = Text(required=False, allow_blank=True)
    born_on = Day(required=False, allow_null=True)
    email = Text(required=False, allow_blank=True)
    phone = Text(required=False, allow_blank=True)
    language = Text(required=False, schema={"pattern": f"^{LANGUAGE.pattern}$"})
    zone = Text(required=False, allow_blank=True)
    message_consent = Text(required=False, schema={"enum": MessageConsent.values})
    consent_on = Day(required=False, allow_null=True)
    consent_how = Text(required=False, allow_blank=True, schema={"enum": ["", *ConsentWay.values]})
    desk_note = Text(required=False, allow_blank=True)
    intake_facts = serializers.DictField(required=False)


@speaks(
    "change_patient",
    Act.CHANGE_PATIENT,
    does=Does.CHANGES,
    body=PatientFactsShape,
    answers={200: FullPatientJson},
    refuses=(*OF_FACTS, "patient_changed", "patient_erased", "unknown_language"),
)
def change(call: Call, patient_id: UUID) -> Answer[FullPatientJson]:
    """Change what is known of a patient.

    Mail goes to another address from now on: what the old one kept from the patient and still helps goes
    out. So it does for who wants messages again; for who does not, what waits is not sent. What was so before
    is not written, and makes no new version.
    """
    patient = find(Patient.objects.seen_by(call.by), uuid=patient_id)
    call.refuse_if_stale(version=patient.version)
    done = change_patient(
        patient=patient, said=_facts(call), version=patient.version, by=call.by, now=database_now()
    )
    return _shown(call, done.patient)


@speaks(
    "put_patient",
    Act.CHANGE_PATIENT,
    does=Does.REPEATS,
    body=PatientFactsShape,
    answers={200: FullPatientJson, 201: FullPatientJson},
    refuses=(
        *OF_FACTS,
        "external_id_erased",
        "external_id_taken",
        "malformed_external_id",
        "patient_changed",
        "patient_erased",
        "unknown_language",
        "unknown_patient",
    ),
)
def put(call: Call, system: str, value: str) -> Answer[FullPatientJson]:
    """Register the patient whom another system calls so, or change them if they are known.

    201 if they are new here. The same twice changes nothing, and what is left out stays as it is.
    """
    name, version = name_of(system=system, value=value), None
    known = patient_named(name=name, by=call.by)
    if known is not None and "If-Match" in call.request.headers:
        call.refuse_if_stale(version=known.version)
        version = known.version
    done = put_patient(name=name, said=_facts(call), version=version, by=call.by, now=database_now())
    return _shown(call, done.patient, is_new=done.is_new)


@speaks("export_patient", Act.EXPORT_PATIENT, answers={200: AnyObject}, refuses=("patient_erased",))
def export(call: Call, patient_id: UUID) -> Answer[AnyObject]:
    """Show everything the clinic keeps of a patient.

    For a patient who asks for their data. It counts like a search for patients and leaves an entry in the
    trail.
    """
    at = now()
    refuse_if_too_many(SEARCHES, who=call.by.reference, now=at)
    patient = find(Patient.objects.seen_by(call.by), uuid=patient_id)
    return Answer(export_patient(patient=patient, by=call.by, now=at).document)


def _facts(call: Call) -> PatientFacts:
    said: dict[str, Any] = dict(call.said)
    return cast(PatientFacts, said)


def _shown(call: Call, patient: Patient, *, is_new: bool = False) -> Answer[FullPatientJson]:
    saw(AuditAction.SAW_PATIENT, [patient.uuid], by=call.by, about=patient)
    body = full_patient_json(patient, by=call.by)
    if not is_new:
        return Answer(body, version=patient.version)
    location = reverse("api-patient", kwargs={"patient_id": patient.uuid})
    return Answer(body, status=201, version=patient.version, location=location)
