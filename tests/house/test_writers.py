"""Who may write: diaries have one writer, so that pages and claims cannot drift apart; hours are locked.

And who counts windows: the course alone, which knows what keeps its own.
"""

import ast
from collections.abc import Iterator

import pytest

from tests.support.house.source import Source, functions, nothing_in, product, snippet

ACTS = {
    "abulk_create",
    "bulk_create",
    "bulk_update",
    "create",
    "delete",
    "get_or_create",
    "insert",
    "rewrite",
    "save",
    "update",
    "update_or_create",
}
ONLY_WRITER = {
    "scheduling.models.Claim": "scheduling.diaries.claims",
    "scheduling.models.Page": "scheduling.diaries.pages",
    "clinic.models.Change": "clinic.changelog.log",
    "clinic.models.ChangeCounter": "clinic.changelog.log",
}

COUNTS_WINDOWS, ONLY_COUNTS = "treatments.cadence.windows", "scheduling.courses.course"

# Processes remember who works when under the version that `lock_hours` counts up (clinic/hours).
HOURS = frozenset({"Closure", "DayHours", "Leave", "Resource", "ResourceSkill", "WeeklyHours"})


def beginning_of(node: ast.expr) -> ast.expr:
    """`Claim.objects` of `Claim.objects.filter(…).delete()`: the name that the chain begins with."""
    while isinstance(node, ast.Attribute | ast.Call):
        node = node.func if isinstance(node, ast.Call) else node.value
    return node


def foreign_writes(source: Source) -> Iterator[str]:
    for node in ast.walk(source.tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in ACTS:
            row = source.full_name(beginning_of(node.func))
            package, _, name = row.rpartition(".")
            models = ".".join(package.split(".")[:2])
            writer = ONLY_WRITER.get(f"{models}.{name}")
            if writer is not None and source.name != writer:
                yield f"{source.path}:{node.lineno} writes {name}, which only {writer} does"


def test_diaries_and_the_change_log_have_one_writer():
    nothing_in(found for source in product() for found in foreign_writes(source))


@pytest.mark.parametrize(
    ("writer", "line"),
    [
        ("scheduling.diaries.claims", "Claim.objects.bulk_create(rows)"),
        ("scheduling.diaries.claims", "Claim.objects.filter(session=session).delete()"),
        ("scheduling.diaries.claims", "Claim(diary=diary).save()"),
        ("scheduling.diaries.pages", "Page.objects.filter(day=5).update(busy=b'')"),
        ("clinic.changelog.log", "Change.objects.insert(rows)"),
        ("clinic.changelog.log", "ChangeCounter.objects.of_clinic(5).update(last_number=7)"),
    ],
)
def test_a_second_writer_is_found(writer, line):
    text = (
        f"from clinic.models import Change, ChangeCounter\nfrom scheduling.models import Claim, Page\n{line}"
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
        "Resource.objects.of_clinic(5).update(is_active=False)",
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


def counted_windows(source: Source) -> Iterator[str]:
    """Where a module names what counts windows; an import alone counts nothing."""
    for node in ast.walk(source.tree):
        if isinstance(node, ast.Name | ast.Attribute) and source.full_name(node) == COUNTS_WINDOWS:
            yield f"{source.name}:{node.lineno}"


def test_windows_are_counted_in_one_place():
    scheduling = [source for source in product() if source.name.startswith("scheduling.")]
    places = [place for source in scheduling for place in counted_windows(source)]

    assert [place.partition(":")[0] for place in places] == [ONLY_COUNTS], f"Ask a Course: {places}"


@pytest.mark.parametrize(
    "text",
    [
        "from treatments import cadence\nfound = cadence.windows(rules=rules, starts_on=on)",
        "from treatments.cadence import windows\nfound = windows(rules=rules, starts_on=on)",
        "from treatments.cadence import windows as counted\nfound = counted(rules=rules, starts_on=on)",
        "import treatments.cadence\nfound = treatments.cadence.windows(rules=rules, starts_on=on)",
        "import treatments.cadence as rhythm\ncount = rhythm.windows",
    ],
)
def test_a_second_place_that_counts_windows_is_found(text):
    assert list(counted_windows(snippet(text))) == ["scheduling.booking.book_course:2"]


def test_other_windows_are_let_through():
    text = "from scheduling.engine.placement import windows_of\nwindows = windows_of(course.windows())"

    assert not list(counted_windows(snippet(text)))
