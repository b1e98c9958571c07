"""What patients believe: who said it, in writing or not, and what of it is not so when a mail goes out."""

from dataclasses import replace
from datetime import timedelta

import pytest

from scheduling.booking.book_course import book_course
from scheduling.course_changes.cancel import Ending, cancel_rest
from scheduling.messages.call_list import call_list, mark_told
from scheduling.messages.notices import LONGEST_USE
from scheduling.messages.sending import Posting, send_due
from scheduling.models import Facts, Heard, Message, MessageKind, MessageState, Session, Telling
from tests.support.acts.courses import a_booked_course, offers
from tests.support.acts.holds import a_hold
from tests.support.acts.mailing import a_session
from tests.support.acts.rhythm import as_it_is
from tests.support.acts.telling import (
    FIRST_AT,
    a_course_on_thursdays,
    a_lone_session,
    cancel_and_tell,
    move_and_tell,
    notices_of,
)
from tests.support.builders import a_patient, a_site, an_actor
from tests.support.cast import NOW
from tests.support.worlds import a_plan

# Sessions are rows without claims here.
pytestmark = [pytest.mark.django_db, pytest.mark.damages_diaries]

DAY = timedelta(days=1)
NEXT_WEEK = (NOW + 7 * DAY).date()
GIVEN_BACK = Ending(reason="Moved away", cancelled_by="patient")


def heard_of(session):
    return Heard.objects.get(session=session)


def as_it_stands(session):
    return Facts.of(Session.objects.get(pk=session.pk))


def told_by_phone(session):
    """No mail brought it, and somebody called."""
    Message.objects.filter(kind=MessageKind.NOTICE).update(state=MessageState.CALL, reason="refused")
    notice = notices_of(session.patient)[-1]
    return mark_told(message=notice, by=an_actor(clinic=session.clinic), now=NOW)


def calls_for(session):
    return [one.message for one in call_list(by=an_actor(clinic=session.clinic), now=NOW)]


def subjects(mailoutbox):
    return [mail.subject for mail in mailoutbox]


def given_back_and_booked_anew(world, *, which=0):
    """A course whose times are given back, and another calendar, or the same, is booked in that minute."""
    plan = a_plan(world=world)
    course = booked_from_next_week(world, plan, which=0)
    cancel_rest(plan=as_it_is(plan), ending=GIVEN_BACK, keep_due=True, by=world.reception, now=NOW)
    return course, booked_from_next_week(world, as_it_is(plan), which=which)


def booked_from_next_week(world, plan, *, which):
    proposal = offers(plan=plan, first_on=NEXT_WEEK)[which]
    return book_course(plan=plan, proposal=proposal, by=world.reception, now=NOW)


def test_who_books_tells_the_patient_and_who_holds_tells_nobody(world):
    course = a_booked_course(world=world)
    a_hold(world=world)

    rows = {row.session_id: row for row in Heard.objects.all()}

    assert rows.keys() == {session.pk for session in course}
    for session in course:
        row = rows[session.pk]
        assert row.facts == row.facts_by_message == as_it_stands(session)


def test_times_given_back_and_booked_anew_in_the_same_minute_are_no_news(world, mailoutbox):
    course, booked = given_back_and_booked_anew(world)
    assert [one.starts_at for one in booked] == [one.starts_at for one in course]

    posting = send_due(now=NOW)

    assert (posting.void, mailoutbox) == (1, [])
    # A later move of the new one does not bring the old one back.
    assert all(heard_of(session).facts.is_off for session in course)


def test_times_given_back_and_others_booked_are_told_as_cancelled(world, mailoutbox):
    course, booked = given_back_and_booked_anew(world, which=-1)
    kept = {Facts.of(one) for one in booked}
    off = [one for one in course if replace(heard_of(one).facts, is_off=False) not in kept]

    send_due(now=NOW)

    assert len(off) > 1
    assert subjects(mailoutbox) == [f"{len(off)} of your visits are cancelled"]


def test_a_session_booked_anew_that_then_moves_is_moved_from_the_old_time_and_none_is_cancelled(
    mailoutbox,
):
    plan, [old, *_] = a_course_on_thursdays()
    cancel_and_tell(old)
    anew = a_session(patient=plan.patient, plan=plan, number=1, attempt=2, starts_at=FIRST_AT)
    move_and_tell(anew, by=DAY)

    send_due(now=NOW)

    assert subjects(mailoutbox) == ["Your visit has moved to Friday 15 January 2027 at 14:30"]
    assert heard_of(old).facts.is_off


def test_what_is_booked_twice_at_one_time_and_cancelled_twice_is_told_once(mailoutbox):
    plan, [old, *_] = a_course_on_thursdays()
    cancel_and_tell(old)
    anew = a_session(patient=plan.patient, plan=plan, number=1, attempt=2, starts_at=FIRST_AT)
    cancel_and_tell(anew)

    send_due(now=NOW)

    assert subjects(mailoutbox) == ["Your visit on Thursday 14 January 2027 at 14:30 is cancelled"]


def test_there_and_back_is_no_news(mailoutbox):
    session = a_lone_session()
    move_and_tell(session, by=DAY)
    move_and_tell(session, by=-DAY)

    posting = send_due(now=NOW)

    assert (posting.void, mailoutbox) == (1, [])
    [row] = notices_of(session.patient)
    assert (row.raised, row.reason) == (2, "nothing_to_tell")


def test_a_cancelled_session_that_takes_place_after_all_is_told_again(mailoutbox):
    session = a_lone_session()
    cancel_and_tell(session)
    send_due(now=NOW)
    Session.objects.update(status="booked")
    move_and_tell(session, by=timedelta(0), now=NOW)
    session.refresh_from_db()
    move_and_tell(session, by=DAY)
    send_due(now=NOW)

    mail = mailoutbox[1]
    html, _ = mail.alternatives[0]
    assert mail.subject == "Your visit has moved to Friday 15 January 2027 at 14:30"
    assert "Was:   cancelled\n" in mail.body
    assert "line-through" not in html


def test_an_accepted_mail_is_heard_in_writing(mailoutbox):
    _, [first, second, third] = a_course_on_thursdays()
    move_and_tell(first, by=DAY)
    cancel_and_tell(second)
    before = heard_of(third)

    send_due(now=NOW)

    for session in (first, second):
        assert heard_of(session).facts == heard_of(session).facts_by_message == as_it_stands(session)
    assert heard_of(third) == before


@pytest.mark.parametrize("reply", ["451 later", "554 spam", "550 5.1.1 nobody"])
def test_a_mail_that_the_server_did_not_take_is_not_heard(reply, mail_server):
    session = a_lone_session()
    move_and_tell(session, by=DAY)
    mail_server.after_content["marit@patients.example"] = reply

    send_due(now=NOW)

    assert heard_of(session).facts.starts_at == FIRST_AT


def test_who_was_told_by_phone_is_called_no_more_and_written_from_what_the_last_mail_said(mailoutbox):
    session = a_lone_session()
    move_and_tell(session, by=DAY)

    row = told_by_phone(session)
    heard = heard_of(session)
    move_and_tell(session, by=DAY)
    send_due(now=NOW)

    assert (row.state, calls_for(session)) == (MessageState.TOLD, [])
    assert [one["session"] for one in row.about["visits"]] == [str(session.uuid)]
    assert (heard.facts.starts_at, heard.facts_by_message.starts_at) == (FIRST_AT + DAY, FIRST_AT)
    [mail] = mailoutbox
    assert "Was:   Thursday 14 January 2027" in mail.body
    assert "Now:   Saturday 16 January 2027" in mail.body


def test_who_was_told_by_phone_of_a_move_that_is_taken_back_is_written(mailoutbox):
    session = a_lone_session()
    move_and_tell(session, by=DAY)
    told_by_phone(session)

    move_and_tell(session, by=-DAY)
    send_due(now=NOW)

    [mail] = mailoutbox
    assert "Was:   Friday 15 January 2027" in mail.body
    assert "Now:   Thursday 14 January 2027" in mail.body


def test_a_patient_written_of_one_site_and_phoned_about_another_reads_of_the_first_and_the_third(mailoutbox):
    session = a_lone_session()
    second, third = (a_site(clinic=session.clinic, name=name) for name in ("Second house", "Third house"))
    move_and_tell(session, by=timedelta(0), site=second)
    told_by_phone(session)

    move_and_tell(session, by=timedelta(0), site=third)
    send_due(now=NOW)

    [mail] = mailoutbox
    assert "Keizersgracht" in mail.body
    assert "Third house" in mail.body
    assert "Second house" not in mail.body


def test_who_is_reminded_by_phone_knows_how_the_session_stands_though_nothing_is_written():
    session = a_lone_session()
    move_and_tell(session, by=DAY)
    Message.objects.filter(kind=MessageKind.REMINDER).update(state=MessageState.CALL, reason="refused")

    reminder = Message.objects.filter(kind=MessageKind.REMINDER).latest("pk")
    mark_told(message=reminder, by=an_actor(clinic=session.clinic), now=NOW)

    assert heard_of(session).facts == as_it_stands(session)
    assert heard_of(session).facts_by_message.starts_at == FIRST_AT


def test_a_notice_that_nobody_could_send_is_a_call_until_its_session_is_back():
    session = a_lone_session()
    move_and_tell(session, by=4 * DAY)
    send_due(now=NOW + LONGEST_USE)
    before = calls_for(session)

    move_and_tell(session, by=-4 * DAY)

    assert [row.state for row in before] == [MessageState.CALL]
    assert calls_for(session) == []


@pytest.mark.parametrize("act", [lambda one, **said: move_and_tell(one, by=DAY, **said), cancel_and_tell])
def test_what_the_desk_says_that_it_tells_now_is_heard_in_both_ways_and_raises_no_notice(act, mailoutbox):
    session = a_lone_session()

    act(session, told=Telling.SILENT)

    heard = heard_of(session)
    assert heard.facts == heard.facts_by_message == as_it_stands(session)
    assert notices_of(session.patient) == []
    assert send_due(now=NOW) == Posting(found=0)


def test_a_reminder_that_went_out_is_heard_as_the_session_stands(mailoutbox):
    session = a_lone_session()
    move_and_tell(session, by=DAY)
    Message.objects.filter(kind=MessageKind.NOTICE).update(state=MessageState.VOID)

    send_due(now=FIRST_AT - DAY)

    assert heard_of(session).facts == heard_of(session).facts_by_message == as_it_stands(session)


def test_the_lone_sessions_of_a_patient_are_told_together(mailoutbox):
    session = a_lone_session()
    other = a_session(patient=session.patient, starts_at=FIRST_AT + 3 * DAY)

    move_and_tell(session, by=DAY)
    move_and_tell(other, by=DAY)
    send_due(now=NOW)

    assert subjects(mailoutbox) == ["2 of your visits have new times"]
    assert [row.raised for row in notices_of(session.patient)] == [2]


@pytest.mark.parametrize("told", Telling)
def test_the_notice_of_another_course_or_patient_is_left_alone(told):
    plan, [session, *_] = a_course_on_thursdays()
    lone = a_session(patient=plan.patient, starts_at=FIRST_AT + 3 * DAY)
    of_another = a_session(patient=a_patient(clinic=plan.clinic), starts_at=FIRST_AT + 3 * DAY)
    for each in (session, lone, of_another):
        move_and_tell(each, by=DAY)

    move_and_tell(lone, by=DAY, told=told)

    assert {row.plan_id: row.raised for row in notices_of(plan.patient)} == {plan.pk: 1, None: 2}
    assert [row.raised for row in notices_of(of_another.patient)] == [1]
