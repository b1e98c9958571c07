"""A patient's own data over REST."""

from uuid import UUID

from rest_framework.request import Request
from rest_framework.response import Response

from clinic.identity.permissions import Act
from clinic.lookup import find
from clinic.models import Patient
from clinic.web.clock import now
from clinic.web.limits import SEARCHES, refuse_if_too_many
from clinic.web.rest.auth import actor_of, needs
from scheduling.privacy.export import export_patient


@needs(Act.EXPORT_PATIENT)
def export(request: Request, patient_id: UUID) -> Response:
    by, at = actor_of(request), now()
    refuse_if_too_many(SEARCHES, who=by.reference, now=at)
    patient = find(Patient.objects.seen_by(by), uuid=patient_id)
    return Response(export_patient(patient=patient, by=by, now=at).document)
