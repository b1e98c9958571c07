"""Whose patient someone is: written by every act that puts a practitioner and a patient together."""

from collections.abc import Iterable
from datetime import datetime

from clinic.models import Care, Patient


def take_into_care(*, patient: Patient, practitioner_ids: Iterable[int], now: datetime) -> None:
    """From now on these practitioners see the patient; who did before goes on doing so. One statement."""
    rows = [
        Care(clinic_id=patient.clinic_id, patient=patient, practitioner_id=practitioner_id, since_at=now)
        for practitioner_id in sorted(set(practitioner_ids))
    ]
    Care.objects.bulk_create(rows, ignore_conflicts=True)
