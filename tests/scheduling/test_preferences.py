"""Wishes as masks with a price."""

from datetime import date, time
from zoneinfo import ZoneInfo

from clinic.cells import bits, instant_of
from clinic.opening import Horizon
from scheduling.preferences import (
    Preference,
    clock_of,
    hours_mask,
    hours_of,
    options_of,
    wall_days,
    weekday_mask,
)

AMSTERDAM = ZoneInfo("Europe/Amsterdam")
MONDAY = date(2027, 1, 4)
WEEK = Horizon(AMSTERDAM, MONDAY, date(2027, 1, 10))


def local_starts(mask: int, horizon: Horizon = WEEK) -> list[tuple[int, time]]:
    clocks = [instant_of(horizon.first_cell + bit).astimezone(horizon.zone) for bit in bits(mask)]
    return [(clock.day, clock.time()) for clock in clocks]


def at(horizon: Horizon, day: int, hour: int) -> int:
    """The bit of an hour of the horizon's n-th day."""
    return 1 << (horizon.days[day].first_cell - horizon.first_cell + hour * 12)


def test_only_the_wished_weekdays_keep_the_wish():
    mask = weekday_mask(horizon=WEEK, weekdays={2, 7})

    assert {day for day, _ in local_starts(mask)} == {5, 10}


def test_a_visit_ends_by_the_hour_the_patient_must_leave():
    one_day = Horizon(AMSTERDAM, MONDAY, MONDAY)

    starts = local_starts(
        hours_mask(horizon=one_day, after=time(9), before=time(10), patient_cells=5), one_day
    )

    assert starts[0] == (4, time(9))
    assert starts[-1] == (4, time(9, 35))


def test_the_cheapest_start_of_a_day_keeps_the_wish_though_it_is_later():
    starts = at(WEEK, 0, 9) | at(WEEK, 0, 14)
    afternoon = Preference(keeps=at(WEEK, 0, 14), price=6)

    options = options_of(horizon=WEEK, starts=starts, preferences=[afternoon])

    option = options[MONDAY.toordinal()]
    assert (1 << option.start, option.cost) == (at(WEEK, 0, 14), 0)


def test_a_day_that_cannot_keep_the_wish_costs_its_price():
    afternoon = Preference(keeps=at(WEEK, 0, 14), price=6)

    options = options_of(horizon=WEEK, starts=at(WEEK, 0, 9), preferences=[afternoon])

    assert options[MONDAY.toordinal()].cost == 6


def test_one_hour_is_one_hour_on_both_sides_of_the_clock_change():
    march = Horizon(AMSTERDAM, date(2027, 3, 22), date(2027, 4, 4))
    starts = at(march, 0, 10) | at(march, 7, 10)

    mondays = wall_days(horizon=march, starts=starts, weekday=1)
    assert clock_of(120) == time(10)
    assert [hours_of(day) for day in mondays.values()] == [{0: 1 << 120}, {0: 1 << 120}]
    assert [local_starts(1 << day.base + 120, march) for day in mondays.values()] == [
        [(22, time(10))],
        [(29, time(10))],
    ]


def test_an_hour_that_breaks_a_wish_costs_its_price_also_when_it_is_always_the_same():
    mondays = wall_days(horizon=WEEK, starts=at(WEEK, 0, 9), weekday=1)
    afternoon = Preference(keeps=at(WEEK, 0, 14), price=6)

    assert hours_of(mondays[MONDAY.toordinal()], [afternoon]) == {6: 1 << 108}
