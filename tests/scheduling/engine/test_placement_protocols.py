"""Every protocol that the engine must carry is placed whole: fresh, in mid-course, and longer than it was."""

from collections.abc import Mapping
from datetime import date, timedelta

import pytest

from scheduling.engine.placement import (
    Calendar,
    Course,
    Option,
    Placeable,
    Weights,
    best_calendar,
    windows_of,
)
from tests.support.treatments.steps import STARTS_ON, Written, a_first_step, a_fortnightly_course, a_step
from treatments.cadence import TREATMENT, Key, Rule, rules_of

TWO_YEARS = 730
FIRST = STARTS_ON.toordinal()


def in_weeks(*gaps: int, anchor: str = "previous") -> list[Written]:
    steps = [a_step(anchor=anchor, interval_days=7 * gap, earlier_days=1, later_days=3) for gap in gaps]
    return [a_first_step(), *steps]


PROTOCOLS: dict[str, tuple[list[Written], int]] = {
    "four to six a fortnight apart": (a_fortnightly_course(), 6),
    "one session": ([a_first_step()], 1),
    "three to five a month apart": (
        [a_first_step(), a_step(repeats=True, interval_months=1, earlier_days=5, later_days=7)],
        5,
    ),
    "three monthly and a booster": (
        [
            a_first_step(),
            a_step(repeats=True, interval_months=1, earlier_days=3, later_days=3),
            a_step(interval_months=3, earlier_days=7, later_days=14),
        ],
        4,
    ),
    "weeks 0 1 2 3 5 7 11 from the session before": (in_weeks(1, 1, 1, 2, 2, 4), 7),
    "weeks 0 1 2 3 5 7 11 from the first": (in_weeks(1, 2, 3, 5, 7, 11, anchor="first"), 7),
    "twelve weekly": (
        [a_first_step(), a_step(repeats=True, interval_days=7, earlier_days=1, later_days=2)],
        12,
    ),
    "maintenance every six months": (
        [a_first_step(), a_step(repeats=True, interval_months=6, earlier_months=1, later_months=1)],
        3,
    ),
}


def placed(rules: list[Rule], *, done: Mapping[Key, date] | None = None) -> tuple[Course, Calendar]:
    """The sessions that are not done, on weekdays, and the clinic is shut every other Wednesday."""
    happened = {key: on.toordinal() for key, on in (done or {}).items()}
    open_on = {
        on: Option(on)
        for on in range(FIRST, FIRST + TWO_YEARS)
        if date.fromordinal(on).isoweekday() < 6 and on % 14 != 2
    }
    due = [rule for rule in rules if rule.key.kind == TREATMENT and rule.key not in happened]
    course = Course(
        tuple(Placeable(rule, open_on) for rule in due),
        known=happened,
        first=max([FIRST, *(on + 1 for on in happened.values())]),
        last=FIRST + TWO_YEARS,
    )
    calendar = best_calendar(course, Weights(rhythm=10, soonest=1))
    assert calendar is not None
    return course, calendar


def assert_in_rhythm(course: Course, calendar: Calendar) -> None:
    dates = [on for on, _ in calendar.days]
    assert dates == sorted(set(dates))
    for window, on in zip(windows_of(course, dates), dates, strict=True):
        assert window.holds(date.fromordinal(on))


@pytest.mark.parametrize("name", PROTOCOLS)
def test_a_fresh_course_is_placed_whole_in_its_rhythm(name):
    steps, count = PROTOCOLS[name]

    course, calendar = placed(rules_of(steps=steps, session_count=count))

    assert len(calendar.days) == count
    assert_in_rhythm(course, calendar)


@pytest.mark.parametrize("name", [name for name, (_, count) in PROTOCOLS.items() if count > 2])
def test_a_course_with_two_sessions_done_late_goes_on_from_them(name):
    steps, count = PROTOCOLS[name]
    rules = rules_of(steps=steps, session_count=count)
    second = rules[1].window(STARTS_ON).latest + timedelta(days=1)
    done = {Key(TREATMENT, 1): STARTS_ON, Key(TREATMENT, 2): second}

    course, calendar = placed(rules, done=done)

    assert len(calendar.days) == count - 2
    assert calendar.days[0][0] > second.toordinal()
    assert_in_rhythm(course, calendar)


@pytest.mark.parametrize("name", PROTOCOLS)
def test_a_course_that_is_made_two_sessions_longer_is_placed_too(name):
    steps, count = PROTOCOLS[name]

    course, calendar = placed(rules_of(steps=steps, session_count=count + 2))

    assert len(calendar.days) == count + 2
    assert_in_rhythm(course, calendar)
