"""Whose patient someone is: written by every act that puts a practitioner and a patient together."""

from collections.abc import Iterable
from datetime import datetime

from django.db import connection

from clinic.models import Care, Patient, Resource, ResourceKind


def take_into_care(*, patient: Patient, practitioner_ids: Iterable[int], now: datetime) -> None:
    """From now on these practitioners see the patient; who did before goes on doing so. One statement."""
    rows = [
        Care(clinic_id=patient.clinic_id, patient=patient, practitioner_id=practitioner_id, since_at=now)
        for practitioner_id in sorted(set(practitioner_ids))
    ]
    Care.objects.insert(rows, ignore_conflicts=True)


def take_into_care_of_those_with(*, patient: Patient, diary_ids: Iterable[int], now: datetime) -> None:
    """The same for whoever of these diaries is a practitioner. One statement."""
    diaries = sorted(set(diary_ids))
    if not diaries:
        return
    care, resource = (connection.ops.quote_name(model._meta.db_table) for model in (Care, Resource))
    # In SQL: who they are need not be fetched to be written.
    written = f"INSERT INTO {care} (clinic_id, patient_id, practitioner_id, since_at) "
    written += f'SELECT {resource}."clinic_id", %s, id, %s FROM {resource} '  # nosec # our own tables
    written += f'WHERE {resource}."clinic_id" = %s AND kind = %s '
    written += f"AND diary_id IN ({', '.join(['%s'] * len(diaries))}) ORDER BY id ON CONFLICT DO NOTHING"
    since_at = connection.ops.adapt_datetimefield_value(now)
    with connection.cursor() as cursor:
        cursor.execute(
            written, [patient.pk, since_at, patient.clinic_id, ResourceKind.PRACTITIONER.value, *diaries]
        )
