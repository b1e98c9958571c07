"""What the checks of a small clinic find: a version untold, hours not freed, a reminder lost or too many."""

from dataclasses import replace
from datetime import datetime, timedelta
from types import SimpleNamespace
from typing import Any
from uuid import UUID, uuid4

import pytest

from clinic.models import Clinic, Site
from tests.support.cast import NOW
from tests.support.faults.pictures import Picture, Row
from tests.support.faults.told import not_freed, not_reminded, untold

ROW, OTHER = uuid4(), uuid4()
NOTHING = Picture()
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
STARTS = NOW + 9 * DAY + 2 * HOUR


def a_wait(version: int, **columns: Any) -> Picture:
    """The picture of a clinic where somebody waits."""
    row = {"uuid": ROW, "version": version, "state": "waiting"} | columns
    return Picture(shown={"Wait": {ROW: row}})


def logging(picture: Picture, *told: tuple[UUID, int]) -> Picture:
    return replace(picture, changes=dict(enumerate(told, start=1)))


def a_session(**columns: Any) -> Row:
    return {
        "id": 6,
        "uuid": ROW,
        "version": 2,
        "status": "booked",
        "site_id": 1,
        "starts_at": STARTS,
        "ends_at": STARTS + HOUR,
        "stands_for_id": None,
    } | columns


def holding(*sessions: Row) -> Picture:
    """Each with a claim while it is booked or held."""
    takes = {one["id"] for one in sessions if one["status"] in ("booked", "held")}
    return Picture(
        sessions={one["id"]: one for one in sessions},
        claims={key: frozenset({(9, 100, 112)}) for key in takes},
    )


def freeing(picture: Picture, *hours: tuple[datetime, datetime]) -> Picture:
    rows = enumerate(hours, start=1)
    return replace(
        picture, freed={key: {"site_id": 1, "starts_at": at, "ends_at": end} for key, (at, end) in rows}
    )


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (a_wait(2), logging(a_wait(3), (ROW, 3))),
        (a_wait(2), logging(a_wait(4), (ROW, 3), (ROW, 4))),
        (NOTHING, logging(a_wait(1), (ROW, 1))),
        (a_wait(2), logging(NOTHING, (ROW, 3))),
        (a_wait(2), a_wait(2)),
    ],
    ids=["written", "written twice", "new", "gone", "as it was"],
)
def test_a_version_that_is_told_once_is_in_order(before, after):
    assert list(untold(before, after)) == []


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (a_wait(2), a_wait(3)),
        (a_wait(2), logging(a_wait(4), (ROW, 4))),
        (NOTHING, a_wait(1)),
        (a_wait(2), NOTHING),
        (a_wait(2), a_wait(2, state="served")),
        (a_wait(2), logging(a_wait(2), (ROW, 2))),
        (a_wait(2), logging(a_wait(3), (ROW, 3), (ROW, 3))),
        (a_wait(2), logging(a_wait(3), (ROW, 3), (OTHER, 1))),
    ],
    ids=[
        "written, untold",
        "written twice, told once",
        "new, untold",
        "gone, untold",
        "written without a version",
        "told without a write",
        "told twice",
        "told of a row that never was",
    ],
)
def test_what_is_told_otherwise_is_found(before, after):
    assert list(untold(before, after))


def test_what_stands_for_a_session_nobody_is_told_of():
    assert not list(untold(holding(), holding(a_session(stands_for_id=5))))
    assert list(untold(holding(), holding(a_session())))


MOVED = a_session(starts_at=STARTS + DAY, ends_at=STARTS + DAY + HOUR)
CANCELLED = a_session(status="cancelled")
OPEN = {
    "uuid": ROW,
    "state": "open",
    "site_id": 1,
    "free_from": STARTS,
    "free_until": STARTS + HOUR,
}


def offering(state: str) -> Picture:
    return Picture(shown={"Offer": {ROW: OPEN | {"state": state}}})


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (holding(a_session()), holding(CANCELLED)),
        (holding(a_session()), holding(MOVED)),
        (holding(a_session()), holding()),
        (holding(a_session(status="held")), holding(a_session(status="due"))),
        (offering("open"), offering("declined")),
        (offering("open"), offering("expired")),
    ],
    ids=["cancelled", "moved", "gone", "no more held", "declined", "ran out"],
)
def test_hours_that_were_given_back_are_freed_and_once(before, after):
    hours = (STARTS, STARTS + HOUR)

    assert not list(not_freed(before, freeing(after, hours), now=NOW))
    assert list(not_freed(before, after, now=NOW))
    assert list(not_freed(before, freeing(after, hours, hours), now=NOW))
    assert list(not_freed(before, freeing(after, (STARTS + DAY, STARTS + DAY + HOUR)), now=NOW))


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (holding(a_session()), holding(a_session(desk_note="Late"))),
        (holding(a_session(status="held")), holding(a_session())),
        (holding(a_session(stands_for_id=5)), holding()),
        (holding(CANCELLED), holding(CANCELLED)),
        (holding(), holding(a_session())),
        (offering("open"), offering("accepted")),
    ],
    ids=["written", "booked as held", "stood for another", "long cancelled", "new", "accepted"],
)
def test_hours_that_nobody_gave_back_are_not_freed(before, after):
    assert not list(not_freed(before, after, now=NOW))
    assert list(not_freed(before, freeing(after, (STARTS, STARTS + HOUR)), now=NOW))


def test_hours_that_have_begun_are_nobodys_any_more():
    assert not list(not_freed(holding(a_session()), holding(CANCELLED), now=STARTS))


def test_what_waited_before_the_act_is_none_of_its_own():
    waits = freeing(holding(a_session()), (STARTS, STARTS + HOUR))

    assert not list(not_freed(waits, freeing(holding(a_session()), (STARTS, STARTS + HOUR)), now=NOW))


# Of a session in nine days at eleven: two days before at ten, and three hours before.
LONG = (STARTS.replace(hour=9, minute=0) - 2 * DAY, STARTS - 3 * HOUR)
SHORT = (STARTS - 3 * HOUR, STARTS)


def reminding(
    picture: Picture, *spans: tuple[datetime, datetime], state: str = "waiting", session: int = 6
) -> Picture:
    rows = {
        key: {"session_id": session, "state": state, "due_at": due_at, "useful_until": until}
        for key, (due_at, until) in enumerate(spans, start=len(picture.reminders) + 1)
    }
    return replace(picture, reminders={**picture.reminders, **rows})


# As much of a world as says when reminders are due.
WORLD: Any = SimpleNamespace(clinic=Clinic(), site=Site(zone="Europe/Amsterdam"))


def wrong(before: Picture, after: Picture, *, now: datetime = NOW) -> list[str]:
    return list(not_reminded(before, after, world=WORLD, now=now))


@pytest.mark.parametrize("before", [holding(), holding(a_session(status="due")), holding(MOVED)])
def test_a_session_that_got_its_time_has_both(before):
    assert not wrong(before, reminding(holding(a_session()), LONG, SHORT))


@pytest.mark.parametrize(
    "after",
    [
        holding(a_session()),
        reminding(holding(a_session()), LONG),
        reminding(holding(a_session()), SHORT),
        reminding(holding(a_session()), LONG, SHORT, state="void"),
        reminding(holding(a_session()), LONG, (SHORT[0] + HOUR, SHORT[1])),
        reminding(holding(a_session()), LONG, SHORT, (STARTS - HOUR, STARTS)),
        reminding(holding(a_session()), LONG, SHORT, (STARTS + DAY, STARTS + DAY + HOUR)),
        reminding(reminding(holding(a_session()), LONG, SHORT), LONG, state="sent"),
    ],
    ids=[
        "none",
        "no short one",
        "no long one",
        "void",
        "late",
        "two",
        "of another time",
        "sent, and again",
    ],
)
@pytest.mark.parametrize("before", [holding(), holding(a_session())], ids=["new", "as it was"])
def test_one_that_is_lost_or_one_too_many_is_found(before, after):
    assert wrong(before, after)


def test_what_has_gone_out_waits_no_more():
    sent = reminding(reminding(holding(a_session()), SHORT), LONG, state="sent")

    assert not wrong(holding(a_session()), sent, now=LONG[0] + HOUR)


def test_one_that_comes_late_goes_out_at_once_unless_the_time_is_told():
    now = LONG[0] + 5 * HOUR
    without = reminding(holding(a_session()), SHORT)
    late = reminding(without, (now, LONG[1]))

    assert not wrong(holding(), late, now=now)
    assert wrong(holding(), without, now=now)
    assert not wrong(holding(MOVED), without, now=now)
    assert wrong(holding(MOVED), late, now=now)


@pytest.mark.parametrize("status", ["cancelled", "due", "missed", "held"])
def test_what_takes_no_place_has_none(status):
    after = holding(a_session(status=status))

    assert not wrong(holding(a_session()), after)
    assert not wrong(holding(a_session()), reminding(after, SHORT, state="void"))
    assert wrong(holding(a_session()), reminding(after, SHORT))


def test_who_walked_in_and_has_no_time_has_none():
    here = holding(a_session(status="arrived", starts_at=None, ends_at=None))

    assert not wrong(here, here)
    assert wrong(here, reminding(here, SHORT))
