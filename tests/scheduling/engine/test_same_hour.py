"""Courses at one hour against an oracle that narrows the starts to each hour and searches anew."""

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scheduling.engine.placement import Course, Option, Placeable, Weights, best_calendar
from scheduling.engine.same_hour import Timetable, best_hour, cheapest_hours, cheapest_only
from tests.scheduling.engine.test_placement import a_course

HOURS = 6


@st.composite
def a_course_with_hours(draw) -> tuple[Course, list[Timetable]]:
    """A course, and for each session and date what which of six hours costs."""
    course = draw(a_course())
    timetables: list[Timetable] = []
    sessions = []
    for placeable in course.sessions:
        if placeable.is_fixed:
            timetables.append({on: {0: -1} for on in placeable.options})
            sessions.append(placeable)
            continue
        hours = {
            on: draw(st.dictionaries(st.integers(0, HOURS - 1), st.integers(0, 3), max_size=3))
            for on in placeable.options
        }
        timetables.append({on: by_price(of_date) for on, of_date in hours.items() if of_date})
        sessions.append(
            replace(placeable, options={on: Option(0) for on, of_date in hours.items() if of_date})
        )
    return replace(course, sessions=tuple(sessions)), timetables


def by_price(of_date: dict[int, int]) -> dict[int, int]:
    prices: dict[int, int] = {}
    for hour, price in of_date.items():
        prices[price] = prices.get(price, 0) | 1 << hour
    return prices


def at(hour: int, placeable: Placeable, timetable: Timetable) -> Placeable:
    options = {
        on: Option(0, price)
        for on, prices in timetable.items()
        for price, hours in prices.items()
        if hours >> hour & 1
    }
    return replace(placeable, options=options)


@pytest.mark.slow
@given(a_course_with_hours(), st.sampled_from([Weights(), Weights(rhythm=3, soonest=1)]))
@settings(max_examples=400, deadline=None)
def test_all_hours_at_once_cost_what_each_hour_costs_alone(world, weights):
    course, timetables = world

    prices = cheapest_hours(course, timetables, weights)

    alone = {}
    for hour in range(HOURS):
        pairs = zip(course.sessions, timetables, strict=True)
        narrowed = replace(course, sessions=tuple(at(hour, *pair) for pair in pairs))
        if (calendar := best_calendar(narrowed, weights)) is not None:
            alone[hour] = calendar.cost
    at_once = {hour: price for price, hours in prices.items() for hour in range(HOURS) if hours >> hour & 1}
    assert at_once == alone


def test_an_hour_is_kept_at_its_lowest_price_only():
    assert cheapest_only({5: 0b111, 2: 0b001, 9: 0b100}) == {2: 0b001, 5: 0b110}


def test_the_cheapest_hour_wins_and_of_equals_the_earliest():
    assert best_hour({4: 0b1, 2: 0b1100}) == (2, 2)
    assert best_hour({}) is None
