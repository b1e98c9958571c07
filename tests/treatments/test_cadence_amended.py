"""Windows of a course whose interval was amended, or that rested."""

from dataclasses import replace
from datetime import date, timedelta

from hypothesis import given
from hypothesis import strategies as st

from tests.support.treatments.steps import (
    STARTS_ON,
    a_first_step,
    a_fortnightly_course,
    a_step,
    weeks_after_start,
)
from treatments.cadence import REVIEW, TREATMENT, Key, Window, rules_of, windows

DAY = timedelta(days=1)


def of_interval(steps, days: int | None, *, session_count: int = 4) -> dict[Key, Window]:
    return windows(
        rules=rules_of(steps=steps, session_count=session_count, interval_days=days), starts_on=STARTS_ON
    )


def resumed(steps, on: date, *, session_count: int = 4, happened=None) -> dict[Key, Window]:
    rules = rules_of(steps=steps, session_count=session_count)
    return windows(
        rules=[replace(rule, not_before=on) for rule in rules], starts_on=STARTS_ON, happened=happened
    )


def test_another_interval_keeps_the_tolerance():
    second = of_interval(a_fortnightly_course(), 21)[Key(TREATMENT, 2)]

    assert second == Window(STARTS_ON + 18 * DAY, STARTS_ON + 21 * DAY, STARTS_ON + 25 * DAY)


def test_months_give_way_to_days():
    steps = [a_first_step(), a_step(repeats=True, interval_months=1)]

    found = of_interval(steps, 21)

    assert weeks_after_start([window.target for window in found.values()]) == [0, 3, 6, 9]


def test_sessions_counted_from_the_first_keep_their_distance():
    steps = [a_first_step(), *(a_step(anchor="first", interval_days=7 * n) for n in (1, 3, 6))]

    assert of_interval(steps, 10) == of_interval(steps, None)


def test_a_review_keeps_its_own_distance_from_the_last_session():
    steps = [*a_fortnightly_course(), a_step(kind=REVIEW, anchor="last", interval_days=42)]

    found = of_interval(steps, 21)

    assert found[Key(REVIEW, 1)].target == found[Key(TREATMENT, 4)].target + 42 * DAY


@given(days=st.integers(1, 365), count=st.integers(1, 12))
def test_no_interval_is_the_interval_of_the_steps(days, count):
    steps = [a_first_step(), a_step(repeats=True, interval_days=days, earlier_days=3, later_days=4)]

    assert of_interval(steps, days, session_count=count) == of_interval(steps, None, session_count=count)


def test_what_closed_before_a_course_goes_on_opens_that_day():
    on = STARTS_ON + 100 * DAY

    found = resumed(a_fortnightly_course(), on, happened={Key(TREATMENT, 1): STARTS_ON})

    assert found[Key(TREATMENT, 2)] == Window(on, on, on + 7 * DAY)
    assert found[Key(TREATMENT, 3)].target == on + 14 * DAY


def test_what_happened_before_the_pause_keeps_its_window():
    happened = {Key(TREATMENT, 1): STARTS_ON, Key(TREATMENT, 2): STARTS_ON + 14 * DAY}

    found = resumed(a_fortnightly_course(), STARTS_ON + 100 * DAY, happened=happened)

    assert found[Key(TREATMENT, 2)].target == STARTS_ON + 14 * DAY


def test_what_is_booked_after_the_pause_has_the_window_that_opened():
    on = STARTS_ON + 100 * DAY
    happened = {Key(TREATMENT, 1): STARTS_ON, Key(TREATMENT, 2): on + 2 * DAY}

    found = resumed(a_fortnightly_course(), on, happened=happened)

    assert found[Key(TREATMENT, 2)].holds(on + 2 * DAY)


@given(days=st.integers(0, 200))
def test_no_window_is_closed_when_a_course_goes_on(days):
    on = STARTS_ON + days * DAY

    found = resumed(a_fortnightly_course(), on)

    assert all(window.latest >= on for window in found.values())
    assert all(window.earliest <= window.target <= window.latest for window in found.values())
