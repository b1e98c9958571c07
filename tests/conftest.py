"""Rules of every test run: nothing is skipped in silence, one engine's facts stay on that engine."""

import fcntl
import os
import shutil
import tempfile
from collections.abc import Generator, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import hypothesis
import pytest
from django.conf import settings

import clinic.celery  # noqa: F401  (tasks bind to the service's own Celery application)
from tests.support.database.emptying import empty_in_spite_of_triggers

if TYPE_CHECKING:
    from tests.support.running.stack import Stack

ENGINE = settings.DATABASES["default"]["ENGINE"].rpartition(".")[2].removesuffix("3")

hypothesis.settings.register_profile("coursebook", deadline=None, derandomize="CI" in os.environ)
hypothesis.settings.load_profile("coursebook")
empty_in_spite_of_triggers()


def pytest_report_header() -> str:
    return f"database: {ENGINE}"


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    elsewhere = [
        test for test in items if any(mark.args[0] != ENGINE for mark in test.iter_markers("only_on"))
    ]
    if elsewhere:
        config.hook.pytest_deselected(items=elsewhere)
        items[:] = [test for test in items if test not in elsewhere]


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
def nothing_is_remembered() -> None:
    """Tests without a rollback of their own use the same numbers for other rows."""
    from clinic.hours.working_time import forget_hours
    from treatments.versions.cache import Frozen

    Frozen.forget()
    forget_hours()


@pytest.fixture(scope="session")
def demo_clinic(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A demo clinic’s data folder that nobody has touched; processes that share the tests make it once."""
    place = tmp_path_factory.getbasetemp()
    if "PYTEST_XDIST_WORKER" in os.environ:
        place = place.parent
    folder = place / "demo clinic"
    with (place / "demo clinic.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not folder.exists():
            from tests.support.running.stack import make_demo_clinic

            make_demo_clinic(folder)
    return folder


@pytest.fixture(scope="session")
def stack(demo_clinic: Path) -> Iterator["Stack"]:
    """The whole service, running: broker, mail sink, worker, beat and web over a fresh demo clinic."""
    from tests.support.running.stack import Stack

    with tempfile.TemporaryDirectory(prefix="coursebook-stack-") as place:
        folder = shutil.copytree(demo_clinic, Path(place) / "data")
        with Stack(folder=folder) as running:
            yield running
