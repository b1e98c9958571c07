"""Opening hours as masks: hours − closures − leave.

Recurrence is reckoned on the wall clock and gets its zone last. Nearly all days have one UTC
offset from midnight to midnight; on them a wall-clock minute is a fixed number of cells from
the day's first cell. The days on which the offset changes are reckoned instant by instant.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from functools import cached_property, lru_cache
from zoneinfo import ZoneInfo

from clinic.time.cells import CELL_MINUTES, CELLS_A_DAY, cell_after, cell_at, instant_of, ones, span_mask
from clinic.time.wall_clock import dates_between, day_starts_at, lenient_instant_at

NOON_CELLS = CELLS_A_DAY // 2


@dataclass(frozen=True, slots=True)
class WeeklySpan:
    """One weekday (1 Monday … 7 Sunday), `opens` to `closes`, every n weeks from the week of `valid_from`.

    If `counted_from` is another date, the weeks are counted from its week instead.
    """

    weekday: int
    opens: time
    closes: time
    every_weeks: int
    valid_from: date
    valid_until: date | None
    counted_from: date | None = None

    def holds_on(self, on: date) -> bool:
        """Whether the date lies between the first and the last, on whatever weekday."""
        return self.valid_from <= on and (self.valid_until is None or on <= self.valid_until)

    def is_on(self, on: date) -> bool:
        if on.isoweekday() != self.weekday or not self.holds_on(on):
            return False
        counted_from = self.counted_from or self.valid_from
        return (_monday(on) - _monday(counted_from)).days // 7 % self.every_weeks == 0


@dataclass(frozen=True, slots=True)
class DaySpan:
    """The hours of one date; without times, closed."""

    on: date
    opens: time | None
    closes: time | None


@dataclass(frozen=True, slots=True)
class Hours:
    """Weekly spans, and the dates on which other spans replace them."""

    weekly: tuple[WeeklySpan, ...] = ()
    days: tuple[DaySpan, ...] = ()

    def spans_on(self, on: date, *, is_holiday: bool) -> list[tuple[time, time]]:
        """(opens, closes) of the date. A date of its own replaces the week, also on a holiday."""
        own = [day for day in self.days if day.on == on]
        if own:
            return [
                (day.opens, day.closes) for day in own if day.opens is not None and day.closes is not None
            ]
        if is_holiday:
            return []
        return [(span.opens, span.closes) for span in self.weekly if span.is_on(on)]


@dataclass(frozen=True, slots=True)
class LocalDay:
    """One local date in cells: [first_cell, end_cell). Regular: one offset holds that day and the next."""

    on: date
    first_cell: int
    end_cell: int
    is_regular: bool


@dataclass(frozen=True)
class Horizon:
    """A stretch of whole local dates at one zone: bit 0 of its masks is the first cell of the first date."""

    zone: ZoneInfo
    first_on: date
    last_on: date
    days: tuple[LocalDay, ...] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "days", _local_days(self.zone, self.first_on, self.last_on))

    @cached_property
    def first_cell(self) -> int:
        return self.days[0].first_cell

    @cached_property
    def length(self) -> int:
        return self.days[-1].end_cell - self.first_cell

    @cached_property
    def full(self) -> int:
        return ones(self.length)

    def day_mask(self, day: LocalDay) -> int:
        return self.cells_mask(day.first_cell, day.end_cell)

    def cells_mask(self, start: int, end: int) -> int:
        """The bits of cells [start, end), as far as they lie in the horizon."""
        return span_mask(first=self.first_cell, start=start, end=end, length=self.length)

    def span_of_day(self, day: LocalDay, opens: time, closes: time) -> int:
        """The bits of a wall-clock span that begins on the day; it may run past midnight."""
        if day.is_regular:
            start, end = _minutes(opens), _minutes(closes)
            end += 24 * 60 if end <= start else 0
            first_whole_cell = -(-start // CELL_MINUTES)
            return self.cells_mask(day.first_cell + first_whole_cell, day.first_cell + end // CELL_MINUTES)
        closes_on = day.on + timedelta(days=1) if closes <= opens else day.on
        return self.cells_mask(
            cell_after(lenient_instant_at(day.on, opens, self.zone)),
            cell_at(lenient_instant_at(closes_on, closes, self.zone)),
        )


@lru_cache(maxsize=256)
def _local_days(zone: ZoneInfo, first_on: date, last_on: date) -> tuple[LocalDay, ...]:
    midnights = [day_starts_at(on, zone) for on in dates_between(first_on, last_on + timedelta(days=2))]
    return tuple(
        LocalDay(
            on=first_on + timedelta(days=n),
            first_cell=cell_at(midnights[n]),
            end_cell=cell_at(midnights[n + 1]),
            # Hours may run past midnight: the next day must keep the same offset too.
            is_regular=midnights[n + 2] - midnights[n] == timedelta(days=2),
        )
        for n in range(len(midnights) - 2)
    )


# Hours change rarely and are asked for with every search: the key is all that the mask depends on.
@lru_cache(maxsize=1024)
def open_mask(*, hours: Hours, horizon: Horizon, holidays: frozenset[date] = frozenset()) -> int:
    """The bits at which the hours are open."""
    mask = 0
    # A span of the day before the horizon may run into it.
    eve = Horizon(
        horizon.zone, horizon.first_on - timedelta(days=1), horizon.first_on - timedelta(days=1)
    ).days
    for day in (*eve, *horizon.days):
        for opens, closes in hours.spans_on(day.on, is_holiday=day.on in holidays):
            mask |= horizon.span_of_day(day, opens, closes)
    return mask


def absence_mask(*, absences: Iterable[tuple[datetime, datetime | None]], horizon: Horizon) -> int:
    """The bits touched by closures or leave, as (start, end) instants; no end: until further notice."""
    mask = 0
    for starts_at, ends_at in absences:
        end = horizon.first_cell + horizon.length if ends_at is None else cell_after(ends_at)
        mask |= horizon.cells_mask(cell_at(starts_at), end)
    return mask


def lasting_mask(*, horizon: Horizon, first: date | None, last: date | None) -> int:
    """The bits of the dates from first to last, both included; None: however early, however late."""
    start, end = horizon.first_cell, horizon.first_cell + horizon.length
    if first is not None and first > horizon.first_on:
        start = cell_at(day_starts_at(first, horizon.zone))
    if last is not None and last < horizon.last_on:
        end = cell_at(day_starts_at(last + timedelta(days=1), horizon.zone))
    return horizon.cells_mask(start, end)


@lru_cache(maxsize=256)
def start_grid_mask(*, horizon: Horizon, minutes: int) -> int:
    """The bits at which the wall clock shows a multiple of so many minutes."""
    regular = sum(1 << cell for cell in range(0, CELLS_A_DAY, minutes // CELL_MINUTES))
    mask = 0
    for day in horizon.days:
        pattern = regular if day.is_regular else _irregular_grid(day, horizon.zone, minutes)
        mask |= pattern << (day.first_cell - horizon.first_cell)
    return mask & horizon.full


def wall_noon_base(*, day: LocalDay, zone: ZoneInfo) -> int:
    """The cell from which wall-clock cells of the day count, aligned at noon (clocks change at night)."""
    if day.is_regular:
        return day.first_cell
    return cell_at(lenient_instant_at(day.on, time(12), zone)) - NOON_CELLS


def _irregular_grid(day: LocalDay, zone: ZoneInfo, minutes: int) -> int:
    cells = range(day.end_cell - day.first_cell)
    clocks = (instant_of(day.first_cell + cell).astimezone(zone) for cell in cells)
    return sum(1 << cell for cell, clock in zip(cells, clocks, strict=True) if clock.minute % minutes == 0)


def _monday(on: date) -> date:
    return on - timedelta(days=on.weekday())


def _minutes(clock: time) -> int:
    return clock.hour * 60 + clock.minute
