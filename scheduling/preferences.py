"""What makes one start better than another: wishes as masks with a price."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import time
from itertools import combinations

from clinic.cells import CELL_MINUTES, CELLS_A_DAY, erode, lowest_bit, ones, shift
from clinic.opening import Horizon, wall_noon_base
from scheduling.placement import Option
from treatments.wishes import Wishes

# In days off target: what a wish that is not kept costs a session.
WEEKDAY_PRICE = 6
HOURS_PRICE = 6
PRACTITIONER_PRICE = 4


@dataclass(frozen=True, slots=True)
class Preference:
    """The starts that keep a wish, and what any other start costs."""

    keeps: int
    price: int


def weekday_mask(*, horizon: Horizon, weekdays: Iterable[int]) -> int:
    """Every cell of the wished weekdays."""
    wished = frozenset(weekdays)
    return sum(horizon.day_mask(day) for day in horizon.days if day.on.isoweekday() in wished)


def hours_mask(*, horizon: Horizon, wishes: Wishes, patient_cells: int) -> int:
    """The starts of visits that begin at or after `after` and end at or before `before`."""
    opens, closes = wishes.after or time(0), wishes.before or time(0)
    inside = 0
    for day in horizon.days:
        inside |= horizon.span_of_day(day, opens, closes)
    return erode(inside, patient_cells)


def wall_clock_starts(*, horizon: Horizon, starts: int, weekday: int) -> dict[int, int]:
    """Date ordinal → that date's starts as wall-clock cells (bit 0 = 00:00), for one weekday."""
    found = {}
    for day in horizon.days:
        if day.on.isoweekday() == weekday:
            base = wall_noon_base(day=day, zone=horizon.zone)
            of_day = shift(starts & horizon.day_mask(day), base - horizon.first_cell) & ones(CELLS_A_DAY)
            if of_day:
                found[day.on.toordinal()] = of_day
    return found


def options_of(*, horizon: Horizon, starts: int, preferences: Sequence[Preference] = ()) -> dict[int, Option]:
    """Date ordinal → the cheapest start of the date, the earliest of equals."""
    tiers = _tiers(starts, preferences)
    options: dict[int, Option] = {}
    for day in horizon.days:
        offset, length = day.first_cell - horizon.first_cell, day.end_cell - day.first_cell
        for price, mask in tiers:
            if of_day := mask >> offset & ones(length):
                options[day.on.toordinal()] = Option(start=offset + lowest_bit(of_day), cost=price)
                break
    return options


def options_at(
    *, horizon: Horizon, of_dates: dict[int, int], clock: int, options: dict[int, Option]
) -> dict[int, Option]:
    """Only the dates that can start at one wall-clock cell, at that start, with the price the date has."""
    bases = {day.on.toordinal(): wall_noon_base(day=day, zone=horizon.zone) for day in horizon.days}
    return {
        on: Option(start=bases[on] - horizon.first_cell + clock, cost=options[on].cost)
        for on, of_day in of_dates.items()
        if of_day >> clock & 1 and on in options
    }


def clock_of(cell: int) -> time:
    """The wall-clock cell of a day as a time."""
    minutes = cell * CELL_MINUTES
    return time(minutes // 60, minutes % 60)


def _tiers(starts: int, preferences: Sequence[Preference]) -> list[tuple[int, int]]:
    """(price, starts) for every choice of wishes kept, cheapest first."""
    tiers = []
    for kept_count in range(len(preferences), -1, -1):
        for kept in combinations(preferences, kept_count):
            mask = starts
            for preference in kept:
                mask &= preference.keeps
            price = sum(preference.price for preference in preferences if preference not in kept)
            tiers.append((price, mask))
    return sorted(tiers, key=lambda tier: tier[0])
