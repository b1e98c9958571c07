"""A single session that was booked by mistake is cancelled, and whoever made room for it is back."""

from datetime import date

import pytest

from scheduling.booking.single_session import SingleSession, book_session
from scheduling.diaries.integrity import flaws
from scheduling.messages.payload import told_in
from scheduling.messages.sending import send_due
from scheduling.models import Message, MessageState, Session
from tests.support.acts.absences import a_session, at
from tests.support.acts.attendance import S, again, claims_of
from tests.support.acts.courses import away
from tests.support.acts.telling import notices_of
from tests.support.builders import a_patient, a_practitioner
from tests.support.cast import NOW
from tests.support.undoing.picture import picture, undone
from tests.support.worlds import World

pytestmark = pytest.mark.django_db

TUESDAY = date(2027, 1, 5)


def booked(world: World, clock: str) -> Session:
    kind = world.session_types["consultation"]
    return book_session(wanted=SingleSession(world.patient, kind, at(clock)), by=world.reception, now=NOW)


def test_it_is_cancelled_as_a_mistake_and_its_time_is_free(world):
    session = booked(world, "10:00")

    undone(world)

    stands = again(session)
    assert (stands.status, stands.cancelled_by) == (S.CANCELLED, "clinic")
    assert stands.cancel_reason == "Entered by mistake"
    assert claims_of(session) == []
    assert list(flaws()) == []


def test_its_reminders_go_and_nobody_is_told(world):
    booked(world, "10:00")

    undone(world)

    assert {message.state for message in Message.objects.all()} == {MessageState.VOID}


def test_who_was_reminded_of_it_is_told_that_it_is_off(world):
    session = booked(world, "10:00")
    send_due(now=NOW)
    assert Message.objects.filter(session=session, state=MessageState.SENT).exists()

    undone(world)

    send_due(now=NOW)
    [notice] = notices_of(world.patient)
    assert (notice.state, told_in(notice)) == (MessageState.SENT, {session.uuid: True})


def test_who_changed_seats_for_it_sits_where_they_sat(world):
    away(world, world.treatment_rooms[2], first=TUESDAY)
    a_session(world, "10:00")
    a_session(world, "10:15", patient=a_patient(clinic=world.clinic, family_name="Bakker"))
    a_practitioner(clinic=world.clinic, name="Dr Grant", works_at=world.site)
    before = picture()
    session = booked(world, "10:00")
    assert picture()["claims"] != before["claims"]

    undone(world)

    after = picture()
    del after["Session"][session.pk]
    assert {name: after[name] for name in ("Session", "claims", "care", "reminders")} == {
        name: before[name] for name in ("Session", "claims", "care", "reminders")
    }
    assert list(flaws()) == []
