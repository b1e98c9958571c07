"""Rivals while a day is pushed: nothing is taken twice, nothing is pushed half."""

from datetime import datetime, timedelta

import pytest

from clinic.hours.rota import NewLeave, grant_leave
from clinic.models import Change, Resource
from scheduling.booking.single_session import SingleSession, book_session
from scheduling.disruption.delay_preview import Delay
from scheduling.disruption.delays import Agreed, preview_delay, push_day
from scheduling.models import Session
from tests.support.acts.delays import LATE, at
from tests.support.builders import a_patient
from tests.support.cast import AMSTERDAM, NOW
from tests.support.database.rivals import Act, outcomes
from tests.support.worlds import World, a_course_world

pytestmark = [pytest.mark.slow, pytest.mark.django_db(transaction=True)]

RIVALS = 6


def booking(world: World, starts_at: datetime, *, doctor: Resource | None = None) -> Act:
    session = SingleSession(
        patient=a_patient(clinic=world.clinic, family_name="Rival"),
        session_type=world.session_types["consultation"],
        starts_at=starts_at,
        practitioner=doctor or world.doctors[0],
    )
    return lambda: book_session(wanted=session, by=world.reception, now=NOW)


def pushing(world: World, minutes: int = 20, *, doctor: Resource | None = None) -> Act:
    delay = Delay(doctor or world.doctors[0], minutes)
    found = preview_delay(delay=delay, by=world.reception, now=LATE)
    agreed = Agreed({push.session.uuid: push.session.version for push in found})
    return lambda: push_day(delay=delay, agreed=agreed, by=world.reception, now=LATE)


def starts() -> list[str]:
    rows = Session.objects.exclude(starts_at=None).order_by("starts_at", "pk")
    return [f"{row.starts_at.astimezone(AMSTERDAM):%H:%M}" for row in rows if row.starts_at]


def assert_numbered_once() -> None:
    numbers = list(Change.objects.order_by("number").values_list("number", flat=True))
    assert numbers == list(range(1, len(numbers) + 1))


def test_of_a_push_and_bookings_into_the_time_it_wants_one_has_it():
    world = a_course_world()
    booking(world, at(10, 30))()
    push = pushing(world)

    said = outcomes([push, *[booking(world, at(11)) for _ in range(RIVALS)]])

    pushed, booked = said[0], said[1:]
    # Whoever comes first: the day is pushed, or it has one session more than was looked at.
    assert pushed in ("done", "day_changed", "time_taken")
    if pushed == "done":
        assert starts() == ["10:50"]
        assert booked == ["time_taken"] * RIVALS
    else:
        assert starts() == ["10:30", "11:00"]
        assert sorted(booked) == ["done", *["time_taken"] * (RIVALS - 1)]
    assert_numbered_once()


def test_a_day_pushed_by_many_at_once_is_pushed_once():
    world = a_course_world()
    for hour in (11, 13, 15):
        booking(world, at(hour))()

    said = outcomes([pushing(world) for _ in range(RIVALS)])

    assert sorted(said) == [*["day_changed"] * (RIVALS - 1), "done"]
    assert starts() == ["11:20", "13:20", "15:20"]
    assert_numbered_once()


def test_days_that_share_rooms_and_patients_are_pushed_without_a_deadlock():
    world = a_course_world()
    for hour in (11, 13, 15):
        for doctor in world.doctors:
            booking(world, at(hour), doctor=doctor)()

    said = outcomes([pushing(world, doctor=doctor) for doctor in world.doctors] * 3)

    assert sorted(said) == [*["day_changed"] * 4, "done", "done"]
    assert starts() == ["11:20", "11:20", "13:20", "13:20", "15:20", "15:20"]
    assert_numbered_once()


def test_leave_entered_meanwhile_stops_the_push_or_comes_after_it():
    world = a_course_world()
    booking(world, at(11))()
    new = NewLeave(world.doctors[0], at(11, 30), at(11, 30) + timedelta(hours=2))

    said = outcomes([pushing(world), lambda: grant_leave(new=new, by=world.owner, now=NOW)])

    assert said[0] in ("done", "outside_hours")
    assert starts() == (["11:20"] if said[0] == "done" else ["11:00"])
