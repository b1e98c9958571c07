"""Leave that is undone never was: its hours are open, what was swapped is back, what was held is held."""

from datetime import timedelta

import pytest

from clinic.hours.absences import end_leave
from clinic.models import Leave
from scheduling.booking.single_session import SingleSession, book_session
from scheduling.diaries.integrity import flaws
from scheduling.models import CourseAct, CourseActKind, Hold, Session
from scheduling.undoing.as_left import UndoOver
from tests.support.acts.absences import TUESDAY, a_session, at, leave_of
from tests.support.acts.holds import a_hold
from tests.support.acts.waits import an_offer
from tests.support.cast import NOW
from tests.support.undoing.picture import last_act, picture, undone

pytestmark = pytest.mark.django_db

LATER = NOW + timedelta(minutes=5)


def test_a_swap_is_back_where_it_was(world):
    session = a_session(world, "10:00")
    room = next(room for room in world.treatment_rooms if room.name in {p["name"] for p in session.cast})
    before = picture()
    entered = leave_of(world, room, swap=True)
    assert entered.cleared.swapped

    undone(world, now=LATER)

    assert picture() == before
    assert list(flaws()) == []


def entered() -> list[CourseAct]:
    """The acts that entered leave, the last one first."""
    return list(CourseAct.objects.filter(kind=CourseActKind.LEAVE).order_by("-pk"))


def test_what_was_held_is_held_again_until_it_was_to_run_out(world):
    hold = a_hold(world=world)
    before = picture()
    for doctor in world.doctors:
        leave_of(world, doctor)
    assert not Hold.objects.standing().exists()

    for act in entered():
        undone(world, act, now=LATER)

    assert picture() == before
    assert Hold.objects.standing().get() == hold
    assert list(flaws()) == []


def test_an_offer_whose_time_was_in_the_way_has_it_again(world):
    an_offer(world=world)
    before = picture()
    for doctor in world.doctors:
        leave_of(world, doctor)
    assert not Session.objects.exclude(stands_for=None).exists()

    for act in entered():
        undone(world, act, now=LATER)

    assert picture() == before
    assert list(flaws()) == []


def test_its_hours_can_be_booked_again(world):
    leave_of(world, world.doctors[0], starts=at("00:00"), ends=at("00:00", TUESDAY + timedelta(days=1)))

    undone(world, now=LATER)

    kind = world.session_types["consultation"]
    wanted = SingleSession(world.patient, kind, at("11:00"), practitioner=world.doctors[0])
    assert book_session(wanted=wanted, by=world.reception, now=LATER).lead == world.doctors[0].name
    assert not Leave.objects.exists()


def test_leave_that_was_changed_since_is_not_undone(world):
    leave = leave_of(world, world.doctors[0]).absence
    assert isinstance(leave, Leave)
    end_leave(leave=leave, at=at("12:00"), by=world.owner, now=LATER)

    with pytest.raises(UndoOver):
        undone(world, now=LATER)

    assert Leave.objects.get().ends_at == at("12:00")


def test_leave_that_was_taken_back_since_is_not_undone(world):
    leave = leave_of(world, world.doctors[0]).absence
    assert isinstance(leave, Leave)
    end_leave(leave=leave, at=leave.starts_at, by=world.owner, now=LATER)

    with pytest.raises(UndoOver):
        undone(world, last_act(), now=LATER)
