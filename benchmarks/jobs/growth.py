"""What the desk opens every day, in a clinic with a long past, and what the indexes for it cost a write."""

import os
import statistics
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta

from django.db import connection, models, transaction
from django.db.models import Min

from benchmarks.clinic import NOW, TODAY, Bench, Measure, a_bench
from benchmarks.multiplying import day, multiply
from benchmarks.table import Row
from clinic.identity.actors import Actor, task_actor
from scheduling.messages.call_list import call_list
from scheduling.models import Message, Session, SessionStatus
from scheduling.reports.adherence import REPORT_DAYS, clinic_adherence, to_be_booked
from scheduling.reports.agenda import beside_the_hours
from scheduling.reports.capacity import WEEKS_AHEAD, committed_capacity
from treatments.models import Plan

SESSIONS = int(os.environ.get("OLD_SESSIONS", "1000000"))
ROUNDS, WRITTEN = 5, 2_000
_A_COURSE, _YEARS = 10, 10
MOST_MILLISECONDS = 100
GROWN = {
    Session: ("session_by_clinic_and_date", "session_due_by_clinic"),
    Message: ("message_unsaid_by_clinic",),
}


def rows() -> Iterator[Row]:
    bench = a_bench(Measure())
    by = task_actor(clinic_id=bench.clinic.pk, label="bench")
    grow(bench, SESSIONS)
    reads = reads_of(by)
    with without_indexes():
        before = {name: milliseconds(read) for name, read in reads.items()}
        bare = written(bench)
    after = {name: milliseconds(read) for name, read in reads.items()}
    yield Row("sessions, and as many messages", SESSIONS, note="ten years of them")
    for name in reads:
        note = f"{before[name]:.0f} ms without the indexes"
        yield Row(name, after[name], "ms", most=MOST_MILLISECONDS, note=note)
    ratio = written(bench) / bare
    yield Row("a session and a message written, to without the indexes", ratio, "×", note=f"{bare:.3f} ms")


def reads_of(by: Actor) -> dict[str, Callable[[], object]]:
    return {
        "an empty day": lambda: list(beside_the_hours(by=by, on=TODAY + timedelta(days=4000))),
        "to be booked": lambda: (
            to_be_booked(by=by).count(),
            list(to_be_booked(by=by).order_by("due_by")[:25]),
        ),
        "the call list": lambda: call_list(by=by, now=NOW),
        "capacity of twelve weeks": lambda: committed_capacity(by=by, weeks=WEEKS_AHEAD, now=NOW),
        "adherence of ninety days": lambda: clinic_adherence(
            by=by, first_on=TODAY - timedelta(days=REPORT_DAYS), last_on=TODAY
        ),
    }


def grow(bench: Bench, count: int) -> None:
    """So many sessions in courses of ten, a quarter of the last ones due, and a message of each."""
    plan = bench.plan()
    session = Session.objects.filter(plan=plan).earliest("number")
    last = Plan.objects.latest("pk").pk
    multiply(plan, count // _A_COURSE, {})
    first_plan = Plan.objects.filter(pk__gt=last).aggregate(first=Min("pk"))["first"]
    began = TODAY - timedelta(days=365 * _YEARS)
    is_due = f"(n > {count * 49 // 50} AND n %% 4 = 0)"
    on = day(str(began), f"n * 365.0 * {_YEARS} / {count}")
    multiply(
        session,
        count,
        {
            "plan_id": f"{first_plan} + n / {_A_COURSE}",
            "number": f"1 + n %% {_A_COURSE}",
            "status": f"CASE WHEN {is_due} THEN '{SessionStatus.DUE}' ELSE '{SessionStatus.COMPLETED}' END",
            "local_date": f"CASE WHEN {is_due} THEN NULL ELSE {on} END",
            "earliest_on": on,
            "target_on": on,
            "latest_on": on,
        },
    )
    message = Message.objects.create(
        clinic=bench.clinic, patient=plan.patient, kind="reminder", key="bench", state="sent",
        due_at=NOW, useful_until=NOW, sent_at=NOW, changed_at=NOW,
    )  # fmt: skip
    multiply(
        message,
        count,
        {"key": "'bench ' || n", "state": "CASE WHEN n %% 1000 = 0 THEN 'failed' ELSE 'sent' END"},
    )
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")


def written(bench: Bench) -> float:
    """Milliseconds that a session and a message take, of so many written one after the other."""
    session = Session.objects.filter(plan=bench.plan()).earliest("number")
    message = Message.objects.filter(clinic=bench.clinic).earliest("pk")

    def write() -> None:
        with transaction.atomic():
            multiply(session, WRITTEN, {"plan_id": "NULL"})
            multiply(message, WRITTEN, {"key": "'written ' || n"})
            transaction.set_rollback(True)

    return milliseconds(write) / WRITTEN


def milliseconds(read: Callable[[], object]) -> float:
    """On the wall, for PostgreSQL works in a process of its own; the median, once warm."""
    read()
    taken = []
    for _ in range(ROUNDS):
        began = time.perf_counter()
        read()
        taken.append((time.perf_counter() - began) * 1000)
    return statistics.median(taken)


@contextmanager
def without_indexes() -> Iterator[None]:
    indexes: list[tuple[type[models.Model], models.Index]] = [
        (kind, index) for kind, names in GROWN.items() for index in kind._meta.indexes if index.name in names
    ]
    with connection.schema_editor() as editor:
        for kind, index in indexes:
            editor.remove_index(kind, index)
    yield
    with connection.schema_editor() as editor:
        for kind, index in indexes:
            editor.add_index(kind, index)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
