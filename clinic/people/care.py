"""Whose patient someone is: written by every act that puts a practitioner and a patient together."""

from collections.abc import Iterable
from datetime import datetime

from django.db import connection

from clinic.models import Care, Patient, Resource, ResourceKind


def take_into_care(*, patient: Patient, practitioner_ids: Iterable[int], now: datetime) -> list[int]:
    """From now on these practitioners see the patient; who did before goes on doing so. One statement.

    Returns those who did not.
    """
    return _taken(patient, "id", practitioner_ids, now)


def take_into_care_of_those_with(*, patient: Patient, diary_ids: Iterable[int], now: datetime) -> list[int]:
    """The same for whoever of these diaries is a practitioner. One statement."""
    return _taken(patient, "diary_id", diary_ids, now)


def release_from_care(*, patient_id: int, practitioner_id: int) -> None:
    """They were put together by mistake."""
    Care.objects.filter(patient_id=patient_id, practitioner_id=practitioner_id).delete()


def _taken(patient: Patient, column: str, keys: Iterable[int], now: datetime) -> list[int]:
    named = sorted(set(keys))
    if not named:
        return []
    care, resource = (connection.ops.quote_name(model._meta.db_table) for model in (Care, Resource))
    # In SQL: who they are need not be fetched to be written, and who is new comes back with it.
    written = f"INSERT INTO {care} (clinic_id, patient_id, practitioner_id, since_at) "
    written += f'SELECT {resource}."clinic_id", %s, id, %s FROM {resource} '  # nosec # our own tables
    written += f'WHERE {resource}."clinic_id" = %s AND kind = %s AND {column} IN '
    written += (
        f"({', '.join(['%s'] * len(named))}) ORDER BY id ON CONFLICT DO NOTHING RETURNING practitioner_id"
    )
    since_at = connection.ops.adapt_datetimefield_value(now)
    kind = ResourceKind.PRACTITIONER.value
    with connection.cursor() as cursor:
        cursor.execute(written, [patient.pk, since_at, patient.clinic_id, kind, *named])
        return [practitioner_id for (practitioner_id,) in cursor.fetchall()]
