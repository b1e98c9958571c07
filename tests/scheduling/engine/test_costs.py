"""Wishes as masks with a price."""

from datetime import date, time
from zoneinfo import ZoneInfo

from hypothesis import given, settings
from hypothesis import strategies as st

from clinic.hours.opening import Horizon
from clinic.time.cells import bits, instant_of
from scheduling.engine.costs import (
    USELESS_GAP_CELLS,
    CostWeights,
    Preference,
    clock_of,
    companion_mask,
    dearness_from,
    hours_mask,
    hours_of,
    least_loaded,
    options_of,
    snug_mask,
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


def test_a_session_ends_by_the_hour_the_patient_must_leave():
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


@given(st.integers(0, 2**40 - 1), st.integers(0, 2**40 - 1), st.integers(-2, 3), st.integers(1, 5))
@settings(max_examples=400, deadline=None)
def test_a_snug_start_leaves_no_gap_that_is_too_short_between_itself_and_what_is_booked(
    opened, booked, begins, lasts
):
    busy, free = opened & booked, opened & ~booked

    snug = snug_mask(free=free, busy=busy, start=begins, end=begins + lasts)

    def useless(cells) -> bool:
        """Going away from the session: one to five free cells, then a booked one."""
        run = 0
        for cell in cells:
            if cell >= 0 and free >> cell & 1:
                run += 1
                continue
            return 0 < run < USELESS_GAP_CELLS and cell >= 0 and bool(busy >> cell & 1)
        return False

    for start in range(8, 32):
        first, last = start + begins, start + begins + lasts - 1
        gap = useless(range(first - 1, -1, -1)) or useless(range(last + 1, 42))
        assert bool(snug >> start & 1) is not gap


def test_those_with_no_more_to_do_than_the_middle_one_are_asked_first():
    assert least_loaded(loads={1: 10, 2: 30, 3: 20}) == {1, 3}
    assert least_loaded(loads={1: 10, 2: 30}) == {1}
    assert least_loaded(loads={}) == frozenset()


def test_a_companion_is_near_on_the_same_date_only():
    late_monday = WEEK.days[0].end_cell - 6

    mask = companion_mask(horizon=WEEK, starts=[late_monday], within_cells=12)

    assert local_starts(mask) == [
        (4, time(hour, minute))
        for hour, minute in [*((22, m) for m in range(30, 60, 5)), *((23, m) for m in range(0, 60, 5))]
    ]


def test_a_clinic_that_stored_something_else_is_read_with_what_is_known():
    assert dearness_from({"weekdays": 5, "moon": 3}) == CostWeights(weekdays=5)
