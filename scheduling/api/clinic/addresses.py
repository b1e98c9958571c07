"""Mail addresses over REST: corrected, and those that mail does not reach."""

from typing import TypedDict
from uuid import UUID

from rest_framework import serializers

from clinic.api.patients import FullPatientJson, PatientJson, full_patient_json, patient_json
from clinic.audit_trail.write import AuditAction
from clinic.identity.permissions import Act
from clinic.lookup import find
from clinic.models import Patient
from clinic.web.database_clock import database_now
from clinic.web.rest.contract import Answer, Call, Does, speaks
from clinic.web.rest.input_fields import Id, Shape, Text
from clinic.web.rest.json_types import Listed
from clinic.web.trail import saw
from scheduling.calling.addresses import (
    MOST_DOUBTED,
    confirm_addresses,
    correct_address,
    doubted_addresses,
)


class AddressShape(Shape):
    """Where mail is to go. The address that stands confirms it."""

    email = Text()


class PatientsShape(Shape):
    """Whose address is right after all."""

    patients = serializers.ListField(child=Id(), min_length=1, max_length=MOST_DOUBTED)


class DoubtedAddressJson(PatientJson):
    """`server_said` is the mail server's reply; `is_in_doubt` whether that is about the address at all."""

    server_said: str
    is_in_doubt: bool


class ConfirmedJson(TypedDict):
    """How many were marked until now."""

    confirmed: int


@speaks(
    "correct_address",
    Act.REGISTER_PATIENT,
    does=Does.REPEATS,
    body=AddressShape,
    answers={200: FullPatientJson},
    refuses=("email_missing", "malformed_email", "patient_erased"),
)
def correct(call: Call, patient_id: UUID) -> Answer[FullPatientJson]:
    """Correct a patient's mail address, or confirm the one that stands.

    Mail goes there again: reminders and news that the old address kept from the patient and that still help
    go out.
    """
    patient = find(Patient.objects.seen_by(call.by), uuid=patient_id)
    call.refuse_if_stale(version=patient.version)
    correct_address(patient=patient, email=call.said["email"], by=call.by, now=database_now())
    patient.refresh_from_db()
    saw(AuditAction.SAW_PATIENT, [patient.uuid], by=call.by, about=patient)
    return Answer(full_patient_json(patient, by=call.by), version=patient.version)


@speaks("list_mail_problems", Act.REGISTER_PATIENT, answers={200: Listed[DoubtedAddressJson]})
def list_doubted(call: Call) -> Answer[Listed[DoubtedAddressJson]]:
    """List patients whom mail does not reach.

    At most 500; first those whose address was marked though the mail server spoke of something else.
    """
    found = doubted_addresses(by=call.by)
    saw(AuditAction.SAW_PATIENTS, [one.patient.uuid for one in found], by=call.by)
    told: list[DoubtedAddressJson] = [
        {
            **patient_json(one.patient),
            "server_said": one.patient.mail_server_said,
            "is_in_doubt": one.is_in_doubt,
        }
        for one in found
    ]
    return Answer({"results": told})


@speaks(
    "confirm_addresses",
    Act.REGISTER_PATIENT,
    does=Does.MAKES,
    body=PatientsShape,
    answers={200: ConfirmedJson},
    refuses=("unknown_patient",),
)
def confirm(call: Call) -> Answer[ConfirmedJson]:
    """Say that addresses are right, of many patients at once.

    All or none: 404 if one of them is not of this clinic.
    """
    named, seen = set(call.said["patients"]), Patient.objects.seen_by(call.by)
    patients = list(seen.filter(uuid__in=named))
    for unknown in named - {patient.uuid for patient in patients}:
        find(seen, uuid=unknown)
    return Answer({"confirmed": confirm_addresses(patients=patients, by=call.by, now=database_now())})
