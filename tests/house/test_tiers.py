"""Which test stands in which tier: the main jobs stay few, and no test falls between the tiers."""

import ast
from collections.abc import Iterator

from build.tiers import (
    BOTH,
    CLOCKED,
    CLOCKS,
    DRAWN,
    ELSEWHERE,
    LOCKS,
    LOCKS_SQLITE,
    ON_BOTH_ENGINES,
    REST_POSTGRESQL,
    RIVALS,
    RUNS,
    SQLITE,
    holding,
    paths_on_both_engines,
    rooms_on_both_engines,
)
from tests.support.clock import CLOCKS as KNOWN_CLOCKS
from tests.support.house.source import ROOT, Source, functions, nothing_in, snippet, sources

WHO = {"receptionist", "patient", "operator", "program"}
MOST = {"tests.browser": 12, "tests.journeys": 2}


def marks(node: ast.AST) -> Iterator[tuple[str, list[ast.expr]]]:
    """(name, arguments) of each `pytest.mark.name` in there."""
    for inner in ast.walk(node):
        found = inner.func if isinstance(inner, ast.Call) else inner
        if isinstance(found, ast.Attribute) and ast.unparse(found.value) == "pytest.mark":
            yield found.attr, inner.args if isinstance(inner, ast.Call) else []


def main_jobs(source: Source) -> Iterator[tuple[str, str]]:
    """(whose, which test) of each main job; a test with parameters would be many."""
    for function in functions(source):
        said = [mark for decorator in function.decorator_list for mark in marks(decorator)]
        names = [name for name, _ in said]
        for name, arguments in said:
            if name == "main_job" and arguments and "parametrize" not in names:
                yield ast.literal_eval(arguments[0]), f"{source.path}::{function.name}"


def between_the_tiers(source: Source, *, also_on_postgresql: bool) -> Iterator[str]:
    """A deep test where `make deep` does not look on PostgreSQL, since `make test` does."""
    if also_on_postgresql and any(name == "deep" for name, _ in marks(source.tree)):
        yield f"{source.path} is marked deep, in a room that make deep leaves to make test on PostgreSQL"


def missing_rooms(there: set[str]) -> list[str]:
    return [room for room in rooms_on_both_engines() if room not in there]


def test_the_main_jobs_are_few_and_each_kind_of_user_has_one():
    found = [job for source in sources() for job in main_jobs(source)]

    assert {whose for whose, _ in found} == WHO
    for folder, most in MOST.items():
        own = [test for _, test in found if test.startswith(folder.replace(".", "/"))]
        assert 0 < len(own) <= most
    assert all(test.startswith(("tests/browser/", "tests/journeys/")) for _, test in found)


def test_no_test_falls_between_the_tiers():
    shared = paths_on_both_engines()

    nothing_in(
        found
        for source in sources()
        for found in between_the_tiers(
            source, also_on_postgresql=any(source.path.startswith(path) for path in shared)
        )
    )


def test_a_run_of_some_marks_alone_reads_every_file_in_which_one_stands():
    drawn, clocked = holding(*DRAWN), holding(*CLOCKED)

    for source in sources():
        named = {name for name, _ in marks(source.tree)}
        if not source.path.startswith(
            ("tests/browser/", "tests/journeys/", "tests/house/", "tests/support/")
        ):
            assert not named & {"deep", "main_on", "hypothesis"} or source.path in drawn
            assert "reads_clock" not in named or source.path in clocked


def test_every_room_that_is_named_for_both_engines_is_there():
    there = {room for room in rooms_on_both_engines() if (ROOT / room).is_dir()}

    # As long as the tests of a storey lie in one flat folder there is no room at all.
    assert missing_rooms(there) == [] or not there


def test_rivals_are_found_wherever_they_stand():
    on_both = paths_on_both_engines()

    for file in (ROOT / "tests").rglob(RIVALS):
        path = file.relative_to(ROOT).as_posix()
        assert any(path == one or path.startswith(f"{one}/") for one in on_both)


def test_every_room_is_met_on_both_engines_before_anything_lands():
    test, deep = ({step.heading for stage in RUNS[name] for step in stage} for name in ("test", "deep"))

    assert {SQLITE.heading, LOCKS.heading} <= test
    assert {REST_POSTGRESQL.heading, LOCKS_SQLITE.heading} <= deep
    for locks in (LOCKS, LOCKS_SQLITE):
        assert all(set(BOTH) <= set(command) for command in locks.commands)
    for others in (SQLITE, REST_POSTGRESQL):
        assert all(set(ELSEWHERE) <= set(command) for command in others.commands)


def test_the_clocks_of_the_deep_tier_are_known():
    assert set(CLOCKS) < set(KNOWN_CLOCKS)
    told = {value for (step,) in RUNS["deep"] for name, value in step.sets if name == "CLOCK"}
    assert told == set(CLOCKS)


def test_a_main_job_is_found_and_one_with_parameters_is_not_counted_as_one():
    text = """
        @pytest.mark.main_job("patient")
        def test_one(): ...
        @pytest.mark.parametrize("a", [1, 2])
        @pytest.mark.main_job("patient")
        def test_many(a): ...
        """

    assert [test for _, test in main_jobs(snippet(text))] == ["scheduling/booking/book_course.py::test_one"]


def test_a_deep_test_in_a_shared_room_is_found():
    deep = snippet("pytestmark = [pytest.mark.deep, pytest.mark.slow]")

    assert list(between_the_tiers(deep, also_on_postgresql=True))
    assert not list(between_the_tiers(deep, also_on_postgresql=False))


def test_a_room_that_is_gone_is_found():
    assert missing_rooms({f"{storey}/{rooms[0]}" for storey, rooms in ON_BOTH_ENGINES.items()})
