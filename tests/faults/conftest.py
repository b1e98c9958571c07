"""One line for each experiment: its number, what it was, its figures, and whether it passed."""

import os
from collections.abc import Generator
from pathlib import Path

import pytest

from tests.support.faults.rush import IS_FULL, Rush


@pytest.fixture
def rush() -> Rush:
    return Rush()


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """What cannot be small is left to `make faults`; the head of a run says so."""
    left = [] if IS_FULL else [item for item in items if item.get_closest_marker("in_full")]
    if left:
        config.hook.pytest_deselected(items=left)
        items[:] = [item for item in items if item not in left]


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    report = yield
    experiment = item.get_closest_marker("experiment")
    place = os.environ.get("FAULTS_REPORT")
    if place and experiment and (call.when == "call" or report.failed):
        _tell(item, experiment, "pass" if report.passed else "FAIL", Path(place))
    return report


def _tell(item: pytest.Item, experiment: pytest.Mark, fate: str, place: Path) -> None:
    number, what = experiment.args
    way = f" ({item.callspec.id})" if isinstance(item, pytest.Function) and hasattr(item, "callspec") else ""
    rush: Rush = getattr(item, "funcargs", {}).get("rush", Rush())
    with place.open("a") as lines:
        lines.write(f"{number} | {what}{way} | {rush.figures()} | {fate}\n")
