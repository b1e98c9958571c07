"""The change log’s only writer: numbers are given last, under the clinic's counter."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar, Protocol
from uuid import UUID

from django.db import connection, transaction
from django.db.models.expressions import RawSQL

from clinic.models import Audience, Change, ChangeCounter, ChangeKind

NOBODY = Audience()
_is_in_act: ContextVar[bool] = ContextVar("is_in_act", default=False)


def last_number(*, clinic_id: int) -> RawSQL:
    """The last number given in the clinic, for a row that is being written. No query of its own."""
    table = connection.ops.quote_name(ChangeCounter._meta.db_table)
    asked = f"SELECT last_number FROM {table} WHERE clinic_id = %s"  # nosec # our own table
    return RawSQL(f"COALESCE(({asked}), 0)", [clinic_id])  # nosec # the same


@dataclass(frozen=True, slots=True)
class Written:
    """One row that was written, whom it concerned before and whom it concerns now."""

    kind: ChangeKind
    uuid: UUID
    version: int
    before: Audience = NOBODY
    after: Audience = NOBODY


class _Versioned(Protocol):
    """A row of any storey that counts its writes."""

    @property
    def uuid(self) -> UUID: ...

    @property
    def version(self) -> int: ...


class _Patients(_Versioned, Protocol):
    @property
    def patient_id(self) -> int: ...


class _Placed(_Patients, Protocol):
    @property
    def site_id(self) -> int | None: ...


class LoggedRow(_Versioned, Protocol):
    """A row that says itself what it is in the log, and whom it concerns."""

    change_kind: ClassVar[ChangeKind]

    @property
    def clinic_id(self) -> int: ...

    @property
    def audience(self) -> Audience: ...


@contextmanager
def one_act() -> Iterator[None]:
    """One transaction, and what is logged in it is numbered all at once as its last statements.

    Acts may hold acts: the outermost numbers for all of them, so none needs to know whether it is one. What
    was logged under a savepoint that is rolled back was never written, and is forgotten with it.
    """
    with transaction.atomic():
        waited = len(connection.run_on_commit)
        is_outermost, before = not _is_in_act.get(), _is_in_act.set(True)
        try:
            yield
            if is_outermost and not transaction.get_rollback():
                _number_what_waits(after=waited)
        finally:
            # Before the commit: what was put off until then are acts of their own.
            _is_in_act.reset(before)


def record_rows(
    *,
    added: Sequence[LoggedRow] = (),
    changed: Sequence[LoggedRow] = (),
    gone: Sequence[LoggedRow] = (),
    now: datetime,
) -> None:
    """Log the rows of one clinic that an act wrote, one change each. That a row is gone is a write too."""
    written = [
        *(Written(row.change_kind, row.uuid, row.version + 1, before=row.audience) for row in gone),
        *(Written(row.change_kind, row.uuid, row.version, row.audience, row.audience) for row in changed),
        *(Written(row.change_kind, row.uuid, row.version, after=row.audience) for row in added),
    ]
    if rows := [*gone, *changed, *added]:
        record_changes(clinic_id=rows[0].clinic_id, written=written, now=now)


def session_written(
    row: _Placed,
    *,
    before: Iterable[int] = (),
    after: Iterable[int] = (),
    sites_before: Iterable[int] | None = None,
) -> Written:
    """`before` and `after` are the diaries that saw it and see it; one that is new nobody saw.

    Unless `sites_before` says otherwise it was where it is now.
    """
    here = () if row.site_id is None else (row.site_id,)
    there = here if sites_before is None else tuple(sorted(sites_before))
    diaries_before, diaries_after = tuple(sorted(before)), tuple(sorted(after))
    return Written(
        ChangeKind.SESSION,
        row.uuid,
        row.version,
        Audience(diaries_before, there, row.patient_id) if diaries_before else NOBODY,
        Audience(diaries_after, here, row.patient_id) if diaries_after else NOBODY,
    )


def plan_written(row: _Patients, *, patient_diary_id: int) -> Written:
    """A plan is nowhere: its sessions are."""
    audience = Audience(diaries=(patient_diary_id,), patient_id=row.patient_id)
    return Written(ChangeKind.PLAN, row.uuid, row.version, audience, audience)


def record_changes(*, clinic_id: int, written: Sequence[Written], now: datetime) -> None:
    """Append the writes to the log: within `one_act` at its end, else at once.

    At once means as the transaction's last act: the counter stays locked until commit, so a reader that has
    seen number n has seen everything below it.
    """
    changes = [_change(write, clinic_id=clinic_id, now=now) for write in written]
    if changes and _is_in_act.get():
        transaction.on_commit(_Waiting(clinic_id, changes))
    elif changes:
        _append(clinic_id, changes)


@dataclass(frozen=True, slots=True, eq=False)
class _Waiting:
    """Changes that wait for their numbers among what Django keeps for the commit.

    Django drops them there with the savepoint or the transaction in which they were written.
    """

    clinic_id: int
    changes: Sequence[Change]

    def __call__(self) -> None:
        raise RuntimeError("An act was committed, and what it wrote has no numbers.")


def _number_what_waits(*, after: int) -> None:
    of_clinic: defaultdict[int, list[Change]] = defaultdict(list)
    for_commit = connection.run_on_commit[after:]
    connection.run_on_commit[after:] = [one for one in for_commit if not isinstance(one[1], _Waiting)]
    for waiting in (one[1] for one in for_commit):
        if isinstance(waiting, _Waiting):
            of_clinic[waiting.clinic_id] += waiting.changes
    for clinic_id, changes in sorted(of_clinic.items()):
        _append(clinic_id, changes)


def _change(write: Written, *, clinic_id: int, now: datetime) -> Change:
    """Yet without its number."""
    return Change(
        clinic_id=clinic_id,
        kind=write.kind,
        object_uuid=write.uuid,
        version=write.version,
        diaries_before=list(write.before.diaries),
        diaries_after=list(write.after.diaries),
        sites_before=list(write.before.sites),
        sites_after=list(write.after.sites),
        patient_id=write.after.patient_id or write.before.patient_id,
        changed_at=now,
    )


def _append(clinic_id: int, changes: Sequence[Change]) -> None:
    last = _counted_up(clinic_id, by=len(changes))
    for number, change in enumerate(changes, start=last - len(changes) + 1):
        change.number = number
    Change.objects.insert(changes)


def _counted_up(clinic_id: int, *, by: int) -> int:
    """The counter's new number. The row stays locked."""
    table = connection.ops.quote_name(ChangeCounter._meta.db_table)
    # In SQL: one statement counts and answers, and whoever else books in the clinic waits for the rest.
    counts = f"UPDATE {table} SET last_number = last_number + %s "  # nosec # our own table
    counts += "WHERE clinic_id = %s RETURNING last_number"
    with connection.cursor() as cursor:
        cursor.execute(counts, [by, clinic_id])
        if not (counted := cursor.fetchall()):
            # The clinic's first write. Of two at once, one waits here for the other.
            ChangeCounter.objects.get_or_create(clinic_id=clinic_id)
            cursor.execute(counts, [by, clinic_id])
            counted = cursor.fetchall()
    last: int = counted[0][0]
    return last
