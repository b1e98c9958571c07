"""Freezing of versions: sessions and plans keep the version they were made with."""

from collections.abc import Iterable
from datetime import datetime

from clinic.errors import Conflict
from clinic.models import Clinic
from clinic.sentences import sentence as _
from treatments.models import Protocol, SessionType
from treatments.models.catalogue import Versioned


def lock_catalogue(*, clinic_id: int) -> None:
    """Until the transaction ends, nobody else edits or freezes the clinic's catalogue.

    Comes before every other lock.
    """
    Clinic.objects.select_for_update(no_key=True).get(pk=clinic_id)


def freeze_protocol(*, protocol: Protocol, now: datetime) -> None:
    """Freeze the protocol and the session types of its steps, unless that was done before.

    Must run inside the transaction of the act that uses them. Only the first use waits for a lock.
    """
    unfrozen = Protocol.objects.filter(pk=protocol.pk, frozen_at__isnull=True)
    if unfrozen.exists():
        lock_catalogue(clinic_id=protocol.clinic_id)
        unfrozen.update(frozen_at=now)
        _freeze(protocol.steps.values_list("session_type_id", flat=True), now)


def freeze_session_type(*, session_type: SessionType, now: datetime) -> None:
    """Freeze the session type, unless that was done before. See `freeze_protocol`."""
    if SessionType.objects.filter(pk=session_type.pk, frozen_at__isnull=True).exists():
        lock_catalogue(clinic_id=session_type.clinic_id)
        _freeze([session_type.pk], now)


def refuse_if_frozen(*, row: Versioned) -> None:
    """Whoever edits a row of the catalogue asks first. Raises Conflict (`catalogue_frozen`)."""
    if row.frozen_at is not None:
        raise Conflict(
            "catalogue_frozen", _("{row} is in use and stays as it is. Make its next version.", row=row)
        )


def _freeze(session_type_ids: Iterable[int], now: datetime) -> None:
    SessionType.objects.filter(pk__in=set(session_type_ids), frozen_at__isnull=True).update(frozen_at=now)
