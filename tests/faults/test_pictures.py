"""What the picture of a clinic finds: a session that was given a time outside its window."""

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest

from tests.support.faults.pictures import Picture, outside_windows, placed_at_rest

TODAY = date(2027, 1, 15)
NOTHING = Picture()


def a_row(*, on: int, latest: int) -> dict[str, Any]:
    """The second session of a course, so many days from today; its window closes so many days from it."""
    return {
        "kind": "treatment",
        "number": 2,
        "attempt": 1,
        "id": 6,
        "plan_id": 2,
        "status": "booked",
        "local_date": TODAY + timedelta(days=on),
        "earliest_on": TODAY + timedelta(days=latest - 7),
        "target_on": TODAY + timedelta(days=latest - 4),
        "latest_on": TODAY + timedelta(days=latest),
        "waived": [],
        "starts_at": 10,
        "site_id": 1,
        "cast": ["Dr Osei"],
    }


def told(*, on: int, latest: int, before: dict[str, Any] | None = None, **otherwise: Any) -> bool:
    """Whether it is told of a session so many days from today; its window closes so many days from it.

    `before`: how the session differed before the act; without it there was none.
    """
    row = a_row(on=on, latest=latest) | otherwise
    was = NOTHING if before is None else replace(NOTHING, sessions={6: row | before})
    return list(outside_windows(was, replace(NOTHING, sessions={6: row}), today=TODAY)) != []


@pytest.mark.parametrize(("on", "latest"), [(4, 3), (1, 9), (9, 0), (9, -3)])
def test_a_time_outside_its_window_is_told(on, latest):
    assert told(on=on, latest=latest)


@pytest.mark.parametrize(("on", "latest"), [(3, 3), (2, 9), (0, 0), (1, 0), (8, 0), (0, -3), (8, -3)])
def test_a_time_in_its_window_or_in_the_week_for_which_it_opens_anew_is_not_told(on, latest):
    assert not told(on=on, latest=latest)


def test_a_time_outside_its_window_that_somebody_set_aside_is_not_told():
    assert not told(on=4, latest=3, waived=[{"code": "outside_window"}])


@pytest.mark.parametrize(
    "before", [{"starts_at": 9}, {"starts_at": 11}, {"starts_at": 9, "cast": ["Dr Lindqvist"]}]
)
def test_a_session_that_stood_outside_and_comes_at_another_hour_of_that_day_is_not_told(before):
    assert not told(on=4, latest=3, before=before)


@pytest.mark.parametrize(
    "before",
    [
        {"starts_at": 9, "local_date": TODAY + timedelta(days=3)},
        {"starts_at": 9, "status": "held"},
        {"starts_at": 9, "latest_on": TODAY + timedelta(days=5)},
    ],
)
def test_a_session_that_an_act_puts_outside_is_told(before):
    assert told(on=4, latest=3, before=before)


@pytest.mark.parametrize(("before", "is_told"), [({"starts_at": 9}, False), ({"local_date": TODAY}, True)])
def test_what_is_booked_in_a_stopped_course_may_be_delayed_and_gets_no_other_date(before, is_told):
    row = a_row(on=4, latest=9)
    was = replace(NOTHING, sessions={6: row | {"starts_at": 9} | before}, plans={2: {"state": "stopped"}})

    found = list(placed_at_rest(was, replace(NOTHING, sessions={6: row})))

    assert bool(found) is is_told
