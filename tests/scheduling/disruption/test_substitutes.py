"""Sessions in the way of an absence keep their minutes: an equal room, device or person stands in."""

from datetime import timedelta

import pytest

from clinic.models import AuditEntry, Leave
from scheduling.course_changes.cancel import Ending, cancel_session
from scheduling.disruption.absences import swap_all
from scheduling.disruption.substitutes import SwapBlocker, Wanted, away_of, swaps_for
from scheduling.messages.payload import news_of
from scheduling.models import Claim, Message, MessageKind, Session
from tests.support.acts.absences import TUESDAY, a_session, at, leave_of, served, told
from tests.support.acts.courses import a_booked_course, everything_written
from tests.support.cast import NOW
from tests.support.database.log import logged
from treatments.models import Plan

pytestmark = pytest.mark.django_db


def test_a_broken_room_is_swapped_for_an_equal_one_and_no_patient_hears_of_it(world):
    sessions = [a_session(world, clock) for clock in ("10:00", "10:30", "11:00")]
    room = served(sessions[0], "treatment-room")
    mine = [session for session in sessions if served(session, "treatment-room") == room]
    messages = Message.objects.count()

    entered = leave_of(world, room, swap=True)

    assert entered.cleared.in_the_way == ()
    assert [one.session.pk for one in entered.cleared.swapped] == [session.pk for session in mine]
    assert all(served(session, "treatment-room") != room for session in mine)
    assert Message.objects.count() == messages
    assert set(Session.objects.values_list("sequence", flat=True)) == {0}
    assert {Session.objects.get(pk=session.pk).version for session in mine} == {mine[0].version + 1}


def test_the_answer_names_who_served_and_who_serves(world):
    session = a_session(world, "10:00")
    room = served(session, "treatment-room")

    [swapped] = leave_of(world, room, swap=True).cleared.swapped

    [change] = swapped.changes
    assert (change.role, change.before) == ("treatment-room", room.name)
    assert change.after == served(session, "treatment-room").name
    assert not swapped.is_noticed


def test_a_swap_stands_in_the_change_log_and_in_the_trail_and_the_plan_keeps_its_version(world):
    [first, *_] = a_booked_course(world=world)
    room = served(first, "treatment-room")
    version = Plan.objects.get().version

    with logged(world.clinic) as written:
        entered = leave_of(world, room, ends=at("00:00", TUESDAY + timedelta(days=1)), swap=True)

    [leave] = Leave.objects.all()
    swapped = {one.session.uuid for one in entered.cleared.swapped}
    assert {change.object_uuid for change in written} == {leave.uuid, *swapped}
    assert swapped == set(AuditEntry.objects.filter(act="reseated_visit").values_list("about", flat=True))
    assert Plan.objects.get().version == version


def test_what_finds_nothing_equal_is_left_to_be_moved(world):
    together = [a_session(world, "10:00", practitioner=doctor) for doctor in world.doctors]
    for room in world.treatment_rooms:
        if room not in {served(session, "treatment-room") for session in together}:
            leave_of(world, room)

    entered = leave_of(world, served(together[0], "treatment-room"), swap=True)

    assert told(entered.cleared.in_the_way) == {together[0].pk: "none_free"}
    assert entered.cleared.swapped == ()


def test_others_change_seats_if_that_makes_room(world):
    """Two rooms are left, each with a half of the hour free: one short session moves for the long one."""
    long = a_session(world, "10:00", "consultation", practitioner=world.doctors[0])
    early = a_session(world, "10:00", "review")
    other = next(
        room
        for room in world.treatment_rooms
        if room not in (served(long, "treatment-room"), served(early, "treatment-room"))
    )
    a_session(world, "10:15", "review", patient=early.patient)
    late = Session.objects.latest("pk")
    if served(late, "treatment-room") != other:
        leave_of(world, served(early, "treatment-room"), starts=at("10:10"), ends=at("10:30"), swap=True)
        Leave.objects.all().delete()
    assert {served(session, "treatment-room") for session in (long, early, late)} == set(
        world.treatment_rooms
    )

    entered = leave_of(world, served(long, "treatment-room"), swap=True)

    assert [one.session.pk for one in entered.cleared.swapped] == [long.pk]
    assert served(early, "treatment-room") == served(late, "treatment-room") != served(long, "treatment-room")


def test_a_pinned_session_is_swapped_only_when_ticked(world):
    session = a_session(world, "10:00")
    Session.objects.update(is_pinned=True)
    room = served(session, "treatment-room")
    entered = leave_of(world, room, swap=True)
    assert told(entered.cleared.in_the_way) == {session.pk: "pinned"}
    assert isinstance(entered.absence, Leave)

    cleared = swap_all(leave=entered.absence, also_practitioners=True, by=world.reception, now=NOW)

    assert [one.is_noticed for one in cleared.swapped] == [False]
    assert served(session, "treatment-room") != room


def test_another_doctor_comes_only_when_ticked_and_each_patient_gets_one_message(world):
    [_today, *sessions] = a_booked_course(world=world)
    doctor = served(sessions[0], "doctor")
    mine = [session for session in sessions if served(session, "doctor") == doctor]
    entered = leave_of(world, doctor, swap=True)
    assert told(entered.cleared.in_the_way) == {session.pk: "treats_patient" for session in mine}
    assert isinstance(entered.absence, Leave)
    version = Plan.objects.get().version

    cleared = swap_all(leave=entered.absence, also_practitioners=True, by=world.reception, now=NOW)

    assert {one.session.pk for one in cleared.swapped if one.is_noticed} == {session.pk for session in mine}
    assert all(served(session, "doctor") != doctor for session in mine)
    [notice] = news_of(messages=[Message.objects.get(kind=MessageKind.NOTICE)], now=NOW)
    assert notice.message.patient == world.patient
    assert len(notice.sessions) == len(mine)
    assert Plan.objects.get().version == version + 1
    assert set(Session.objects.values_list("sequence", flat=True)) == {0}


def test_one_whom_the_patient_asked_for_is_asked_for_no_more_after_a_swap(world):
    session = a_session(world, "10:00", practitioner=world.doctors[0])
    entered = leave_of(world, world.doctors[0])
    assert isinstance(entered.absence, Leave)

    swap_all(leave=entered.absence, also_practitioners=True, by=world.reception, now=NOW)

    assert served(session, "doctor") == world.doctors[1]
    assert not Claim.objects.filter(asked_for=True).exists()


def test_swapping_twice_is_harmless(world):
    a_session(world, "10:00", practitioner=world.doctors[0])
    entered = leave_of(world, world.doctors[0])
    assert isinstance(entered.absence, Leave)
    swap_all(leave=entered.absence, also_practitioners=True, by=world.reception, now=NOW)
    before = everything_written()

    cleared = swap_all(leave=entered.absence, also_practitioners=True, by=world.reception, now=NOW)

    assert (cleared.in_the_way, cleared.swapped) == ((), ())
    assert everything_written() == before


def test_a_session_that_was_cancelled_since_it_was_found_in_the_way_is_not_swapped(world):
    session = a_session(world, "10:00")
    leave = leave_of(world, world.treatment_rooms[0]).absence
    assert isinstance(leave, Leave)
    cancel_session(session=session, ending=Ending(reason="Flu"), by=world.reception, now=NOW)

    found = swaps_for(sessions=[session], wanted=Wanted(away_of(leave), NOW))

    assert (found.moves, found.left) == ([], {session.pk: SwapBlocker.CHANGED})
