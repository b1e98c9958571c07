"""Every protocol that the engine must carry, and what becomes of it with more or fewer sessions."""

from datetime import date, timedelta

from tests.support.treatments.steps import (
    STARTS_ON,
    Written,
    a_first_step,
    a_fortnightly_course,
    a_step,
    targets,
    treatments_of,
    weeks_after_start,
)
from treatments.cadence import REVIEW, TREATMENT, Key, Window, rules_of, windows


def test_the_svf_combination_is_reviewed_at_month_one_and_within_months_six_to_eight():
    review = {"kind": REVIEW, "booking": "when_due", "anchor": "first", "session_type_id": 2}
    steps = [
        a_first_step(),
        a_step(interval_months=1, earlier_days=3, later_days=4, **review),
        a_step(interval_months=7, earlier_months=1, later_months=1, **review),
    ]

    found = windows(
        rules=rules_of(steps=steps, session_count=1),
        starts_on=STARTS_ON,
        happened={Key(TREATMENT, 1): date(2027, 1, 31)},
    )

    assert found[Key(REVIEW, 1)] == Window(date(2027, 2, 25), date(2027, 2, 28), date(2027, 3, 4))
    assert found[Key(REVIEW, 2)] == Window(date(2027, 7, 31), date(2027, 8, 31), date(2027, 9, 30))


def test_a_review_that_is_booked_when_due_is_not_booked_with_the_course():
    steps = [a_first_step(), a_step(kind=REVIEW, booking="when_due", anchor="first", interval_months=1)]

    rules = rules_of(steps=steps, session_count=1)

    assert [rule.is_booked_with_course for rule in rules] == [True, False]


def test_three_to_five_sessions_a_month_apart():
    steps = [a_first_step(), a_step(repeats=True, interval_months=1, earlier_days=5, later_days=7)]

    found = targets(steps, session_count=5, starts_on=date(2027, 1, 15))

    assert found == [date(2027, month, 15) for month in range(1, 6)]


def test_three_monthly_sessions_and_a_booster_three_months_later():
    steps = [a_first_step(), a_step(repeats=True, interval_months=1), a_step(interval_months=3)]

    found = targets(steps, session_count=4, starts_on=date(2027, 1, 15))

    assert found == [date(2027, month, 15) for month in (1, 2, 3, 6)]


def test_a_longer_course_with_a_booster_keeps_the_booster_last():
    steps = [a_first_step(), a_step(repeats=True, interval_months=1), a_step(interval_months=3)]

    found = targets(steps, session_count=6, starts_on=date(2027, 1, 15))

    assert found == [date(2027, month, 15) for month in (1, 2, 3, 4, 5, 8)]


def weekly_steps(anchor: str) -> list[Written]:
    """Weeks 0, 1, 2, 3, 5, 7, 11, counted from the session before or from the first."""
    weeks = {"previous": (1, 1, 1, 2, 2, 4), "first": (1, 2, 3, 5, 7, 11)}[anchor]
    return [a_first_step(), *(a_step(anchor=anchor, interval_days=7 * n, later_days=3) for n in weeks)]


def test_weeks_0_1_2_3_5_7_11_counted_from_the_session_before():
    found = targets(weekly_steps("previous"), session_count=7)

    assert weeks_after_start(found) == [0, 1, 2, 3, 5, 7, 11]


def test_weeks_0_1_2_3_5_7_11_counted_from_the_first_session():
    late = {Key(TREATMENT, 1): STARTS_ON, Key(TREATMENT, 2): STARTS_ON + timedelta(days=10)}

    found = targets(weekly_steps("first"), session_count=7, happened=late)

    assert weeks_after_start(found)[2:] == [2, 3, 5, 7, 11]


def test_steps_beyond_the_prescribed_number_are_left_out():
    found = targets(weekly_steps("previous"), session_count=4)

    assert weeks_after_start(found) == [0, 1, 2, 3]


def test_a_course_without_a_repeating_step_goes_on_at_its_last_distance():
    from_previous = targets(weekly_steps("previous"), session_count=9)
    from_first = targets(weekly_steps("first"), session_count=9)

    assert weeks_after_start(from_previous)[6:] == [11, 15, 19]
    assert weeks_after_start(from_first)[6:] == [11, 15, 19]


def test_a_single_session_prescribed_twice_puts_the_second_after_the_first():
    rules = rules_of(steps=[a_first_step()], session_count=2)

    found = windows(rules=rules, starts_on=STARTS_ON, happened={Key(TREATMENT, 1): date(2027, 2, 1)})

    assert found[Key(TREATMENT, 2)] == Window(date(2027, 2, 1), date(2027, 2, 1), date(2027, 3, 15))


def test_twelve_weekly_sessions_and_a_review_at_week_eighteen():
    steps = [
        a_first_step(),
        a_step(repeats=True, interval_days=7, earlier_days=1, later_days=2),
        a_step(kind=REVIEW, anchor="first", interval_days=18 * 7, earlier_days=7, later_days=7),
    ]

    found = windows(rules=rules_of(steps=steps, session_count=12), starts_on=STARTS_ON)

    assert found[Key(TREATMENT, 12)].target == STARTS_ON + timedelta(weeks=11)
    assert found[Key(REVIEW, 1)].target == STARTS_ON + timedelta(weeks=18)


def test_a_review_after_the_last_session_moves_when_the_course_is_extended():
    steps = [*a_fortnightly_course(), a_step(kind=REVIEW, anchor="last", interval_months=1)]

    four, six = (windows(rules=rules_of(steps=steps, session_count=n), starts_on=STARTS_ON) for n in (4, 6))

    assert four[Key(REVIEW, 1)].target == date(2027, 3, 15)
    assert six[Key(REVIEW, 1)].target == date(2027, 4, 15)


def test_a_second_review_counts_from_the_first_one():
    steps = [
        a_first_step(),
        a_step(kind=REVIEW, interval_months=1),
        a_step(kind=REVIEW, interval_months=5),
    ]
    happened = {Key(TREATMENT, 1): date(2027, 1, 4), Key(REVIEW, 1): date(2027, 2, 10)}

    found = windows(rules=rules_of(steps=steps, session_count=1), starts_on=STARTS_ON, happened=happened)

    assert found[Key(REVIEW, 2)].target == date(2027, 7, 10)


def test_maintenance_is_every_six_months():
    steps = [a_first_step(), a_step(repeats=True, interval_months=6, earlier_months=1, later_months=1)]

    found = treatments_of(steps, session_count=3, starts_on=date(2027, 8, 31))

    assert [window.target for window in found] == [date(2027, 8, 31), date(2028, 2, 29), date(2028, 8, 29)]
    assert found[1].earliest == date(2028, 1, 31)


def test_a_course_of_one_repeating_step_begins_at_its_start_and_not_before():
    steps = [a_step(repeats=True, interval_days=7, earlier_days=3, later_days=3)]

    found = treatments_of(steps, session_count=3)

    assert found[0] == Window(STARTS_ON, STARTS_ON, date(2027, 1, 7))
    assert weeks_after_start([window.target for window in found]) == [0, 1, 2]


def test_a_step_that_repeats_from_the_first_session_does_not_stand_still():
    steps = [a_first_step(), a_step(anchor="first", repeats=True, interval_days=14)]

    found = targets(steps, session_count=4)

    assert weeks_after_start(found) == [0, 2, 4, 6]


def test_a_short_course_leaves_out_the_repeating_step_before_the_booster():
    steps = [a_first_step(), a_step(repeats=True, interval_months=1), a_step(interval_months=3)]

    assert len(rules_of(steps=steps, session_count=1)) == 1
    assert targets(steps, session_count=2, starts_on=date(2027, 1, 15)) == [
        date(2027, 1, 15),
        date(2027, 4, 15),
    ]
