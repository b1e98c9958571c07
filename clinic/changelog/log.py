"""The change log’s only writer: numbers are given last, under the clinic's counter."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol
from uuid import UUID

from django.db.models import F

from clinic.models import Change, ChangeCounter, ChangeKind


@dataclass(frozen=True, slots=True)
class Written:
    """One row that was written, and the diaries that saw it before and see it now."""

    kind: ChangeKind
    uuid: UUID
    version: int
    before: tuple[int, ...] = ()
    after: tuple[int, ...] = ()


class Versioned(Protocol):
    """A row of any storey that counts its writes."""

    @property
    def uuid(self) -> UUID: ...

    @property
    def version(self) -> int: ...


def session_written(row: Versioned, *, before: Iterable[int] = (), after: Iterable[int] = ()) -> Written:
    return Written(ChangeKind.SESSION, row.uuid, row.version, tuple(sorted(before)), tuple(sorted(after)))


def plan_written(row: Versioned, *, patient_diary_id: int) -> Written:
    return Written(ChangeKind.PLAN, row.uuid, row.version, (patient_diary_id,), (patient_diary_id,))


def record_changes(*, clinic_id: int, written: Sequence[Written], now: datetime) -> int:
    """Number the writes and append them to the log; returns the last number.

    The transaction's last act: the counter stays locked until commit, so a reader that has
    seen number n has seen everything below it.
    """
    last = _counted_up(clinic_id, by=len(written))
    Change.objects.insert(
        [
            Change(
                clinic_id=clinic_id,
                number=number,
                kind=write.kind,
                object_uuid=write.uuid,
                version=write.version,
                diaries_before=list(write.before),
                diaries_after=list(write.after),
                changed_at=now,
            )
            for number, write in enumerate(written, start=last - len(written) + 1)
        ]
    )
    return last


def _counted_up(clinic_id: int, *, by: int) -> int:
    """The counter's new number. The row stays locked."""
    counter = ChangeCounter.objects.of_clinic(clinic_id)
    if not counter.update(last_number=F("last_number") + by):
        # The clinic's first write. Of two at once, one waits here for the other.
        ChangeCounter.objects.get_or_create(clinic_id=clinic_id)
        counter.update(last_number=F("last_number") + by)
    return counter.values_list("last_number", flat=True).get()
