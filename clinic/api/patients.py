"""Patients over REST."""

from typing import Any
from uuid import UUID

from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from clinic.audit_trail.write import AuditAction
from clinic.identity.permissions import Act
from clinic.lookup import find
from clinic.models import NamedKind, Patient
from clinic.people.external_id_kinds import name_from
from clinic.people.external_ids import rows_named
from clinic.people.patients import NewPatient, find_patients, register_patient
from clinic.web.clock import now
from clinic.web.limits import SEARCHES, refuse_if_too_many
from clinic.web.rest.auth import actor_of, needs
from clinic.web.rest.input_fields import Day, ListShape, Shape, Text, parsed, parsed_query
from clinic.web.rest.pagination import piece_of
from clinic.web.trail import saw


class PatientFilter(ListShape):
    search = serializers.CharField(default="", allow_blank=True, max_length=100)
    external = serializers.CharField(required=False, max_length=260)


class PatientShape(Shape):
    given_name = Text(allow_blank=True)
    family_name = Text(allow_blank=True)
    born_on = Day(required=False, allow_null=True)
    email = Text(required=False, allow_blank=True)
    phone = Text(required=False, allow_blank=True)
    language = Text(required=False, allow_blank=True)
    zone = Text(required=False, allow_blank=True)
    message_consent = Text(required=False)
    desk_note = Text(required=False, allow_blank=True)
    intake_facts = serializers.DictField(required=False)


@needs(Act.SEE_PATIENTS)
def search(request: Request) -> Response:
    asked = parsed_query(PatientFilter, request.query_params)
    by = actor_of(request)
    refuse_if_too_many(SEARCHES, who=by.reference, now=now())
    found = find_patients(by=by, words=asked["search"])
    if "external" in asked:
        names = [name_from(asked["external"])]
        named = rows_named(clinic_id=by.clinic_id, kind=NamedKind.PATIENT, names=names)
        found = found.filter(uuid__in=named.values())
    piece = piece_of(request, found, by=("family_name", "given_name", "uuid"), asked=asked)
    saw(AuditAction.SAW_PATIENTS, [patient.uuid for patient in piece.rows], by=by)
    return piece.answer(patient_json)


@needs(Act.REGISTER_PATIENT)
def register(request: Request) -> Response:
    new = NewPatient(**parsed(PatientShape, request.data))
    patient = register_patient(new=new, by=actor_of(request), now=now())
    return Response(
        full_patient_json(patient), status=201, headers={"Location": f"{request.path}{patient.uuid}/"}
    )


@needs(Act.SEE_PATIENTS)
def show(request: Request, patient_id: UUID) -> Response:
    by = actor_of(request)
    patient = find(Patient.objects.seen_by(by), uuid=patient_id)
    saw(AuditAction.SAW_PATIENT, [patient.uuid], by=by, about=patient)
    return Response(full_patient_json(patient))


def patient_json(patient: Patient) -> dict[str, Any]:
    """What a list shows: who they are and how to reach them."""
    return {
        "id": str(patient.uuid),
        "given_name": patient.given_name,
        "family_name": patient.family_name,
        "born_on": patient.born_on and str(patient.born_on),
        "email": patient.email,
        "phone": patient.phone,
        "language": patient.language,
        "zone": patient.zone,
        "message_consent": patient.message_consent,
    }


def full_patient_json(patient: Patient) -> dict[str, Any]:
    return {
        **patient_json(patient),
        "desk_note": patient.desk_note,
        "intake_facts": patient.intake_facts,
    }
