"""A patient's own data over REST."""

from uuid import UUID

from clinic.identity.permissions import Act
from clinic.lookup import find
from clinic.models import Patient
from clinic.web.clock import now
from clinic.web.limits import SEARCHES, refuse_if_too_many
from clinic.web.rest.contract import Answer, Call, speaks
from clinic.web.rest.json_types import AnyObject
from scheduling.privacy.export import export_patient


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
