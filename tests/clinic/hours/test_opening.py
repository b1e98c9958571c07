"""Opening hours as masks, against an oracle that asks the wall clock cell by cell."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from clinic.hours.opening import DaySpan, Horizon, Hours, WeeklySpan, absence_mask, open_mask, start_grid_mask
from clinic.time.cells import bits, instant_of
from clinic.time.wall_clock import lenient_instant_at

ZONES = ["Europe/Amsterdam", "Australia/Lord_Howe", "Africa/Cairo", "America/Santiago", "Asia/Kolkata"]
# The nights on which clocks change in 2027, and dull days.
STARTS = [
    date(2027, 3, 26),
    date(2027, 4, 3),
    date(2027, 4, 29),
    date(2027, 10, 30),
    date(2027, 9, 4),
    date(2027, 6, 1),
]


def open_cells(mask: int, horizon: Horizon) -> set[datetime]:
    return {instant_of(horizon.first_cell + bit) for bit in bits(mask)}


def oracle(hours: Hours, horizon: Horizon, holidays: frozenset[date]) -> set[datetime]:
    spans = []
    on = horizon.first_on - timedelta(days=1)
    while on <= horizon.last_on:
        for opens, closes in hours.spans_on(on, is_holiday=on in holidays):
            closes_on = on if closes > opens else on + timedelta(days=1)
            begin = lenient_instant_at(on, opens, horizon.zone)
            spans.append((begin, lenient_instant_at(closes_on, closes, horizon.zone)))
        on += timedelta(days=1)
    cells = {instant_of(horizon.first_cell + bit) for bit in range(horizon.length)}
    five = timedelta(minutes=5)
    return {cell for cell in cells if any(begin <= cell and cell + five <= end for begin, end in spans)}


clocks = st.builds(time, st.integers(0, 23), st.sampled_from([0, 5, 30, 45, 3]))
weekly_spans = st.builds(
    WeeklySpan,
    weekday=st.integers(1, 7),
    opens=clocks,
    closes=clocks,
    every_weeks=st.integers(1, 2),
    valid_from=st.sampled_from([date(2026, 1, 1), date(2027, 3, 29)]),
    valid_until=st.none(),
)


@given(
    zone=st.sampled_from(ZONES),
    first=st.sampled_from(STARTS),
    weekly=st.lists(weekly_spans, max_size=5),
    own_day=st.none() | st.tuples(st.integers(0, 3), clocks, clocks),
    holiday=st.integers(0, 3),
)
@settings(max_examples=150, deadline=None)
def test_open_masks_say_what_the_wall_clock_says(zone, first, weekly, own_day, holiday):
    horizon = Horizon(ZoneInfo(zone), first, first + timedelta(days=3))
    days = () if own_day is None else (DaySpan(first + timedelta(days=own_day[0]), own_day[1], own_day[2]),)
    hours = Hours(weekly=tuple(weekly), days=days)
    holidays = frozenset({first + timedelta(days=holiday)})

    mask = open_mask(hours=hours, horizon=horizon, holidays=holidays)

    assert open_cells(mask, horizon) == oracle(hours, horizon, holidays)


@pytest.mark.parametrize(
    ("zone", "on", "cells"),
    [
        ("Europe/Amsterdam", date(2027, 3, 28), 276),
        ("Europe/Amsterdam", date(2027, 10, 31), 300),
        ("Australia/Lord_Howe", date(2027, 10, 3), 282),
        ("Australia/Lord_Howe", date(2027, 4, 4), 294),
        ("Europe/Amsterdam", date(2027, 6, 1), 288),
    ],
)
def test_a_night_on_which_clocks_change_is_a_shorter_or_longer_day(zone, on, cells):
    horizon = Horizon(ZoneInfo(zone), on, on)

    assert horizon.length == cells


def test_nine_in_the_morning_stays_nine_when_clocks_change():
    horizon = Horizon(ZoneInfo("Europe/Amsterdam"), date(2027, 3, 22), date(2027, 4, 4))
    mondays = Hours(weekly=(WeeklySpan(1, time(9), time(9, 5), 1, date(2027, 1, 1), None),))

    opened = sorted(open_cells(open_mask(hours=mondays, horizon=horizon), horizon))

    assert opened == [datetime(2027, 3, 22, 8, tzinfo=UTC), datetime(2027, 3, 29, 7, tzinfo=UTC)]


def test_every_second_week_counts_from_the_week_it_is_valid_from():
    span = WeeklySpan(4, time(9), time(10), 2, date(2027, 1, 6), None)

    on = [day for day in range(1, 32) if span.is_on(date(2027, 1, day))]

    assert on == [7, 21]


def test_hours_past_midnight_reach_into_the_first_day_of_the_search():
    horizon = Horizon(ZoneInfo("Europe/Amsterdam"), date(2027, 6, 5), date(2027, 6, 5))
    friday_night = Hours(weekly=(WeeklySpan(5, time(22), time(1), 1, date(2027, 1, 1), None),))

    mask = open_mask(hours=friday_night, horizon=horizon)

    assert list(bits(mask)) == list(range(12))


def test_leave_without_an_end_lasts_for_ever():
    horizon = Horizon(ZoneInfo("Europe/Amsterdam"), date(2027, 6, 5), date(2027, 6, 6))
    begin = datetime(2027, 6, 5, 10, 2, tzinfo=UTC)

    away = absence_mask(absences=[(begin, None)], horizon=horizon)

    assert min(open_cells(away, horizon)) == datetime(2027, 6, 5, 10, 0, tzinfo=UTC)
    assert away.bit_length() == horizon.length


@pytest.mark.parametrize("minutes", [5, 10, 15, 20, 30])
@pytest.mark.parametrize("zone", ZONES)
def test_starts_are_offered_on_the_grid_of_the_wall_clock(zone, minutes):
    tz = ZoneInfo(zone)
    horizon = Horizon(tz, date(2027, 3, 26), date(2027, 5, 2))

    offered = open_cells(start_grid_mask(horizon=horizon, minutes=minutes), horizon)

    expected = {
        instant_of(horizon.first_cell + bit)
        for bit in range(horizon.length)
        if instant_of(horizon.first_cell + bit).astimezone(tz).minute % minutes == 0
    }
    assert offered == expected
