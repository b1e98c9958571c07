"""Courses to be booked, and the very rows that booking each of them writes: booked once and rolled back."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import time, timedelta
from typing import Any

from django.db import connection, transaction
from django.db.models import Model

from benchmarks.clinic import NOW, TODAY, Bench, a_course
from clinic.identity.actors import Actor, task_actor
from clinic.models import AuditDetail, AuditEntry, Care, Change
from clinic.time.cells import ones
from clinic.time.intervals import Stretch
from scheduling.booking.book_course import book_course
from scheduling.engine.proposal import Proposal
from scheduling.models import Claim, Message, Session
from scheduling.search.propose import Asked, propose
from treatments.models import Plan

DAYS = 90
# Written anew by a booking, in this order; changes come last, under the counter.
NEW: tuple[type[Model], ...] = (Claim, Care, AuditEntry, AuditDetail, Message)
_CHANGES_OF_A_COURSE = 7


@dataclass(frozen=True, slots=True)
class Rows:
    """Rows of one table, without their keys."""

    table: str
    columns: tuple[str, ...]
    values: tuple[tuple[Any, ...], ...]


@dataclass(frozen=True, slots=True)
class Written:
    """What one booking writes: new rows, changes yet without numbers, sessions with their key last.

    `pages` says which cells of which (diary, day) are taken.
    """

    clinic_id: int
    patient_id: int
    plan_id: int
    plan_version: int
    site_ids: tuple[int, ...]
    sessions: Rows
    new: tuple[Rows, ...]
    changes: Rows
    pages: Mapping[tuple[int, int], int]


@dataclass(frozen=True, slots=True)
class Rehearsed:
    """A course that can be booked, beside all others rehearsed with it."""

    plan: Plan
    proposal: Proposal
    written: Written


def actor_of(bench: Bench) -> Actor:
    return task_actor(clinic_id=bench.clinic.pk, label="bench")


def rehearsed(bench: Bench, count: int) -> list[Rehearsed]:
    """So many courses of as many new patients, none in another's way."""
    by = actor_of(bench)
    plans = [a_course(bench.clinic, by) for _ in range(count)]
    found = []
    with transaction.atomic():
        for plan in plans:
            fresh = Plan.objects.select_related("patient", "protocol", "clinic").get(pk=plan.pk)
            proposal = _first_calendar(fresh)
            found.append(Rehearsed(fresh, proposal, _written(fresh, proposal, by)))
        transaction.set_rollback(True)
    return found


def _first_calendar(plan: Plan) -> Proposal:
    asked = Asked(last_on=TODAY + timedelta(days=DAYS), most=1)
    return propose(plan=plan, asked=asked, now=NOW).proposals[0]


def _written(plan: Plan, proposal: Proposal, by: Actor) -> Written:
    tables: tuple[type[Model], ...] = (*NEW, Change)
    last = {model: _highest(model) for model in tables}
    stood = _sessions(plan)
    # As another request would: the plan that was searched for stays as it is.
    book_course(plan=Plan.objects.get(pk=plan.pk), proposal=proposal, by=by, now=NOW)
    new = {model: _since(model, last[model]) for model in tables}
    assert len(new[Change].values) == _CHANGES_OF_A_COURSE, "other sessions changed seats: rehearse elsewhere"
    return Written(
        clinic_id=plan.clinic_id,
        patient_id=plan.patient_id,
        plan_id=plan.pk,
        plan_version=plan.version,
        site_ids=tuple({placed.site_id for placed in proposal.sessions}),
        sessions=_changed(stood, _sessions(plan)),
        new=tuple(new[model] for model in NEW),
        changes=new[Change],
        pages=_pages(new[Claim]),
    )


def _pages(claims: Rows) -> dict[tuple[int, int], int]:
    at = [claims.columns.index(name) for name in ("diary_id", "start_cell", "end_cell")]
    pages: dict[tuple[int, int], int] = defaultdict(int)
    for row in claims.values:
        stretch = Stretch(*(row[column] for column in at))
        for day, low, high in stretch.by_day():
            pages[stretch.diary_id, day] |= ones(high - low) << low
    return dict(sorted(pages.items()))


def _changed(before: Rows, after: Rows) -> Rows:
    """Only the columns that differ in any row, and the key."""
    differing = [
        column
        for column in range(1, len(after.columns))
        if any(was[column] != now[column] for was, now in zip(before.values, after.values, strict=True))
    ]
    kept = [*differing, 0]
    values = tuple(tuple(row[column] for column in kept) for row in after.values)
    return Rows(after.table, tuple(after.columns[column] for column in kept), values)


def _sessions(plan: Plan) -> Rows:
    return _read(Session, "plan_id = %s ORDER BY id", plan.pk)


def _since(model: type[Model], key: int) -> Rows:
    rows = _read(model, "id > %s ORDER BY id", key)
    assert rows.columns[0] == "id"
    return Rows(rows.table, rows.columns[1:], tuple(row[1:] for row in rows.values))


def _read(model: type[Model], where: str, key: int) -> Rows:
    table = connection.ops.quote_name(model._meta.db_table)
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT * FROM {table} WHERE {where}", [key])  # nosec # our own tables
        columns = tuple(column[0] for column in cursor.description)
        return Rows(table, columns, tuple(tuple(_plain(row)) for row in cursor.fetchall()))


def _plain(row: Sequence[Any]) -> Iterator[Any]:
    """As a driver of its own takes it: sqlite3 knows no times of day."""
    is_sqlite = connection.vendor == "sqlite"
    return (str(value) if is_sqlite and isinstance(value, time) else value for value in row)


def _highest(model: type[Model]) -> int:
    newest = model._default_manager.order_by("-pk").values_list("pk", flat=True).first()
    return newest or 0
