"""What was used once stays as it was: sessions and plans point at the version they were made with."""

from collections.abc import Iterable
from datetime import datetime

from clinic.errors import Conflict
from treatments.models import Protocol, SessionType
from treatments.models.catalogue import Versioned


def freeze_protocol(*, protocol: Protocol, now: datetime) -> None:
    """Freeze the protocol and the session types of its steps, unless they are frozen already.

    Must run inside the transaction of the act that uses them: until it commits, nobody can edit them.
    """
    Protocol.objects.filter(pk=protocol.pk, frozen_at__isnull=True).update(frozen_at=now)
    freeze_session_types(pks=protocol.steps.values_list("session_type_id", flat=True), now=now)


def freeze_session_types(*, pks: Iterable[int], now: datetime) -> None:
    """Freeze the session types, unless they are frozen already. See `freeze_protocol`."""
    SessionType.objects.filter(pk__in=sorted(set(pks)), frozen_at__isnull=True).update(frozen_at=now)


def refuse_if_frozen(*, row: Versioned) -> None:
    """Whoever edits a row of the catalogue asks first. Raises Conflict (`catalogue_frozen`)."""
    if row.frozen_at is not None:
        raise Conflict("catalogue_frozen", f"{row} is in use and stays as it is. Make its next version.")
