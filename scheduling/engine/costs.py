"""Costs of starts: each preference is the starts that keep it, at a price.

Prices are tenths of a day off target: a start that misses a wished weekday at 60 is as bad as one
six days from its target on the right weekday.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import time
from typing import Any

from clinic.hours.opening import Horizon, wall_noon_base
from clinic.time.cells import CELL_MINUTES, CELLS_A_DAY, erode, lowest_bit, ones, shift
from scheduling.engine.placement import Option
from scheduling.engine.same_hour import Prices, cheapest_only

# A free stretch shorter than this between two sessions is of no use to anyone.
USELESS_GAP_CELLS = 30 // CELL_MINUTES


@dataclass(frozen=True, slots=True)
class CostWeights:
    """What a clinic minds, in tenths of a day off target."""

    rhythm: int = 10
    soonest: int = 1
    weekdays: int = 60
    hours: int = 60
    practitioner: int = 40
    companion: int = 80
    gaps: int = 3
    load: int = 2


def dearness_from(said: Mapping[str, Any]) -> CostWeights:
    """What the clinic stored; what it did not say is as it comes."""
    known = {one.name for one in fields(CostWeights)}
    return CostWeights(**{key: value for key, value in said.items() if key in known})


@dataclass(frozen=True, slots=True)
class Preference:
    """The starts that keep a wish, and what any other start costs."""

    keeps: int
    price: int
    name: str = ""


@dataclass(frozen=True, slots=True)
class WallDay:
    """The starts of one date as wall-clock cells (bit 0 = 00:00), and the horizon's bit at that 00:00."""

    base: int
    starts: int


def weekday_mask(*, horizon: Horizon, weekdays: Iterable[int]) -> int:
    """Every cell of the wished weekdays."""
    wished = frozenset(weekdays)
    return sum(horizon.day_mask(day) for day in horizon.days if day.on.isoweekday() in wished)


def hours_mask(*, horizon: Horizon, after: time | None, before: time | None, patient_cells: int) -> int:
    """The starts of sessions that begin at or after `after` and end at or before `before`."""
    inside = 0
    for day in horizon.days:
        inside |= horizon.span_of_day(day, after or time(0), before or time(0))
    return erode(inside, patient_cells)


def companion_mask(*, horizon: Horizon, starts: Iterable[int], within_cells: int) -> int:
    """The starts that are on the date of a companion's start and at most so many cells from it."""
    mask = 0
    for cell in starts:
        near = horizon.cells_mask(cell - within_cells, cell + within_cells + 1)
        for day in horizon.days:
            if day.first_cell <= cell < day.end_cell:
                mask |= near & horizon.day_mask(day)
    return mask


def snug_mask(*, free: int, busy: int, start: int, end: int) -> int:
    """The starts whose stretch [start, end) leaves no useless gap between itself and what is booked.

    Opening and closing time are no sessions: what is left before and after them counts as nothing.
    """
    before = after = 0
    free_before = free_after = -1
    for cells in range(1, USELESS_GAP_CELLS):
        free_before &= free << cells
        free_after &= free >> cells - 1
        before |= free_before & busy << cells + 1
        after |= free_after & busy >> cells
    return ~shift(before, start) & ~shift(after, end)


def least_loaded(*, loads: Mapping[int, int]) -> frozenset[int]:
    """The diaries that have no more to do than the middle one of them."""
    ranked = sorted(loads.values())
    middle = ranked[(len(ranked) - 1) // 2] if ranked else 0
    return frozenset(diary for diary, load in loads.items() if load <= middle)


def wall_days(*, horizon: Horizon, starts: int, weekday: int) -> dict[int, WallDay]:
    """Date ordinal → the date's starts on the wall clock, for the dates of one weekday that have any."""
    found = {}
    for day in horizon.days:
        if day.on.isoweekday() == weekday:
            base = wall_noon_base(day=day, zone=horizon.zone) - horizon.first_cell
            of_day = shift(starts & horizon.day_mask(day), base) & ones(CELLS_A_DAY)
            if of_day:
                found[day.on.toordinal()] = WallDay(base, of_day)
    return found


def options_of(*, horizon: Horizon, starts: int, preferences: Sequence[Preference] = ()) -> dict[int, Option]:
    """Date ordinal → the cheapest start of the date, the earliest of equals."""
    options: dict[int, Option] = {}
    for day in horizon.days:
        offset = day.first_cell - horizon.first_cell
        whole = ones(day.end_cell - day.first_cell)
        if of_day := starts >> offset & whole:
            kept = [(preference.keeps >> offset, preference.price) for preference in preferences]
            prices = _priced(of_day, kept)
            price = min(prices)
            options[day.on.toordinal()] = Option(start=offset + lowest_bit(prices[price]), cost=price)
    return options


def hours_of(day: WallDay, preferences: Sequence[Preference] = ()) -> Prices:
    """What each wall-clock start of the day costs."""
    return cheapest_only(_priced(day.starts, [(shift(p.keeps, day.base), p.price) for p in preferences]))


def clock_of(cell: int) -> time:
    """The wall-clock cell of a day as a time."""
    minutes = cell * CELL_MINUTES
    return time(minutes // 60, minutes % 60)


def _priced(starts: int, kept: Iterable[tuple[int, int]]) -> Prices:
    """Price → starts, the starts split by every preference that they keep or miss."""
    prices = {0: starts}
    for keeps, price in kept:
        split: Prices = {}
        for cost, mask in prices.items():
            if keeping := mask & keeps:
                split[cost] = split.get(cost, 0) | keeping
            if missing := mask & ~keeps:
                split[cost + price] = split.get(cost + price, 0) | missing
        prices = split
    return prices
