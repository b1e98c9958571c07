"""What was known and is undone, booked anew, or crossed by a mail on its way."""

from datetime import timedelta

import pytest

from clinic.models import Patient
from scheduling.booking.book_course import book_course
from scheduling.course_changes.cancel import Ending, cancel_rest, cancel_session
from scheduling.messages.sending import send_due
from scheduling.models import Facts, Heard, Telling
from tests.support.acts.courses import a_booked_course, offers, times_of
from tests.support.acts.mailing import raise_while_sending
from tests.support.acts.moves import move
from tests.support.acts.rhythm import as_it_is
from tests.support.acts.telling import (
    a_lone_session,
    calls,
    heard_of,
    move_and_tell,
)
from tests.support.cast import NOW
from tests.support.undoing.picture import undone
from tests.support.worlds import a_course_world, a_plan

# Some sessions are rows without claims here.
pytestmark = [pytest.mark.django_db, pytest.mark.damages_diaries]

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
WAIT = timedelta(minutes=3)
KNOWN, SILENT, BY_MAIL = Telling.KNOWN, Telling.SILENT, Telling.BY_MAIL


@pytest.mark.parametrize("told", [KNOWN, SILENT])
def test_what_is_said_while_a_mail_goes_out_is_written_after_it(told, mailoutbox, monkeypatch):
    session = a_lone_session()
    move_and_tell(session, by=DAY)
    raise_while_sending(monkeypatch, lambda: move_and_tell(session, by=DAY, told=told))

    send_due(now=NOW)
    send_due(now=NOW)

    assert "Now:   Friday 15 January 2027" in mailoutbox[0].body
    assert "Was:   Friday 15 January 2027" in mailoutbox[1].body
    assert "Now:   Saturday 16 January 2027" in mailoutbox[1].body


@pytest.mark.parametrize("told", [KNOWN, SILENT])
def test_whom_a_mail_misled_meanwhile_is_called_if_the_next_does_not_arrive(told, mail_server, monkeypatch):
    session = a_lone_session()
    move_and_tell(session, by=DAY)
    raise_while_sending(monkeypatch, lambda: move_and_tell(session, by=DAY, told=told))
    send_due(now=NOW)
    mail_server.after_content[session.patient.email] = "554 spam"

    send_due(now=NOW)

    assert calls(session) == [[session.pk]]


@pytest.mark.parametrize("told", Telling)
def test_times_given_back_and_booked_anew_within_the_wait_are_no_news_however_they_are_told(told, mailoutbox):
    world = a_course_world(undo_seconds=180)
    plan, by = a_plan(world=world), world.reception
    course = booked_from_next_week(plan, told=BY_MAIL, by=by, now=NOW)
    ending = Ending("Moved away", "patient", told=told)
    cancel_rest(plan=as_it_is(plan), ending=ending, keep_due=True, by=by, now=NOW)

    booked = booked_from_next_week(as_it_is(plan), told=told, by=by, now=NOW + WAIT / 2)
    send_due(now=NOW + 2 * WAIT)

    assert [times_of(one) for one in booked] == [times_of(one) for one in course]
    assert mailoutbox == []
    assert calls(course[0], now=NOW + 2 * WAIT) == []


def booked_from_next_week(plan, **how):
    proposal = offers(plan=plan, first_on=(NOW + 7 * DAY).date())[0]
    return book_course(plan=plan, proposal=proposal, **how)


@pytest.mark.parametrize("told", [KNOWN, SILENT])
@pytest.mark.parametrize("is_moved", [True, False])
def test_an_act_that_was_known_and_is_undone_is_put_right_though_no_mail_told_of_it(
    told, is_moved, mailoutbox
):
    world = a_course_world(undo_seconds=180)
    session = a_booked_course(world=world)[1]
    done_knowingly(world, session, told, is_moved=is_moved)

    undone(world, now=NOW + WAIT / 2)
    send_due(now=NOW + 2 * WAIT)

    [mail] = mailoutbox
    was = "Was:   cancelled" if not is_moved else "Was:   "
    assert was in mail.body
    assert heard_of(session).facts == heard_of(session).facts_by_message == Facts.of(session)


@pytest.mark.parametrize("told", [KNOWN, SILENT])
@pytest.mark.parametrize("is_moved", [True, False])
def test_who_knows_of_an_act_that_is_undone_is_called_without_a_mail(told, is_moved):
    world = a_course_world(undo_seconds=180)
    session = a_booked_course(world=world)[1]
    Patient.objects.update(email="")
    done_knowingly(world, session, told, is_moved=is_moved)

    undone(world, now=NOW + WAIT / 2)
    send_due(now=NOW + 2 * WAIT)

    assert calls(session, now=NOW + 2 * WAIT) == [[session.pk]]


def done_knowingly(world, session, told, *, is_moved):
    if is_moved:
        move(world, session, days=1, alone=True, told=told)
    else:
        cancel_session(session=session, ending=Ending("Flu", told=told), by=world.reception, now=NOW)


@pytest.mark.parametrize("told", [KNOWN, SILENT])
def test_who_knows_of_a_booking_that_is_undone_once_they_hung_up_hears_that_it_is_off(told, mailoutbox):
    world = a_course_world(undo_seconds=180)
    booked_from_next_week(a_plan(world=world), told=told, by=world.reception, now=NOW)

    undone(world, now=NOW + WAIT)
    send_due(now=NOW + 3 * WAIT)

    [mail] = mailoutbox
    assert "cancelled" in mail.subject


@pytest.mark.parametrize(("told", "after"), [(BY_MAIL, WAIT), (KNOWN, WAIT / 2), (SILENT, WAIT / 2)])
def test_a_booking_that_was_a_slip_is_told_by_nobody(told, after, mailoutbox):
    world = a_course_world(undo_seconds=180)
    booked_from_next_week(a_plan(world=world), told=told, by=world.reception, now=NOW)

    undone(world, now=NOW + after)
    send_due(now=NOW + 3 * WAIT)

    assert mailoutbox == []
    assert not Heard.objects.exists()
