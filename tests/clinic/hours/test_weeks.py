"""Weeks of hours: which one holds on a day, when it changes, which spans overlap."""

from datetime import date, time, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clinic.hours.opening import WeeklySpan
from clinic.hours.weeks import (
    begun_on,
    ended_before,
    minutes_of,
    overlapping,
    runs_past_midnight,
    week_on,
    weeks_of,
)

MONDAY = date(2027, 1, 4)
WEEK = timedelta(days=7)
NINE, ONE, FIVE = time(9), time(13), time(17)


def span(weekday=1, opens=NINE, closes=FIVE, *, every=1, first=MONDAY, last=None, counted=None):
    return WeeklySpan(weekday, opens, closes, every, first, last, counted)


def test_a_week_that_is_begun_later_keeps_every_second_week_where_it_was():
    alternate = span(every=2)

    [begun] = begun_on([alternate], MONDAY + WEEK)

    days = [MONDAY + n * WEEK for n in range(1, 5)]
    assert [begun.is_on(on) for on in days] == [alternate.is_on(on) for on in days] == [False, True] * 2


def test_a_week_is_told_of_when_it_becomes_another_and_a_gap_is_one_without_hours():
    first = span(last=MONDAY + timedelta(days=13))
    later = span(2, first=MONDAY + 4 * WEEK)

    weeks = weeks_of([first, later])

    assert [(week.begins_on, len(week.spans)) for week in weeks] == [
        (MONDAY, 1),
        (MONDAY + 2 * WEEK, 0),
        (MONDAY + 4 * WEEK, 1),
    ]


def test_a_span_that_goes_on_is_no_new_week():
    first = span(last=MONDAY + timedelta(days=6))

    assert len(weeks_of([first, span(first=MONDAY + WEEK)])) == 1


def test_the_week_of_a_day_is_what_holds_then_by_weekday_and_hour():
    spans = [span(2), span(1, ONE), span(1), span(3, first=MONDAY + WEEK)]

    assert [(one.weekday, one.opens) for one in week_on(spans, MONDAY)] == [(1, NINE), (1, ONE), (2, NINE)]


def test_what_ends_before_a_day_is_cut_there_and_what_comes_later_is_gone():
    kept = ended_before([span(), span(2, last=MONDAY), span(3, first=MONDAY + 2 * WEEK)], MONDAY + WEEK)

    assert [one.valid_until for one in kept] == [MONDAY + timedelta(days=6), MONDAY]


@pytest.mark.parametrize(
    ("other", "overlaps"),
    [
        (span(opens=ONE), True),
        (span(opens=FIVE, closes=time(20)), False),
        (span(2), False),
        (span(opens=ONE, first=MONDAY + WEEK), True),
        (span(opens=ONE, every=2, first=MONDAY + WEEK), True),
        (span(7, time(22), time(10)), True),
        (span(7, time(22), time(9)), False),
    ],
)
def test_spans_overlap_if_both_are_open_at_some_minute(other, overlaps):
    assert bool(list(overlapping([span(), other]))) is overlaps


def test_spans_of_alternate_weeks_and_of_other_times_of_the_year_do_not_overlap():
    alternate = [span(every=2), span(every=2, counted=MONDAY + WEEK)]
    seasons = [span(last=MONDAY), span(first=MONDAY + WEEK)]

    assert not list(overlapping(alternate))
    assert not list(overlapping(seasons))


def test_a_night_of_alternate_weeks_may_meet_the_next_morning_of_the_other_weeks():
    night = span(7, time(22), time(2), every=2)

    assert list(overlapping([night, span(1, time(0), time(4), every=2, counted=MONDAY + WEEK)]))
    assert not list(overlapping([night, span(1, time(0), time(4), every=2)]))


CLOCKS = st.integers(0, 47).map(lambda half: time(half // 2, half % 2 * 30))
SPANS = st.builds(
    span,
    st.integers(1, 7),
    CLOCKS,
    CLOCKS,
    every=st.integers(1, 3),
    first=st.integers(0, 20).map(lambda n: MONDAY + timedelta(days=n)),
    last=st.none() | st.integers(21, 60).map(lambda n: MONDAY + timedelta(days=n)),
)


@given(SPANS, SPANS)
def test_overlaps_are_those_that_counting_minutes_finds(one, other):
    def minutes(of: WeeklySpan) -> set[int]:
        start, end = minutes_of(of.opens, of.closes)
        days = (n for n in range(120) if of.is_on(MONDAY + timedelta(days=n)))
        return {day * 1440 + minute for day in days for minute in range(start, end, 30)}

    assert bool(list(overlapping([one, other]))) is bool(minutes(one) & minutes(other))


def test_what_ends_with_the_day_runs_not_past_midnight():
    assert runs_past_midnight(span(opens=time(20), closes=time(2)))
    assert not runs_past_midnight(span(opens=time(20), closes=time(0)))
    assert not runs_past_midnight(span())
