"""Deviation of sessions from their windows: days, counts and shares. Pure.

Days are signed: less than none is before, more is after.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from treatments.cadence import Window


class Timing(StrEnum):
    EARLY = "early"
    ON_TIME = "on_time"
    LATE = "late"
    MISSED = "missed"


@dataclass(frozen=True, slots=True)
class Deviation:
    """How a session kept to its window; one that was missed has no days."""

    timing: Timing
    days_outside: int | None = None
    days_off_target: int | None = None


@dataclass(frozen=True, slots=True)
class Tally:
    """How many sessions were early, on time, late and missed; days off target are summed without sign."""

    early: int = 0
    on_time: int = 0
    late: int = 0
    missed: int = 0
    days_off_target: int = 0

    @property
    def done(self) -> int:
        return self.early + self.on_time + self.late

    @property
    def counted(self) -> int:
        return self.done + self.missed

    @property
    def share_on_time(self) -> float | None:
        """Of all that was due, missed sessions too; None where nothing was."""
        return self.on_time / self.counted if self.counted else None

    @property
    def mean_days_off_target(self) -> float | None:
        """Of what was done; None where nothing was."""
        return self.days_off_target / self.done if self.done else None

    def __add__(self, other: "Tally") -> "Tally":
        return Tally(
            self.early + other.early,
            self.on_time + other.on_time,
            self.late + other.late,
            self.missed + other.missed,
            self.days_off_target + other.days_off_target,
        )


def deviation_of(*, window: Window, on: date) -> Deviation:
    """How a session that was done on that date kept to its window."""
    days = (on - window.earliest).days if on < window.earliest else max((on - window.latest).days, 0)
    timing = Timing.EARLY if days < 0 else Timing.LATE if days else Timing.ON_TIME
    return Deviation(timing, days, (on - window.target).days)


def missed() -> Deviation:
    return Deviation(Timing.MISSED)


def tally_of(deviations: Iterable[Deviation]) -> Tally:
    total = Tally()
    for one in deviations:
        total += Tally(**{one.timing.value: 1}, days_off_target=abs(one.days_off_target or 0))
    return total


def share_out(*, minutes: int, pool: Iterable[int]) -> dict[int, float]:
    """The minutes in equal parts over the diaries that could give them."""
    diaries = tuple(pool)
    return {diary: minutes / len(diaries) for diary in diaries}
