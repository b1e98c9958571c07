"""Nobody is reminded of a session that cannot take place: it waits, and in the end a person calls."""

from datetime import date, timedelta

import pytest
from django.urls import reverse

from clinic.hours.absences import grant_asked_leave, reopen
from clinic.hours.rota import NewLeave
from clinic.models import DayHours, Leave, Patient, Resource, ResourceKind
from scheduling.messages.call_list import call_list
from scheduling.messages.sending import send_due
from scheduling.models import Message, MessageState, Reason
from tests.support.acts.absences import a_session, at, closed, leave_of, served
from tests.support.acts.courses import times_of
from tests.support.acts.moves import move
from tests.support.cast import NOW, OVER
from tests.support.desk import reception

pytestmark = pytest.mark.django_db

# Its reminders are due on Wednesday at 10:00 and on the day at 11:00.
THAT_DAY = date(2027, 1, 8)
LONG_DUE, SHORT_DUE = at("10:00", date(2027, 1, 6)), at("11:00", THAT_DAY)
QUARTER = timedelta(minutes=15)


@pytest.fixture
def session(world):
    return a_session(world, "14:00", on=THAT_DAY, patient=world.patient)


def shut(world):
    return closed(world, starts=at("13:00", THAT_DAY), ends=at("18:00", THAT_DAY))


def doctor_leaves(world, session):
    leave_of(world, served(session, "doctor"), starts=at("12:00", THAT_DAY))


def leave_is_granted(world, session):
    doctor = served(session, "doctor")
    new = NewLeave(doctor, at("12:00", THAT_DAY), None)
    leave = Leave.objects.create(
        clinic=world.clinic,
        resource=doctor,
        starts_at=new.starts_at,
        ends_at=None,
        state="asked",
        changed_at=NOW,
    )
    grant_asked_leave(leave=leave, by=world.owner, now=NOW)


def room_is_retired(world, session):
    rooms = Resource.objects.filter(kind=ResourceKind.ROOM, diary__claims__session=session)
    assert rooms.update(valid_until=OVER)


def site_closes_earlier(world, session):
    DayHours.objects.create(
        clinic=world.clinic,
        site=world.site,
        on=THAT_DAY,
        opens=at("09:00").time(),
        closes=at("14:05").time(),
        changed_at=NOW,
    )


def site_is_given_up(world, session):
    world.site.valid_until = OVER
    world.site.save()


WAYS = [
    lambda world, session: shut(world),
    doctor_leaves,
    leave_is_granted,
    room_is_retired,
    site_closes_earlier,
    site_is_given_up,
]


def long_one(session) -> Message:
    return Message.objects.filter(session=session).earliest("pk")


@pytest.mark.parametrize("strand", WAYS)
def test_a_session_that_cannot_take_place_is_not_reminded_of(world, session, strand, mailoutbox):
    strand(world, session)

    posting = send_due(now=LONG_DUE)

    assert (posting.waiting, mailoutbox) == (1, [])
    assert (long_one(session).state, long_one(session).reason) == (MessageState.WAITING, Reason.CANNOT_HAPPEN)


def test_one_looks_again_each_quarter_of_an_hour_and_reminds_once_it_can(world, session, mailoutbox):
    closure = shut(world).absence
    send_due(now=LONG_DUE)
    reopen(closure=closure, at=closure.starts_at, by=world.owner, now=LONG_DUE)

    assert send_due(now=LONG_DUE + QUARTER - timedelta(seconds=1)).found == 0
    assert send_due(now=LONG_DUE + QUARTER).sent == 1
    assert long_one(session).reason == ""


def test_one_that_is_moved_meanwhile_is_reminded_of_where_it_is(world, session, mailoutbox):
    shut(world)
    send_due(now=LONG_DUE)
    move(world, session, days=3, now=LONG_DUE + timedelta(minutes=1))

    sent = [send_due(now=LONG_DUE + n * QUARTER).sent for n in range(1, 4)]

    assert long_one(session).state == MessageState.VOID
    assert call_list(by=world.reception, now=LONG_DUE + QUARTER) == []
    assert sum(sent) == 1


def test_when_no_quarter_is_left_it_is_a_call_until_the_session_would_begin(world, session, mailoutbox):
    shut(world)
    now = LONG_DUE
    while now < SHORT_DUE:
        send_due(now=now)
        now += QUARTER

    [call] = call_list(by=world.reception, now=SHORT_DUE + timedelta(hours=2))

    assert (call.message.reason, mailoutbox) == (Reason.CANNOT_HAPPEN, [])
    assert call_list(by=world.reception, now=times_of(session).starts_at) == []


def test_a_closure_on_the_day_itself_is_a_call_an_hour_before(world, session, mailoutbox):
    send_due(now=LONG_DUE)
    shut(world)
    send_due(now=SHORT_DUE)
    before = call_list(by=world.reception, now=SHORT_DUE)

    now = SHORT_DUE
    while now < at("13:00", THAT_DAY):
        send_due(now=now)
        now += QUARTER

    assert (before, len(mailoutbox)) == ([], 1)
    assert [one.sessions for one in call_list(by=world.reception, now=now)] == [(session,)]


def test_who_wants_no_mail_must_not_come_in_vain_either(world, session):
    Patient.objects.update(message_consent="no")
    shut(world)

    send_due(now=SHORT_DUE - QUARTER)

    assert (long_one(session).state, long_one(session).reason) == (MessageState.CALL, Reason.CANNOT_HAPPEN)


def test_nobody_looked_until_it_was_too_late_to_be_of_use_and_it_is_a_call_all_the_same(world, session):
    shut(world)
    send_due(now=LONG_DUE)

    send_due(now=SHORT_DUE)

    assert (long_one(session).state, long_one(session).reason) == (MessageState.CALL, Reason.CANNOT_HAPPEN)


def test_nobody_is_called_about_what_could_take_place_again_while_nobody_looked(world, session):
    closure = shut(world).absence
    send_due(now=LONG_DUE)
    reopen(closure=closure, at=closure.starts_at, by=world.owner, now=LONG_DUE)

    posting = send_due(now=SHORT_DUE)

    assert (long_one(session).state, long_one(session).reason) == (MessageState.TOO_LATE, Reason.TOO_LATE)
    assert (posting.sent, posting.too_late) == (1, 1)


def test_the_page_says_why_it_waits_and_the_call_list_why_one_calls(world, session):
    shut(world)
    send_due(now=LONG_DUE)
    waits = reception(world, now=LONG_DUE).get(reverse("session", args=[session.uuid])).text
    send_due(now=SHORT_DUE)
    called = reception(world, now=SHORT_DUE).get("/calls/").text

    assert "waiting: It cannot take place as it is booked." in waits
    assert "It cannot take place as it is booked." in called
