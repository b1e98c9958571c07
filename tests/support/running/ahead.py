"""The service's own settings, under a clock that a journey puts forward.

The file `ahead` in the data folder says by how many seconds. Everything else is as it runs for a clinic.
"""

from datetime import datetime, timedelta, tzinfo
from typing import Self

from clinic.settings import DATA
from clinic.web import clock, database_clock
from tests.support.running.clocked_settings import *  # noqa: F403  (they are the service's)


def seconds() -> float:
    try:
        return float((DATA / "ahead").read_text("utf-8"))
    except FileNotFoundError:
        return 0


class AheadOfTheMachine(datetime):
    @classmethod
    def now(cls, tz: tzinfo | None = None) -> Self:
        return super().now(tz) + timedelta(seconds=seconds())


class AheadOfTheDatabase(dict[str, str]):
    def __getitem__(self, vendor: str) -> str:
        return super().__getitem__(vendor).replace("'now'", f"'now', '{seconds():+f} seconds'")


clock.datetime = AheadOfTheMachine  # type: ignore[attr-defined]  # it says the time there
database_clock._NOW = AheadOfTheDatabase(database_clock._NOW)
