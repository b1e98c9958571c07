"""After a backup is restored: whoever was erased since is back, and is erased again."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.db.models import Q, QuerySet

from clinic.errors import Refused
from clinic.identity.actors import Actor
from clinic.models import Erasure, Patient
from scheduling.privacy.erasure import erase_patient


@dataclass(frozen=True, slots=True)
class ErasedAgain:
    """How many were back and could be erased, and the public ids of those who have sessions ahead."""

    count: int
    with_sessions: tuple[UUID, ...] = ()


def erase_again(*, by: Actor, is_applied: bool, now: datetime, also: Iterable[UUID] = ()) -> ErasedAgain:
    """Erase whom the clinic's ledger or `also` names and who is back; without `is_applied` only say so.

    Who has sessions ahead stays, and the others go on: a booked time that nobody holds is for the desk to
    cancel first. Locks: those of `erase_patient`, one patient after another.
    """
    count = 0
    with_sessions = []
    for patient in _back(by.clinic_id, also):
        try:
            with transaction.atomic():
                erase_patient(patient=patient, by=by, now=now)
                transaction.set_rollback(not is_applied)
        except Refused:
            with_sessions.append(patient.uuid)
        else:
            count += 1
    return ErasedAgain(count, tuple(with_sessions))


def _back(clinic_id: int, also: Iterable[UUID]) -> "QuerySet[Patient]":
    named = Erasure.objects.of_clinic(clinic_id).values("patient_uuid")
    rows = Patient.objects.of_clinic(clinic_id).filter(Q(uuid__in=named) | Q(uuid__in=list(also)))
    return rows.filter(erased_at__isnull=True).order_by("pk")
