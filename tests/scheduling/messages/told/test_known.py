"""What a patient knows by whoever acted: nobody calls, the mail goes, later news begin where each ended."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from clinic.models import Patient
from scheduling.course_changes.cancel import Ending, cancel_session, stop_plan
from scheduling.messages.notices import LONGEST_USE
from scheduling.messages.sending import send_due
from scheduling.models import Heard, MessageState, Session, Telling
from scheduling.privacy.erasure import erase_patient
from tests.support.acts.courses import a_booked_course
from tests.support.acts.moves import move, plan_of
from tests.support.acts.telling import (
    a_course_on_thursdays,
    a_lone_session,
    calls,
    cancel_and_tell,
    heard_of,
    move_and_tell,
    notices_of,
)
from tests.support.builders import an_actor
from tests.support.cast import NOW

# Some sessions are rows without claims here.
pytestmark = [pytest.mark.django_db, pytest.mark.damages_diaries]

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
WAIT = timedelta(minutes=3)
KNOWN, SILENT, BY_MAIL = Telling.KNOWN, Telling.SILENT, Telling.BY_MAIL
OUT_OF_REACH = [
    ({"message_consent": "no"}, "consent"),
    ({"email": ""}, "no_address"),
    ({"mail_problem": "comes_back"}, "bad_address"),
    ({"email": "nobody at all"}, "bad_address"),
]
NO_ADDRESS = {"email": ""}


def subjects(mailoutbox):
    return [mail.subject for mail in mailoutbox]


@pytest.mark.parametrize(("person", "reason"), OUT_OF_REACH)
@pytest.mark.parametrize("told", [KNOWN, SILENT])
@pytest.mark.parametrize("is_cancelled", [True, False])
def test_a_change_that_the_patient_knows_is_no_call_and_the_row_says_why_no_mail_went(
    person, reason, told, is_cancelled
):
    session = a_lone_session()
    Patient.objects.update(**person)
    act = cancel_and_tell if is_cancelled else lambda one, **said: move_and_tell(one, by=DAY, **said)

    act(session, told=told)
    send_due(now=NOW)

    assert calls(session) == []
    said = [(row.state, row.reason) for row in notices_of(session.patient)]
    assert said == ([(MessageState.VOID, reason)] if told is KNOWN else [])


@pytest.mark.parametrize("reply", ["554 spam", "550 5.1.1 nobody"])
def test_a_mail_that_comes_back_to_who_knows_is_no_call(reply, mail_server):
    session = a_lone_session()
    mail_server.after_content[session.patient.email] = reply

    move_and_tell(session, by=DAY, told=KNOWN)
    send_due(now=NOW)

    assert [row.state for row in notices_of(session.patient)] == [MessageState.VOID]
    assert calls(session) == []


def test_what_nobody_could_send_in_time_to_who_knows_is_too_late_and_no_call():
    session = a_lone_session()
    move_and_tell(session, by=DAY, told=KNOWN)

    posting = send_due(now=NOW + LONGEST_USE)

    assert (posting.too_late, posting.calls) == (1, 0)
    assert calls(session, now=NOW + LONGEST_USE) == []


def test_a_mail_begins_with_what_was_written_last_and_a_call_with_what_the_patient_knows(mailoutbox):
    session = a_lone_session()
    move_and_tell(session, by=DAY, told=KNOWN)
    move_and_tell(session, by=DAY)

    send_due(now=NOW)

    [mail] = mailoutbox
    assert "Was:   Thursday 14 January 2027" in mail.body
    assert "Now:   Saturday 16 January 2027" in mail.body


def test_of_two_changes_of_one_session_the_known_one_last_is_no_call_and_the_other_way_round_is_one():
    known_last, known_first = (a_lone_session(email="") for _ in range(2))
    for session, tellings in ((known_last, (BY_MAIL, KNOWN)), (known_first, (KNOWN, BY_MAIL))):
        for told in tellings:
            move_and_tell(session, by=DAY, told=told)

    send_due(now=NOW)

    assert calls(known_last) == []
    assert calls(known_first) == [[known_first.pk]]


@pytest.mark.parametrize("known_first", [True, False])
def test_of_two_sessions_of_a_course_the_mail_tells_both_and_the_call_the_unknown_one(
    known_first, mailoutbox
):
    _, [known, unknown, _] = a_course_on_thursdays()
    acts = [(known, KNOWN), (unknown, BY_MAIL)]
    for session, told in acts if known_first else reversed(acts):
        move_and_tell(session, by=DAY, told=told)

    send_due(now=NOW)

    assert subjects(mailoutbox) == ["2 of your visits have new times"]


@pytest.mark.parametrize("known_first", [True, False])
def test_of_two_sessions_of_a_course_nobody_is_called_about_the_one_that_is_known(known_first):
    plan, [known, unknown, _] = a_course_on_thursdays()
    Patient.objects.update(email="")
    acts = [(known, KNOWN), (unknown, BY_MAIL)]
    for session, told in acts if known_first else reversed(acts):
        move_and_tell(session, by=DAY, told=told)

    send_due(now=NOW)

    assert [row.state for row in notices_of(plan.patient)] == [MessageState.CALL]
    assert calls(unknown) == [[unknown.pk]]


def test_no_mail_about_one_session_leaves_the_mail_about_another(mailoutbox):
    _, [first, second, _] = a_course_on_thursdays()
    move_and_tell(first, by=DAY)

    move_and_tell(second, by=DAY, told=SILENT)
    send_due(now=NOW)

    assert subjects(mailoutbox) == ["Your visit has moved to Friday 15 January 2027 at 14:30"]


def test_a_known_move_that_is_taken_back_is_a_change_for_who_knows_it(mailoutbox):
    session, phoned = a_lone_session(), a_lone_session(email="")
    for one in (session, phoned):
        move_and_tell(one, by=DAY, told=KNOWN)
        move_and_tell(one, by=-DAY)

    send_due(now=NOW)

    [mail] = mailoutbox
    assert "Was:   Friday 15 January 2027" in mail.body
    assert "Now:   Thursday 14 January 2027" in mail.body
    assert calls(phoned) == [[phoned.pk]]


def test_a_known_move_that_is_taken_back_knowingly_is_no_news(mailoutbox):
    session = a_lone_session()
    move_and_tell(session, by=DAY, told=KNOWN)

    move_and_tell(session, by=-DAY, told=KNOWN)
    posting = send_due(now=NOW)

    assert (posting.void, mailoutbox) == (1, [])


def test_what_another_desk_cancels_meanwhile_is_a_call_though_its_move_was_known(world):
    course = a_booked_course(world=world)
    Patient.objects.update(email="")
    move(world, course[1], days=1, told=KNOWN)
    other = an_actor(clinic=world.clinic)
    moved = Session.objects.get(pk=course[1].pk)

    cancel_session(session=moved, ending=Ending("Flu"), by=other, now=NOW)
    send_due(now=NOW)

    assert calls(moved) == [[moved.pk]]
    assert heard_of(moved).facts.starts_at == moved.starts_at


@pytest.mark.parametrize("told", Telling)
def test_of_a_patient_who_was_erased_meanwhile_nobody_is_told_and_nothing_is_kept(world, told, mailoutbox):
    course = a_booked_course(world=world)
    ending = Ending("Moved away", "patient", told=told)
    stop_plan(plan=plan_of(course), ending=ending, by=world.reception, now=NOW)

    erase_patient(patient=world.patient, by=world.owner, now=NOW)
    send_due(now=NOW)

    assert mailoutbox == []
    assert calls(course[1]) == []
    assert not Heard.objects.exists()


def test_that_the_patient_knows_costs_one_statement_more():
    by_mail, known = (statements(told) for told in (BY_MAIL, KNOWN))

    assert known - by_mail == 1


def statements(told):
    session = a_lone_session()
    with CaptureQueriesContext(connection) as seen:
        move_and_tell(session, by=DAY, told=told)
    return len(seen)
