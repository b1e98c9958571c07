"""The thread of a course: its sessions as beads on one scale of days. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from treatments.cadence import Window

WIDTH, EDGE = 220, 11


@dataclass(frozen=True, slots=True)
class Bead:
    """One session: where it hangs, and the window it may hang in, in picture units."""

    number: int
    x: int
    window_x: int = 0
    window_width: int = 0
    best_x: int | None = None


@dataclass(frozen=True, slots=True)
class Scale:
    """From the first date to the last, the same for all threads that are compared."""

    first: date
    last: date

    def x(self, on: date) -> int:
        days = max((self.last - self.first).days, 1)
        share = min(max((on - self.first).days / days, 0), 1)
        return round(EDGE + share * (WIDTH - 2 * EDGE))


def thread_of(sessions: Sequence[tuple[int, date, Window | None]], *, scale: Scale) -> list[Bead]:
    """One bead for each (number, date, window)."""
    return [_bead(number, on, window, scale) for number, on, window in sessions]


def _bead(number: int, on: date, window: Window | None, scale: Scale) -> Bead:
    if window is None:
        return Bead(number, scale.x(on))
    low, high = scale.x(window.earliest), scale.x(window.latest)
    return Bead(number, scale.x(on), low, max(high - low, 2), scale.x(window.target))
