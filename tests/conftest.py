"""Rules of every test run: nothing is skipped in silence, one engine's facts stay on that engine."""

import os
from collections.abc import Generator, Iterator
from typing import TYPE_CHECKING

import hypothesis
import pytest
from django.conf import settings
from xdist.remote import Producer
from xdist.scheduler import LoadScopeScheduling

import clinic.celery  # noqa: F401  (tasks bind to the service's own Celery application)
from tests.emptying import empty_in_spite_of_triggers

if TYPE_CHECKING:
    from tests.stack import Stack

ENGINE = settings.DATABASES["default"]["ENGINE"].rpartition(".")[2].removesuffix("3")

hypothesis.settings.register_profile("coursebook", deadline=None, derandomize="CI" in os.environ)
hypothesis.settings.load_profile("coursebook")
empty_in_spite_of_triggers()


def pytest_report_header() -> str:
    return f"database: {ENGINE}"


class DealtOut(LoadScopeScheduling):
    """Two processes: one makes `make run` start from nothing, the other tests the service that runs.

    So neither the virtual environment nor the demo clinic is made twice.
    """

    def _split_scope(self, nodeid: str) -> str:
        return "from nothing" if "/test_the_two_commands.py" in nodeid else "running"


def pytest_xdist_make_scheduler(config: pytest.Config, log: Producer) -> DealtOut | None:
    """`--dist=loadgroup` is ours; every other way of dealing out tests is left to xdist."""
    return DealtOut(config, log) if config.getoption("dist") == "loadgroup" else None


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
        from tests.soundness import assert_diaries_are_sound

        assert_diaries_are_sound()


@pytest.fixture(autouse=True)
def nobody_has_asked_yet() -> None:
    """The clock of most tests stands still: without this all of them would share one minute."""
    from clinic.web.limits import tally

    tally.forget()


@pytest.fixture(scope="session")
def stack() -> Iterator["Stack"]:
    """The whole service, running: broker, mail sink, worker, beat and web over a fresh demo clinic."""
    from tests.stack import Stack

    with Stack() as running:
        yield running
