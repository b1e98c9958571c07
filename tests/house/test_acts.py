"""What acts have in common: all that changes sessions goes through one frame; nothing waits for a commit.

And windows are counted by the course alone, which knows what keeps its own.
"""

import ast
from collections.abc import Iterator

import pytest

from tests.house.test_writers import rows_of
from tests.support.faults.every_act import EVERY_ACT
from tests.support.house.source import EDGES, Source, functions, nothing_in, product, snippet
from tests.support.house.writes import ACTS, beginning_of

COUNTS_WINDOWS, ONLY_COUNTS = "treatments.cadence.windows", "scheduling.courses.course"


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


# An act is written once, when it closes; a row that claims are to point at, as it begins.
FRAME = frozenset({"scheduling.courses.closing", "scheduling.courses.open_act"})
WRITTEN_BY_ACTS = {
    "scheduling.models.Session": FRAME,
    "treatments.models.Plan": FRAME | {"treatments.prescribing"},
    "scheduling.models.FreedTime": FRAME | {"scheduling.booking.freed_time"},
}


def writes_beside_acts(source: Source) -> Iterator[str]:
    """Writes of sessions and plans, and of the log of what acts change, anywhere but in the frame of acts."""
    rows = rows_of(source)
    for node in ast.walk(source.tree):
        if not isinstance(node, ast.Call):
            continue
        called = source.full_name(node.func)
        if called == "clinic.changelog.log.record_changes" and source.name not in FRAME:
            yield f"{source.path}:{node.lineno} logs changes: do it in an act (scheduling/courses/act.py)"
        if not isinstance(node.func, ast.Attribute) or node.func.attr not in ACTS:
            continue
        begins = source.full_name(beginning_of(node.func))
        package, _, name = rows.get(begins, begins).rpartition(".")
        writers = WRITTEN_BY_ACTS.get(f"{'.'.join(package.split('.')[:2])}.{name}")
        if writers is not None and source.name not in writers:
            yield f"{source.path}:{node.lineno} writes {name}: do it in an act (scheduling/courses/act.py)"


def test_whatever_changes_sessions_goes_through_the_frame_of_acts():
    acting = (source for source in product() if source.name.startswith(("scheduling.", "treatments.")))

    nothing_in(found for source in acting for found in writes_beside_acts(source))


@pytest.mark.parametrize(
    "line",
    [
        "Session.objects.filter(plan=5).update(status='due')",
        "def end(*, session: Session) -> None:\n    session.save(update_fields=['status'])",
        "def stop(plan: Plan) -> None:\n    plan.save()",
        "Plan.objects.rewrite(plans, fields=['version'])",
        "FreedTime.objects.insert(rows)",
        "record_changes(clinic_id=5, written=rows, now=now)",
    ],
)
def test_an_act_without_the_frame_is_found(line):
    text = (
        "from clinic.changelog.log import record_changes\nfrom scheduling.models import FreedTime, Session\n"
        f"from treatments.models import Plan\n{line}"
    )

    assert list(writes_beside_acts(snippet(text, name="scheduling.booking.book_course")))
    assert not list(writes_beside_acts(snippet(text, name="scheduling.courses.closing")))


# What it keeps there is taken out again before the commit, or the act fails.
WAITS = "clinic.changelog.log"


def promises_on_commit(source: Source) -> Iterator[str]:
    """What is left to the moment after a commit is lost when the process dies there."""
    if source.name == WAITS:
        return
    for node in ast.walk(source.tree):
        if isinstance(node, ast.Attribute) and node.attr in {"on_commit", "delay_on_commit"}:
            yield f"{source.path}:{node.lineno} waits for a commit: write a row that a tick works off"


def test_nothing_is_left_to_the_moment_after_a_commit():
    nothing_in(found for source in product() for found in promises_on_commit(source))


def test_what_waits_for_a_commit_is_found():
    assert list(promises_on_commit(snippet("transaction.on_commit(offer)")))


OPENS = frozenset({"course_act", "at_desk"})
# It opens an act for who calls it.
OPENS_FOR_OTHERS = {"attendance.desk_act.at_desk"}


def opens_an_act(source: Source) -> Iterator[str]:
    for function in functions(source):
        calls = [node.func for node in ast.walk(function) if isinstance(node, ast.Call)]
        if any(source.full_name(call).rpartition(".")[2] in OPENS for call in calls):
            yield f"{source.name}.{function.name}".removeprefix("scheduling.")


def test_every_use_case_that_opens_an_act_is_among_the_rivals():
    opened = {name for source in product() for name in opens_an_act(source)}

    assert opened - OPENS_FOR_OTHERS == set(EVERY_ACT)


def test_a_use_case_that_opens_an_act_is_found():
    text = "from scheduling.courses.act import course_act\ndef book():\n    with course_act(by=by): ..."

    assert list(opens_an_act(snippet(text))) == ["booking.book_course.book"]
    assert not list(opens_an_act(snippet(text.replace("course_act(by=by)", "one_act()"))))


ASKS, DEMO = "refuse_unless_may", "scheduling.demo"
# Nobody reaches these but the demo and the tests yet, and why.
UNREACHED = {
    "clinic.access.members.add_member": "whoever comes is invited, which asks the same and joins them",
}


def use_cases(source: Source) -> set[str]:
    """The public functions that ask at once whether the actor may."""
    return {
        f"{source.name}.{function.name}"
        for function in functions(source)
        if not function.name.startswith("_")
        and any(
            isinstance(node, ast.Call) and source.full_name(node.func).endswith(ASKS)
            for statement in function.body[:3]
            for node in ast.walk(statement)
        )
    }


def names_in(source: Source) -> set[str]:
    """What the module uses, by full name; its own functions by theirs."""
    found = {name for name, _ in source.imports}
    for node in ast.walk(source.tree):
        if isinstance(node, ast.Name | ast.Attribute):
            found |= {source.full_name(node), f"{source.name}.{source.full_name(node)}"}
    return found


def unreached(sources: list[Source]) -> set[str]:
    """Use cases that no edge but the demo comes to, through however many modules."""
    used = {source.name: names_in(source) for source in sources}
    reached = {source.name for source in sources if source.room in EDGES and not source.name.startswith(DEMO)}
    edges, modules = set(reached), set(used) - {name for name in used if name.startswith(DEMO)}
    while following := {
        module
        for module in modules - reached
        if any(name.startswith(f"{module}.") for one in reached for name in used[one])
    }:
        reached |= following
    known = {name for one in reached for name in used[one]}
    cases = {case for source in sources if source.name not in edges for case in use_cases(source)}
    return {case for case in cases if case not in known}


def test_every_use_case_is_reached_by_an_edge_other_than_the_demo():
    assert unreached(list(product())) == set(UNREACHED)


def test_a_use_case_that_only_the_demo_calls_is_found():
    case = snippet(
        "from clinic.identity.permissions import refuse_unless_may\n"
        "def open_site(*, by):\n    refuse_unless_may(by=by, act=5)",
        name="clinic.places.sites_changed",
    )
    calls = "from clinic.places.sites_changed import open_site\nopen_site(by=5)"

    assert unreached([case, snippet(calls, name="scheduling.demo.making")]) == {
        "clinic.places.sites_changed.open_site"
    }
    assert not unreached([case, snippet(calls, name="clinic.desk.places.places_page")])
