"""The clocks of tests: they stand still, or run from an instant that does not depend on today.

Both are changed together: the machine's, which pages read, and the database's, by which holds run out.
"""

import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta, tzinfo
from unittest import mock

import time_machine
from django.db import connection

from clinic.web import clock, database_clock

# What the clock shows when a test begins; CLOCK names another than the first. None of them comes to midnight
# while a test runs, and all come before `tests.support.cast.NOW`: who signs in then is signed in still.
CLOCKS = {
    "weekday": datetime(2026, 11, 25, 9, 0, tzinfo=UTC),
    "saturday-evening": datetime(2026, 11, 28, 19, 30, tzinfo=UTC),
    # Amsterdam, 02:10 for the first time: at 03:00 clocks go back to 02:00.
    "clocks-change": datetime(2026, 10, 25, 0, 10, tzinfo=UTC),
    "new-years-eve": datetime(2026, 12, 31, 22, 10, tzinfo=UTC),
}
CLOCK = os.environ.get("CLOCK") or next(iter(CLOCKS))
BEGINS = CLOCKS[CLOCK]


# Set while a clock that runs was read by the service, and while both stand still.
_state = {"was_read": False, "stands": False}


def clock_was_read() -> bool:
    """Whether the service read a clock that runs since this was asked the last time."""
    was_read, _state["was_read"] = _state["was_read"], False
    return was_read


def _noted() -> None:
    _state["was_read"] = _state["was_read"] or not _state["stands"]


class _NotedDatetime(datetime):
    @classmethod
    def now(cls, tz: tzinfo | None = None) -> datetime:  # type: ignore[override]  # as if nobody noted it
        _noted()
        return datetime.now(tz)


class _NotedQueries(dict[str, str]):
    def __getitem__(self, vendor: str) -> str:
        _noted()
        return super().__getitem__(vendor)


def machines_clock() -> datetime:
    """What the machine's own clock shows, whatever the tests are told."""
    return time_machine.escape_hatch.datetime.datetime.now(UTC)


@contextmanager
def clocks_show(now: datetime) -> Iterator[None]:
    """Both stand still."""
    told = now.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%f")
    the_database = {connection.vendor: f"SELECT '{told}'"}
    with (
        time_machine.travel(now, tick=False),
        mock.patch.dict(database_clock._NOW, the_database),
        mock.patch.dict(_state, stands=True),
    ):
        yield


@contextmanager
def clocks_run_from(now: datetime) -> Iterator[None]:
    """Both show that instant, and go on from there."""
    seconds = (now - datetime.now(UTC)).total_seconds()
    ahead = machine_goes_ahead(seconds)
    try:
        with (
            mock.patch.object(database_clock, "_NOW", _NotedQueries(database_ahead(seconds))),
            mock.patch.object(clock, "datetime", _NotedDatetime),
        ):
            yield
    finally:
        ahead.stop()


def machine_goes_ahead(seconds: float) -> time_machine.travel:
    """The machine's clock shows so much more from now on, until this is stopped."""
    ahead = time_machine.travel(datetime.now(UTC) + timedelta(seconds=seconds))
    ahead.start()
    # It stands still until somebody looks.
    time.time()
    return ahead


def database_ahead(seconds: float) -> dict[str, str]:
    """How each database is asked for a time so many seconds after the one it would say."""
    shift = f"{seconds:+f} seconds"
    return {
        vendor: asks.replace("'now'", f"'now', '{shift}'").replace(
            "clock_timestamp()", f"(clock_timestamp() + interval '{shift}')"
        )
        for vendor, asks in database_clock._NOW.items()
    }
