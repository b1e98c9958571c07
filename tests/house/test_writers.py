"""Who may write: diaries have one writer, so that pages and claims cannot drift apart; hours are locked.
What patients heard has one too.

Who writes a row that REST shows counts the write, dates it and logs it.
"""

import ast
from collections.abc import Iterator
from functools import cache

import pytest
from django.apps import apps

from clinic.models.changes import Logged
from scheduling.models import Session
from tests.support.house.source import Source, functions, nothing_in, product, snippet
from tests.support.house.writes import ACTS, beginning_of, functions_that_call, mentions, writes
from treatments.models import Plan

ONLY_WRITER = {
    "scheduling.models.Claim": "scheduling.diaries.claims",
    "scheduling.models.Page": "scheduling.diaries.pages",
    "scheduling.models.Heard": "scheduling.messages.heard",
    "clinic.models.Change": "clinic.changelog.log",
    "clinic.models.ChangeCounter": "clinic.changelog.log",
    "clinic.models.PatientGram": "clinic.people.finding.index",
}


# The acts of scheduling are logged by their frame (test_acts.py).
WATCHED = ("clinic.", "treatments.", "scheduling.")
# Messages show on the call list alone: what waits, or has gone out, shows nowhere.
UNWATCHED = (
    "scheduling.courses.closing",
    "scheduling.courses.open_act",
    "scheduling.messages.notices",
    "scheduling.messages.reminders",
)
WAITS = "a message that waits, or has gone out, shows nowhere"
SHOWS = "what the call list shows is counted and logged by its callers"
LOGS = frozenset({"record_rows", "record_changes"})
# Functions that do neither, and why they need not.
EXCEPT = {
    "treatments.prescribing._written": "a plan is logged with its sessions, by who prescribes the course",
    "scheduling.privacy.erasure._forget_traces": "messages are read at the call list alone, without names",
    "scheduling.messages.leases.lease": WAITS,
    "scheduling.messages.leases.release": WAITS,
    "scheduling.messages.ledger.settle._add": WAITS,
    "scheduling.messages.outbox._record": SHOWS,
    "scheduling.messages.outbox._mark": SHOWS,
    "scheduling.messages.outbox.told": SHOWS,
    "scheduling.icalendar.feeds.note_use": "that somebody read a feed changes nothing of it",
    "treatments.versions.freeze.freeze_protocol": "that a version is in use shows nowhere",
    "treatments.versions.freeze._freeze": "that a version is in use shows nowhere",
}

# Processes remember who works when under the version that `lock_hours` counts up (clinic/hours).
HOURS = frozenset({"BusyTime", "Closure", "DayHours", "Leave", "Resource", "ResourceSkill", "WeeklyHours"})


def foreign_writes(source: Source) -> Iterator[str]:
    rows = rows_of(source)
    for node in ast.walk(source.tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in ACTS:
            begins = source.full_name(beginning_of(node.func))
            package, _, name = rows.get(begins, begins).rpartition(".")
            models = ".".join(package.split(".")[:2])
            writer = ONLY_WRITER.get(f"{models}.{name}")
            if writer is not None and source.name != writer:
                yield f"{source.path}:{node.lineno} writes {name}, which only {writer} does"


def test_diaries_what_was_heard_and_the_change_log_have_one_writer():
    nothing_in(found for source in product() for found in foreign_writes(source))


@pytest.mark.parametrize(
    ("writer", "line"),
    [
        ("scheduling.diaries.claims", "Claim.objects.bulk_create(rows)"),
        ("scheduling.diaries.claims", "Claim.objects.filter(session=session).delete()"),
        ("scheduling.diaries.claims", "Claim(diary=diary).save()"),
        ("scheduling.diaries.pages", "Page.objects.filter(day=5).update(busy=b'')"),
        ("scheduling.messages.heard", "Heard.objects.filter(session=5).update(is_off=True)"),
        ("scheduling.messages.heard", "def off(heard: Heard) -> None:\n    heard.save()"),
        ("clinic.changelog.log", "Change.objects.insert(rows)"),
        ("clinic.changelog.log", "ChangeCounter.objects.of_clinic(5).update(last_number=7)"),
        ("clinic.people.finding.index", "PatientGram.objects.filter(patient=5).delete()"),
    ],
)
def test_a_second_writer_is_found(writer, line):
    text = (
        "from clinic.models import Change, ChangeCounter, PatientGram\n"
        f"from scheduling.models import Claim, Heard, Page\n{line}"
    )

    assert list(foreign_writes(snippet(text, name="scheduling.booking.book_course")))
    assert not list(foreign_writes(snippet(text, name=writer)))


def test_reading_claims_is_let_through():
    text = (
        "from scheduling.models.claims import Claim\nrows = Claim.objects.filter(diary=5).values_list('pk')"
    )

    assert not list(foreign_writes(snippet(text)))


def unlocked_writes(source: Source) -> Iterator[str]:
    """Writes of hours, leave, closures and resources in a module that never calls `lock_hours`."""
    calls = [node for node in ast.walk(source.tree) if isinstance(node, ast.Call)]
    if any(source.full_name(call.func).rpartition(".")[2] == "lock_hours" for call in calls):
        return
    rows = rows_of(source)
    for call in calls:
        if not isinstance(call.func, ast.Attribute) or call.func.attr not in ACTS:
            continue
        begins = source.full_name(beginning_of(call.func))
        name = rows.get(begins, begins).rpartition(".")[2]
        if name in HOURS:
            yield f"{source.path}:{call.lineno} writes {name} and never calls lock_hours"


def rows_of(source: Source) -> dict[str, str]:
    """Parameter → the model that it is said to be a row of: `leave: Leave`."""
    return {
        argument.arg: source.full_name(argument.annotation)
        for function in functions(source)
        for argument in (*function.args.args, *function.args.kwonlyargs)
        if isinstance(argument.annotation, ast.expr)
    }


def test_whoever_writes_hours_leave_closures_or_resources_locks_the_hours():
    nothing_in(found for source in product() for found in unlocked_writes(source))


@pytest.mark.parametrize(
    "line",
    [
        "Leave.objects.create(resource=room)",
        "WeeklyHours.objects.filter(site=site).delete()",
        "ResourceSkill.objects.bulk_create(rows)",
        "Closure(site=site).save()",
        "Resource.objects.of_clinic(5).update(valid_until=None)",
        "def shorten(*, leave: Leave) -> None:\n    leave.save()",
    ],
)
def test_a_writer_of_hours_who_forgets_the_lock_is_found(line):
    names = ", ".join(sorted(HOURS))
    text = f"from clinic.models import {names}\nfrom clinic.hours.rota import lock_hours\n"

    assert list(unlocked_writes(snippet(f"{text}{line}", name="clinic.hours.rota")))
    assert not list(
        unlocked_writes(snippet(f"{text}{line}\nlock_hours(clinic_id=5)", name="clinic.hours.rota"))
    )


def test_reading_leave_needs_no_lock():
    text = "from clinic.models import Leave\nrows = Leave.objects.filter(state='granted')"

    assert not list(unlocked_writes(snippet(text)))


@cache
def logged_names() -> frozenset[str]:
    """The models of which every write is a change, and the bases that they share."""
    rows = [row for row in apps.get_models() if issubclass(row, Logged)]
    names = {base.__name__ for row in rows for base in row.mro() if issubclass(base, Logged)}
    return frozenset(names | {Plan.__name__, Session.__name__})


def unlogged(source: Source) -> Iterator[str]:
    logs = functions_that_call(source, LOGS)
    for function, call in writes(source, logged_names()):
        name = f"{source.name}.{function.name}"
        if function.name not in logs and name not in EXCEPT:
            yield f"{source.path}:{call.lineno} {name} writes a row that REST shows, and nobody logs it"


def uncounted(source: Source) -> Iterator[str]:
    """Writes of rows that exist, and that say neither `touch` nor `changed_at`."""
    for function, call in writes(source, logged_names()):
        assert isinstance(call.func, ast.Attribute)
        is_new = mentions(beginning_of(call.func), logged_names()) and call.func.attr == "save"
        if call.func.attr not in ("save", "update", "rewrite", "bulk_update") or is_new:
            continue
        said = {node.value for node in ast.walk(call) if isinstance(node, ast.Constant)}
        said |= {node.attr for node in ast.walk(call) if isinstance(node, ast.Attribute)}
        if not said & {"touch", "changed_at"} and f"{source.name}.{function.name}" not in EXCEPT:
            yield f"{source.path}:{call.lineno} writes a row that REST shows, and does not date it: touch it"


def watched() -> Iterator[Source]:
    return (
        source
        for source in product()
        if source.name.startswith(WATCHED) and not source.name.startswith(UNWATCHED)
    )


def test_whoever_writes_what_rest_shows_logs_it():
    nothing_in(found for source in watched() for found in unlogged(source))


def test_whoever_writes_what_rest_shows_counts_and_dates_it():
    nothing_in(found for source in watched() for found in uncounted(source))


def test_every_exception_is_one():
    found = {
        f"{source.name}.{function.name}"
        for source in watched()
        for function, _ in writes(source, logged_names())
    }

    assert set(EXCEPT) <= found


WRITERS = [
    "def enter(*, room):\n    return Leave.objects.create(resource=room)",
    "def shut(*, site: Site) -> None:\n    Closure(site=site).save()",
    "def take_out(rows: 'QuerySet[Leave]'):\n    rows.delete()",
    "def shorten(*, leave: Leave, now):\n    leave.save(update_fields=['ends_at', *leave.touch(now)])",
    "def off(leave):\n    found = Leave.objects.filter(pk=leave)\n    found.delete()",
    "def all_off(site):\n    for leave in list(Leave.objects.all()):\n        leave.delete()",
    "def _locked(leave) -> Leave: ...\ndef off(leave):\n    mine = _locked(leave)\n    mine.delete()",
    "Row = TypeVar('Row', Leave, Closure)\ndef off(absence: Row) -> None:\n    absence.delete()",
    "def wipe(now):\n    Leave.objects.filter(reason='').touch(now, reason='Flu')",
]
IMPORTS = """
from typing import TypeVar
from clinic.changelog.log import record_rows
from clinic.models import Closure, Leave, Site
"""


@pytest.mark.parametrize("lines", WRITERS)
def test_a_writer_who_logs_nothing_is_found(lines):
    forgets = snippet(f"{IMPORTS}{lines}", name="clinic.hours.rota")
    logs = snippet(f"{IMPORTS}{lines}\n    record_rows(added=[], now=now)", name="clinic.hours.rota")

    assert list(unlogged(forgets))
    assert not list(unlogged(logs))


def test_who_writes_for_one_who_logs_is_let_through():
    writer = "def _cut(leave: Leave):\n    leave.delete()\n"
    logs = "def end(leave: Leave, now):\n    _cut(leave)\n    record_rows(gone=[leave], now=now)\n"
    forgets = "def wipe(leave: Leave):\n    _cut(leave)\n"

    assert not list(unlogged(snippet(f"{IMPORTS}{writer}{logs}", name="clinic.hours.rota")))
    assert list(unlogged(snippet(f"{IMPORTS}{writer}{logs}{forgets}", name="clinic.hours.rota")))


@pytest.mark.parametrize(
    ("forgets", "counts"),
    [
        ("leave.save(update_fields=['state'])", "leave.save(update_fields=['state', *leave.touch(now)])"),
        ("leave.save()", "leave.save(update_fields=['state', 'version', 'changed_at'])"),
        ("Leave.objects.filter(pk=5).update(state='')", "Leave.objects.filter(pk=5).touch(now, state='')"),
        (
            "Leave.objects.rewrite([leave], fields=['state'])",
            "Leave.objects.rewrite([leave], fields=['state', 'version', 'changed_at'])",
        ),
    ],
)
def test_a_write_that_nobody_counts_is_found(forgets, counts):
    act = "def grant(*, leave: Leave, now) -> None:\n    {}\n    record_rows(changed=[leave], now=now)"

    assert list(uncounted(snippet(IMPORTS + act.format(forgets), name="clinic.hours.rota")))
    assert not list(uncounted(snippet(IMPORTS + act.format(counts), name="clinic.hours.rota")))


def test_reading_what_rest_shows_needs_no_log():
    text = f"{IMPORTS}def away():\n    return Leave.objects.filter(state='granted').order_by('pk')"

    assert not list(unlogged(snippet(text, name="clinic.hours.rota")))
