"""Course placement against an oracle that tries every combination of dates."""

from dataclasses import dataclass
from datetime import date
from itertools import pairwise, product

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scheduling.engine.placement import (
    OUTSIDE_PRICE,
    Course,
    Option,
    Placeable,
    Weights,
    best_calendar,
    count_calendars,
    dead_end,
    windows_of,
)
from treatments.cadence import TREATMENT, Key, Rule

FIRST = date(2027, 1, 4).toordinal()
DAYS = 16


def a_rule(*, number: int, anchor: Key | None, earliest: int = 2, target: int = 3, latest: int = 5) -> Rule:
    return Rule(
        key=Key(TREATMENT, number),
        step_id=number,
        session_type_id=1,
        is_booked_with_course=True,
        anchor_key=anchor,
        earliest=(0, earliest),
        target=(0, target),
        latest=(0, latest),
    )


@dataclass
class Priced:
    dates: tuple[int, ...]
    cost: int


def every_calendar(course: Course, weights: Weights) -> list[Priced]:
    found = []
    for dates in product(*(sorted(p.options) for p in course.sessions)):
        on_of = dict(course.known)
        cost = 0
        for placeable, on in zip(course.sessions, dates, strict=True):
            rule = placeable.rule
            if rule.anchor_key is None:
                fits = course.first <= on <= course.last
                cost += weights.soonest * (on - course.first)
            else:
                window = rule.window(date.fromordinal(on_of[rule.anchor_key]))
                fits = placeable.is_fixed or window.holds(date.fromordinal(on))
                cost += weights.rhythm * abs(on - window.target.toordinal())
                cost += 0 if window.holds(date.fromordinal(on)) else OUTSIDE_PRICE
            cost += placeable.options[on].cost
            on_of[rule.key] = on
            if not fits:
                break
        else:
            if all(later > earlier for earlier, later in pairwise(dates)):
                found.append(Priced(dates, cost))
    return found


@st.composite
def a_course(draw):
    length = draw(st.integers(1, 4))
    placeables = []
    for number in range(1, length + 1):
        anchor = None if number == 1 else Key(TREATMENT, draw(st.sampled_from([1, number - 1])))
        earliest = draw(st.integers(1, 4))
        target = earliest + draw(st.integers(0, 2))
        rule = a_rule(
            number=number,
            anchor=anchor,
            earliest=earliest,
            target=target,
            latest=target + draw(st.integers(0, 3)),
        )
        dates = draw(st.lists(st.integers(FIRST, FIRST + DAYS), max_size=7, unique=True))
        is_fixed = number > 1 and draw(st.integers(0, 4)) == 0
        if is_fixed:
            dates = [draw(st.integers(FIRST, FIRST + DAYS))]
        options = {on: Option(start=on, cost=0 if is_fixed else draw(st.integers(0, 3))) for on in dates}
        placeables.append(Placeable(rule, options, is_fixed))
    return Course(tuple(placeables), known={}, first=FIRST, last=FIRST + DAYS)


@pytest.mark.slow
@given(a_course(), st.sampled_from([Weights(), Weights(soonest=100), Weights(rhythm=2, soonest=1)]))
@settings(max_examples=500, deadline=None)
def test_the_best_calendar_costs_what_the_cheapest_of_all_calendars_costs(course, weights):
    found = best_calendar(course, weights)

    possible = every_calendar(course, weights)
    assert (found is None) == (not possible)
    if found:
        assert found.cost == min(calendar.cost for calendar in possible)
        assert tuple(on for on, _ in found.days) in {calendar.dates for calendar in possible}


@given(a_course())
@settings(max_examples=300, deadline=None)
def test_calendars_are_counted_as_often_as_they_are_there(course):
    assert count_calendars(course) == len(every_calendar(course, Weights()))


@given(a_course())
@settings(max_examples=300, deadline=None)
def test_a_course_has_a_dead_end_exactly_when_it_has_no_calendar(course):
    end = dead_end(course)

    assert (end is None) == bool(every_calendar(course, Weights()))


def test_every_session_of_a_calendar_lies_in_its_window():
    rules = [a_rule(number=1, anchor=None), a_rule(number=2, anchor=Key(TREATMENT, 1))]
    options = {on: Option(start=0) for on in range(FIRST, FIRST + DAYS)}
    course = Course(
        tuple(Placeable(rule, options) for rule in rules), known={}, first=FIRST, last=FIRST + DAYS
    )

    calendar = best_calendar(course, Weights(soonest=1))

    assert calendar is not None
    dates = [on for on, _ in calendar.days]
    windows = windows_of(course, dates)
    assert all(window.holds(date.fromordinal(on)) for window, on in zip(windows, dates, strict=True))
    assert dates == [FIRST, FIRST + 3]


def test_a_start_from_which_the_series_cannot_finish_is_not_offered():
    rules = [a_rule(number=1, anchor=None), a_rule(number=2, anchor=Key(TREATMENT, 1))]
    first_free_early_and_late = {FIRST: Option(0), FIRST + 8: Option(0)}
    second_free_late_only = {FIRST + 11: Option(0)}
    course = Course(
        (Placeable(rules[0], first_free_early_and_late), Placeable(rules[1], second_free_late_only)),
        known={},
        first=FIRST,
        last=FIRST + DAYS,
    )

    calendar = best_calendar(course, Weights(soonest=100))

    assert calendar is not None
    assert [on for on, _ in calendar.days] == [FIRST + 8, FIRST + 11]


def test_sessions_done_already_are_constants():
    rule = a_rule(number=2, anchor=Key(TREATMENT, 1))
    options = {on: Option(0) for on in range(FIRST, FIRST + DAYS)}
    course = Course(
        (Placeable(rule, options),), known={Key(TREATMENT, 1): FIRST}, first=FIRST, last=FIRST + DAYS
    )

    calendar = best_calendar(course, Weights())

    assert calendar is not None
    assert calendar.days[0][0] == FIRST + 3


def test_a_session_that_is_fixed_draws_the_one_before_it_to_its_window():
    first, second = a_rule(number=1, anchor=None), a_rule(number=2, anchor=Key(TREATMENT, 1))
    anywhere = {on: Option(0) for on in range(FIRST, FIRST + DAYS)}
    fixed = Placeable(second, {FIRST + 9: Option(0)}, is_fixed=True)
    course = Course((Placeable(first, anywhere), fixed), known={}, first=FIRST, last=FIRST + DAYS)

    calendar = best_calendar(course, Weights(rhythm=10, soonest=1))

    assert calendar is not None
    assert [on for on, _ in calendar.days] == [FIRST + 6, FIRST + 9]


def test_wider_windows_open_a_course_that_was_one_day_short():
    rules = [a_rule(number=1, anchor=None), a_rule(number=2, anchor=Key(TREATMENT, 1), latest=5)]
    course = Course(
        (Placeable(rules[0], {FIRST: Option(0)}), Placeable(rules[1], {FIRST + 6: Option(0)})),
        known={},
        first=FIRST,
        last=FIRST + DAYS,
    )

    assert (count_calendars(course), count_calendars(course.loosened(1))) == (0, 1)
