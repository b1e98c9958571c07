"""Rules of every test run: nothing is skipped in silence or left to chance, one engine's facts stay there."""

import gc
import os
import re
import shutil
import tempfile
from collections.abc import Generator, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from django.conf import settings

import clinic.celery  # noqa: F401  (tasks bind to the service's own Celery application)
from tests.support.chance import SEED, SHARE, draw_by_the_seed, is_of_the_share
from tests.support.clock import BEGINS, CLOCK, clock_was_read, clocks_run_from
from tests.support.database.emptying import empty_in_spite_of_triggers
from tests.support.database.template import a_migrated_database

if TYPE_CHECKING:
    from pytest_django import DjangoDbBlocker

    from tests.support.running.stack import Stack

ENGINE = settings.DATABASES["default"]["ENGINE"].rpartition(".")[2].removesuffix("3")

draw_by_the_seed()
empty_in_spite_of_triggers()
# Tests make many small things that die at once: to look for cycles less often saves a sixth of all time.
gc.set_threshold(100_000, 50, 100)


def pytest_report_header() -> str:
    seed = "fixed" if SEED is None else SEED
    faults = "full" if os.environ.get("FAULTS") == "full" else "small, without F13"
    return (
        f"database: {ENGINE}, clock: {CLOCK} (CLOCK=…), seed: {seed} (SEED=…), faults: {faults} (FAULTS=full)"
    )


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    if SEED is not None and terminalreporter.stats.get("failed"):
        terminalreporter.write_line(f"What is random was drawn with SEED={SEED}.")


def pytest_runtest_logreport(report: pytest.TestReport) -> None:
    _name_a_failure(report)


def pytest_collectreport(report: pytest.CollectReport) -> None:
    _name_a_failure(report)


def _name_a_failure(report: pytest.TestReport | pytest.CollectReport) -> None:
    """For `make`, which names at its end what failed in any step; processes that share the tests do not."""
    place = os.environ.get("FAILED_TESTS")
    if place and report.failed and "PYTEST_XDIST_WORKER" not in os.environ:
        with Path(place).open("a", encoding="utf-8") as names:
            # A group of tests that one process runs is no part of a name.
            names.write(re.sub(r"@[^@\]]*$", "", report.nodeid) + "\n")


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    for test in items:
        if any(mark.args[0] != ENGINE for mark in test.iter_markers("main_on")):
            test.add_marker("deep")
    elsewhere = [
        test
        for test in items
        if any(mark.args[0] != ENGINE for mark in test.iter_markers("only_on"))
        or not is_of_the_share(test.nodeid, SHARE)
    ]
    if elsewhere:
        config.hook.pytest_deselected(items=elsewhere)
        items[:] = [test for test in items if test not in elsewhere]


def pytest_collection_finish() -> None:
    """What was imported stays: nobody need look at it again."""
    gc.freeze()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item,
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    report = yield
    _refuse_a_skip(report)
    return report


@pytest.hookimpl(wrapper=True)
def pytest_make_collect_report(
    collector: pytest.Collector,
) -> Generator[None, pytest.CollectReport, pytest.CollectReport]:
    report = yield
    _refuse_a_skip(report)
    return report


def _refuse_a_skip(report: pytest.TestReport | pytest.CollectReport) -> None:
    """A skipped test proves nothing and nobody reads of it: it counts as failed."""
    if report.skipped and not hasattr(report, "wasxfail"):
        report.outcome = "failed"
        report.longrepr = (
            f"Tests are not skipped here (use the only_on marker for one engine): {report.longrepr}"
        )


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call(item: pytest.Item) -> Generator[None, None, None]:
    """Whatever a test did with the database, it leaves pages = claims and every clinic to itself."""
    yield
    if item.get_closest_marker("django_db") and not item.get_closest_marker("damages_diaries"):
        from tests.support.database.soundness import assert_diaries_are_sound

        assert_diaries_are_sound()


@pytest.fixture(autouse=True)
def nobody_has_asked_yet() -> None:
    """The clock of most tests stands still: without this all of them would share one minute."""
    from clinic.web.limits import tally

    tally.forget()


@pytest.fixture(autouse=True)
def nothing_is_in_the_ledger() -> None:
    """The databases of tests are rolled back or emptied, and what was sent in one must not hold the next."""
    from tests.support.acts.mailing import forget_the_ledger

    forget_the_ledger()


@pytest.fixture(autouse=True)
def nothing_is_remembered() -> None:
    """Tests without a rollback of their own use the same numbers for other rows."""
    from clinic.hours.working_time import forget_hours
    from clinic.web.live.endpoint import watch
    from treatments.versions.cache import Frozen

    Frozen.forget()
    forget_hours()
    watch.forget()


@pytest.fixture(scope="session", autouse=True)
def the_machines_clock_is_nobodys() -> Iterator[None]:
    """What several tests share is made on the same day too."""
    with clocks_run_from(BEGINS):
        yield


@pytest.fixture(autouse=True)
def the_clock_runs_from_its_beginning(request: pytest.FixtureRequest) -> Iterator[None]:
    """No test depends on the day it is run; whoever needs the service goes by the service's clock."""
    if "clock_of_the_stack" in request.fixturenames:
        yield
        return
    clock_was_read()
    with clocks_run_from(BEGINS):
        yield
    is_told = request.node.get_closest_marker("reads_clock") is not None
    assert is_told or not clock_was_read(), (
        "This reads a clock that runs: mark it reads_clock, or name the time."
    )


@pytest.fixture(scope="session")
def made_once(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder for what is made once a run, by all its steps and the processes that share its tests."""
    place = tmp_path_factory.getbasetemp()
    if hasattr(request.config, "workerinput"):
        place = place.parent
    return Path(os.environ.get("MADE_ONCE", place))


@pytest.fixture(scope="session")
def django_db_setup(
    made_once: Path,
    django_test_environment: None,
    django_db_blocker: "DjangoDbBlocker",
    django_db_modify_db_settings: None,
) -> Iterator[None]:
    with django_db_blocker.unblock(), a_migrated_database(made_once):
        yield


@pytest.fixture(scope="session")
def demo_clinic(made_once: Path) -> Path:
    """A demo clinic’s data folder that nobody has touched: it is copied, not made, for each service."""
    from tests.support.running.stack import the_demo_clinic

    return the_demo_clinic(made_once, now=BEGINS)


@pytest.fixture(scope="session")
def clock_of_the_stack(demo_clinic: Path) -> Iterator[None]:
    """What asks the running service goes by its clock, which has run on since the demo was made."""
    from tests.support.running.stack import clock_of

    with clocks_run_from(clock_of(demo_clinic)):
        yield


@pytest.fixture(scope="session")
def stack(demo_clinic: Path, clock_of_the_stack: None) -> Iterator["Stack"]:
    """The whole service, running: broker, mail sink, worker, beat and web over a fresh demo clinic."""
    from tests.support.running.stack import Stack

    with tempfile.TemporaryDirectory(prefix="coursebook-stack-") as place:
        folder = shutil.copytree(demo_clinic, Path(place) / "data")
        with Stack(folder=folder) as running:
            yield running
