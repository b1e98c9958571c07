"""The rhythm of a course: windows counted from what really happened."""

from datetime import date, timedelta

from dateutil.relativedelta import relativedelta
from hypothesis import given
from hypothesis import strategies as st

from tests.support.treatments.steps import (
    STARTS_ON,
    a_first_step,
    a_fortnightly_course,
    a_step,
    targets,
    treatments_of,
    weeks_after_start,
)
from treatments.cadence import TREATMENT, Key, Window, rules_of


def test_the_clinics_course_has_a_session_every_two_weeks():
    steps = a_fortnightly_course()

    found = treatments_of(steps, session_count=5)

    assert weeks_after_start([window.target for window in found]) == [0, 2, 4, 6, 8]


def test_a_session_may_be_three_days_early_or_four_late():
    steps = a_fortnightly_course()

    second = treatments_of(steps, session_count=4)[1]

    assert second == Window(date(2027, 1, 15), date(2027, 1, 18), date(2027, 1, 22))


def test_a_course_begins_within_six_weeks():
    first = treatments_of(a_fortnightly_course(), session_count=4)[0]

    assert first == Window(STARTS_ON, STARTS_ON, date(2027, 2, 15))


def test_sessions_are_counted_from_what_really_happened():
    happened = {Key(TREATMENT, 1): date(2027, 1, 6), Key(TREATMENT, 2): date(2027, 1, 23)}

    found = targets(a_fortnightly_course(), session_count=4, happened=happened)

    assert found[2:] == [date(2027, 2, 6), date(2027, 2, 20)]


def test_a_missed_session_stands_at_its_target_until_it_is_booked_again():
    happened = {Key(TREATMENT, 1): date(2027, 1, 6)}

    found = targets(a_fortnightly_course(), session_count=3, happened=happened)

    assert found[1:] == [date(2027, 1, 20), date(2027, 2, 3)]


def test_a_pinned_session_moves_those_after_it_and_none_before():
    pinned = {Key(TREATMENT, 3): date(2027, 2, 5)}

    found = targets(a_fortnightly_course(), session_count=4, happened=pinned)

    assert found == [STARTS_ON, date(2027, 1, 18), date(2027, 2, 1), date(2027, 2, 19)]


def test_a_course_extended_from_four_to_six_keeps_the_windows_it_had():
    steps = a_fortnightly_course()
    happened = {Key(TREATMENT, 1): date(2027, 1, 7), Key(TREATMENT, 2): date(2027, 1, 20)}

    four = treatments_of(steps, session_count=4, happened=happened)
    six = treatments_of(steps, session_count=6, happened=happened)

    assert six[:4] == four
    assert [window.target for window in six[2:]] == [
        date(2027, 2, 3),
        date(2027, 2, 17),
        date(2027, 3, 3),
        date(2027, 3, 17),
    ]


def test_a_month_after_the_thirty_first_of_january_is_the_last_of_february():
    steps = [a_first_step(), a_step(repeats=True, interval_months=1)]
    happened = {Key(TREATMENT, 1): date(2028, 1, 31)}

    found = targets(steps, session_count=3, happened=happened)

    assert found[1:] == [date(2028, 2, 29), date(2028, 3, 29)]


def test_months_counted_from_the_first_session_do_not_lose_the_thirty_first():
    steps = [a_first_step(), *(a_step(anchor="first", interval_months=n) for n in (1, 2, 3))]
    happened = {Key(TREATMENT, 1): date(2027, 1, 31)}

    found = targets(steps, session_count=4, happened=happened)

    assert found[1:] == [date(2027, 2, 28), date(2027, 3, 31), date(2027, 4, 30)]


def lengths(most: int):
    return st.integers(min_value=0, max_value=most)


@st.composite
def courses(draw):
    """Steps of any protocol the loader lets in, without months and days of tolerance that swap the order."""
    step = st.builds(
        a_step,
        anchor=st.sampled_from(["previous", "first"]),
        interval_months=lengths(12),
        interval_days=lengths(60),
        earlier_months=lengths(2),
        earlier_days=lengths(20),
        later_months=lengths(2),
        later_days=lengths(20),
    )
    steps = [a_first_step(), *draw(st.lists(step, max_size=6))]
    repeating = draw(st.none() | st.integers(min_value=0, max_value=len(steps) - 1))
    if repeating is not None:
        steps[repeating].repeats = True
    return steps


starts = st.dates(min_value=date(2020, 1, 1), max_value=date(2080, 12, 31))


@given(steps=courses(), session_count=st.integers(min_value=1, max_value=20))
def test_every_prescribed_session_has_one_rule_and_an_anchor_before_it(steps, session_count):
    rules = rules_of(steps=steps, session_count=session_count)

    assert [rule.key for rule in rules] == [Key(TREATMENT, n) for n in range(1, session_count + 1)]
    assert rules[0].anchor_key is None
    assert all(rule.anchor_key is None or rule.anchor_key.number < rule.key.number for rule in rules)


@given(steps=courses(), session_count=st.integers(min_value=1, max_value=20), starts_on=starts)
def test_every_window_opens_before_its_target_and_closes_after_it(steps, session_count, starts_on):
    found = treatments_of(steps, session_count=session_count, starts_on=starts_on)

    assert all(window.earliest <= window.target <= window.latest for window in found)
    assert all(window.holds(window.target) for window in found)
    assert not any(window.holds(window.latest + timedelta(days=1)) for window in found)


@given(starts_on=starts, months=st.integers(min_value=1, max_value=12), happened_later=lengths(40))
def test_a_window_is_the_anchors_date_plus_the_interval(starts_on, months, happened_later):
    steps = [a_first_step(), a_step(interval_months=months, earlier_days=2, later_days=5)]
    happened_on = starts_on + timedelta(days=happened_later)

    second = treatments_of(
        steps, session_count=2, starts_on=starts_on, happened={Key(TREATMENT, 1): happened_on}
    )[1]

    target = happened_on + relativedelta(months=months)
    assert second.target == target
    assert second.target.day <= happened_on.day
    assert second.latest == happened_on + relativedelta(months=months, days=5)
    assert second.earliest == happened_on + relativedelta(months=months, days=-2)
