"""Courses whose sessions are all at one hour: every hour of the clock in one pass, one bit an hour.

The condition “always at the same time” couples the sessions, so each time is a search of its own.
Their starts on one date are one integer (bit n = wall-clock cell n), and so all of them are carried
along together: for each date, at which price which hours have got there.
"""

from collections.abc import Iterable, Mapping, Sequence

from clinic.time.cells import lowest_bit
from scheduling.engine.placement import (
    Course,
    Weights,
    bounds_after,
    dates_within,
    first_cost,
    firsts_of,
    passes_of,
)

# Price → the hours (wall-clock cells as bits) that can be had for it; no hour twice.
Prices = dict[int, int]
# Date ordinal → what its hours cost.
Timetable = Mapping[int, Prices]


def cheapest_hours(course: Course, timetables: Sequence[Timetable], weights: Weights) -> Prices:
    """What a whole calendar at each hour costs. The dates of the course are those of the timetables."""
    found: Prices = {}
    for only_first in passes_of(course):
        for price, hours in _one_pass(course, timetables, weights, only_first).items():
            found[price] = found.get(price, 0) | hours
    return cheapest_only(found)


def cheapest_only(prices: Prices) -> Prices:
    """Each hour at its lowest price, the cheapest first."""
    seen, kept = 0, {}
    for price in sorted(prices):
        if fresh := prices[price] & ~seen:
            kept[price] = fresh
            seen |= fresh
    return kept


def best_hour(prices: Prices) -> tuple[int, int] | None:
    """(price, hour) of the cheapest hour, the earliest of equals."""
    if not prices:
        return None
    price = min(prices)
    return price, lowest_bit(prices[price])


def _one_pass(
    course: Course, timetables: Sequence[Timetable], weights: Weights, only_first: int | None
) -> Prices:
    reached: dict[int, Prices] = {
        on: _dearer(timetables[0][on], first_cost(course, weights, on))
        for on, _ in firsts_of(course)
        if only_first is None or on == only_first
    }
    for index in range(1, len(course.sessions)):
        further: dict[int, Prices] = {}
        for previous, so_far in reached.items():
            bounds = bounds_after(course, index, previous, only_first)
            for on, is_outside in dates_within(course, index, bounds, previous):
                extra = is_outside * weights.outside + weights.rhythm * abs(on - bounds.target)
                _add(further.setdefault(on, {}), _met(so_far, timetables[index][on], extra))
        reached = {on: cheapest_only(prices) for on, prices in further.items() if prices}
    found: Prices = {}
    for prices in reached.values():
        _add(found, prices.items())
    return cheapest_only(found)


def _met(so_far: Prices, here: Prices, extra: int) -> Iterable[tuple[int, int]]:
    for price, hours in so_far.items():
        for own, offered in here.items():
            if both := hours & offered:
                yield price + own + extra, both


def _add(prices: Prices, more: Iterable[tuple[int, int]]) -> None:
    for price, hours in more:
        prices[price] = prices.get(price, 0) | hours


def _dearer(prices: Prices, by: int) -> Prices:
    return {price + by: hours for price, hours in prices.items()}
