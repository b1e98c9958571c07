"""Writing the change log: numbers are given last, under the clinic's counter."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from scheduling.models import Change, ChangeCounter, ChangeKind, Session
from treatments.models import Plan


@dataclass(frozen=True, slots=True)
class Written:
    """One row that was written, and the diaries that saw it before and see it now."""

    kind: ChangeKind
    uuid: UUID
    version: int
    before: tuple[int, ...] = ()
    after: tuple[int, ...] = ()


def of_session(session: Session, *, before: Iterable[int] = (), after: Iterable[int] = ()) -> Written:
    return Written(
        ChangeKind.SESSION, session.uuid, session.version, tuple(sorted(before)), tuple(sorted(after))
    )


def of_plan(plan: Plan, *, patient_diary_id: int) -> Written:
    return Written(ChangeKind.PLAN, plan.uuid, plan.version, (patient_diary_id,), (patient_diary_id,))


def record(*, clinic_id: int, written: Sequence[Written], now: datetime) -> int:
    """Number the writes and append them to the log; returns the last number.

    The transaction's last act: the counter stays locked until commit, so a reader that has
    seen number n has seen everything below it.
    """
    counter = _locked_counter(clinic_id)
    Change.objects.bulk_create(
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
            for number, write in enumerate(written, start=counter.last_number + 1)
        ]
    )
    counter.last_number += len(written)
    counter.save(update_fields=["last_number"])
    return counter.last_number


def _locked_counter(clinic_id: int) -> ChangeCounter:
    locked = ChangeCounter.objects.of_clinic(clinic_id).select_for_update(no_key=True)
    if (counter := locked.first()) is None:
        # The clinic's first write. Of two at once, one waits here for the other.
        ChangeCounter.objects.get_or_create(clinic_id=clinic_id)
        counter = locked.get()
    return counter
