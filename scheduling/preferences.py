"""What makes one start better than another: wishes as masks with a price."""

from collections.abc import Iterable, Mapping, Sequence
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


@dataclass(frozen=True, slots=True)
class WallDay:
    """The starts of one date as wall-clock cells (bit 0 = 00:00), and the horizon's bit at that 00:00."""

    base: int
    starts: int


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
    *, of_dates: Mapping[int, WallDay], clock: int, preferences: Sequence[Preference] = ()
) -> dict[int, Option]:
    """Only the dates that can start at one wall-clock cell, at that start, with what it costs."""
    options = {}
    for on, day in of_dates.items():
        if day.starts >> clock & 1:
            start = day.base + clock
            cost = sum(preference.price for preference in preferences if not preference.keeps >> start & 1)
            options[on] = Option(start=start, cost=cost)
    return options


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
