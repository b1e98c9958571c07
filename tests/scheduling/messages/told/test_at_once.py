"""Reminders and offers where the patient knows of a booking or an offer, by whoever made it."""

from datetime import timedelta

import pytest

from clinic.models import Clinic, Patient
from scheduling.booking.single_session import SingleSession, book_session
from scheduling.messages.sending import send_due
from scheduling.models import Message, MessageState, Telling
from scheduling.waitlist.offers import offer_freed
from tests.support.acts.courses import times_of
from tests.support.acts.telling import (
    a_lone_session,
    calls,
    move_and_tell,
)
from tests.support.acts.waits import free, one_waits
from tests.support.cast import NOW

# Some sessions are rows without claims here.
pytestmark = [pytest.mark.django_db, pytest.mark.damages_diaries]

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
WAIT = timedelta(minutes=3)
KNOWN, SILENT, BY_MAIL = Telling.KNOWN, Telling.SILENT, Telling.BY_MAIL


@pytest.mark.parametrize("told", [KNOWN, SILENT])
def test_a_reminder_that_waits_for_a_call_goes_with_the_time_that_the_patient_knows_is_off(told):
    session = a_lone_session()
    Message.objects.update(state=MessageState.CALL, reason="refused")
    before = calls(session)

    move_and_tell(session, by=DAY, told=told)

    assert (before, calls(session)) == ([[session.pk]], [])


@pytest.mark.parametrize(
    ("told", "states"),
    [
        (BY_MAIL, [MessageState.CALL, MessageState.WAITING]),
        (KNOWN, [MessageState.VOID, MessageState.WAITING]),
        (SILENT, [MessageState.WAITING]),
    ],
)
def test_who_books_for_tomorrow_on_the_phone_is_not_called_about_it_where_reminders_are_phoned(
    world, told, states
):
    Clinic.objects.update(phones_reminders=True)
    Patient.objects.update(email="")
    session = booked_for_tomorrow(world, told)

    send_due(now=NOW)

    rows = Message.objects.filter(session=session, kind="reminder").order_by("due_at")
    assert [row.state for row in rows] == states
    assert len(calls(session)) == states.count(MessageState.CALL)


@pytest.mark.parametrize(("told", "mails"), [(BY_MAIL, 1), (KNOWN, 1), (SILENT, 0)])
def test_a_late_booking_is_confirmed_by_one_mail_unless_none_is_to_go(world, told, mails, mailoutbox):
    booked_for_tomorrow(world, told)

    send_due(now=NOW)

    assert len(mailoutbox) == mails


def test_a_reminder_in_its_own_time_is_phoned_though_the_booking_was_known(world):
    Clinic.objects.update(phones_reminders=True)
    Patient.objects.update(email="")
    session = booked_for_tomorrow(world, KNOWN)
    times = times_of(session)

    send_due(now=times.starts_at - 3 * HOUR)

    assert calls(session, now=times.starts_at - 3 * HOUR) == [[session.pk]]


def booked_for_tomorrow(world, told):
    """The long reminder would be due at once, the short one in its time."""
    kind = world.session_types["consultation"]
    wanted = SingleSession(world.patient, kind, NOW + DAY + 4 * HOUR, told=told)
    return book_session(wanted=wanted, by=world.reception, now=NOW)


@pytest.mark.parametrize(
    ("told", "state"), [(BY_MAIL, MessageState.CALL), (KNOWN, MessageState.VOID), (SILENT, None)]
)
def test_an_offer_made_on_the_phone_is_no_call_and_its_clock_runs(world, told, state):
    Clinic.objects.update(phone_offer_minutes=60, offer_minutes=120)
    Patient.objects.update(email="")
    one_waits(world)

    offer = offer_freed(free=free(world), told=told, by=world.reception, now=NOW)
    send_due(now=NOW)

    assert offer is not None
    assert offer.expires_at == NOW + (HOUR if told is BY_MAIL else 2 * HOUR)
    assert Message.objects.filter(kind="offer").values_list("state", flat=True).first() == state


@pytest.mark.parametrize("told", [KNOWN, SILENT])
def test_an_offer_that_is_known_is_mailed_unless_no_mail_is_to_go(world, told, mailoutbox):
    one_waits(world)

    offer_freed(free=free(world), told=told, by=world.reception, now=NOW)
    send_due(now=NOW)

    assert len(mailoutbox) == (told is KNOWN)
