"""An act that cancels sessions is one mail, which names the times that the patient knows."""

from datetime import UTC, datetime, timedelta

import pytest

from scheduling.messages.notices import tell_cancelled
from scheduling.messages.sending import Posting, send_due
from scheduling.models import Message, MessageKind, MessageState, Session
from tests.support.acts.telling import (
    FIRST_AT,
    a_course_on_thursdays,
    a_lone_session,
    cancel_and_tell,
    cancellations_of,
    messages_of,
    move_and_tell,
)
from tests.support.cast import NOW

# Sessions are rows without claims here.
pytestmark = [pytest.mark.django_db, pytest.mark.damages_diaries]

DAY = timedelta(days=1)


def test_a_cancelled_course_is_one_mail_that_lists_its_sessions(mailoutbox):
    plan, sessions = a_course_on_thursdays(count=4)

    cancel_and_tell(*sessions)
    posting = send_due(now=NOW)

    assert posting == Posting(found=1, sent=1)
    [mail] = mailoutbox
    assert mail.subject == "4 of your visits are cancelled"
    for day in ("14 January", "28 January", "11 February", "25 February"):
        assert f"Cancelled: Thursday {day} 2027, 14:30–14:55" in mail.body
    [row] = cancellations_of(plan.patient)
    assert row.key == f"cancelled:{sessions[0].uuid}:1"


def test_a_cancelled_session_is_reminded_of_no_more():
    session = a_lone_session()

    cancel_and_tell(session)

    reminders = messages_of(session.patient, MessageKind.REMINDER)
    assert {row.state for row in reminders} == {MessageState.VOID}


def test_a_session_cancelled_before_its_move_was_told_is_one_mail_with_the_time_the_patient_knows(mailoutbox):
    session = a_lone_session()
    move_and_tell(session, by=4 * DAY)

    cancel_and_tell(session)
    posting = send_due(now=NOW)

    assert posting == Posting(found=1, sent=1)
    [mail] = mailoutbox
    assert mail.subject == "Your visit on Thursday 14 January 2027 at 14:30 is cancelled"
    assert "18 January" not in mail.body
    assert {row.state for row in messages_of(session.patient, MessageKind.MOVED)} == {MessageState.VOID}


def test_a_session_cancelled_after_its_move_was_told_is_cancelled_at_the_new_time(mailoutbox):
    session = a_lone_session()
    move_and_tell(session, by=DAY)
    send_due(now=NOW)

    cancel_and_tell(session)
    send_due(now=NOW)

    assert mailoutbox[1].subject == "Your visit on Friday 15 January 2027 at 14:30 is cancelled"


def test_two_quick_cancellations_of_a_course_are_one_mail(mailoutbox):
    _, [first, second, _] = a_course_on_thursdays()

    cancel_and_tell(first)
    cancel_and_tell(second)
    send_due(now=NOW)

    [mail] = mailoutbox
    assert mail.subject == "2 of your visits are cancelled"


def test_the_same_act_told_twice_is_told_once():
    session = a_lone_session()
    cancel_and_tell(session)

    tell_cancelled(patient=session.patient, plan=None, cancelled=[session], now=NOW)

    assert [row.state for row in cancellations_of(session.patient)] == [MessageState.WAITING]


def test_sessions_without_a_time_or_in_the_past_are_no_news():
    session = a_lone_session()
    cancel_and_tell(session, now=FIRST_AT)
    due = a_lone_session()
    Session.objects.filter(pk=due.pk).update(
        status="due", starts_at=None, ends_at=None, local_date=None, local_time=None
    )
    due.refresh_from_db()

    cancel_and_tell(due)

    assert not Message.objects.filter(kind=MessageKind.CANCELLED).exists()


def test_a_cancellation_undone_before_its_mail_went_out_is_not_told(mailoutbox):
    session = a_lone_session()
    cancel_and_tell(session)
    Session.objects.update(status="booked")

    posting = send_due(now=NOW)

    assert (posting.void, mailoutbox) == (1, [])


def test_a_cancellation_waits_for_the_morning_unless_the_session_is_early(mailoutbox):
    at_ten = datetime(2027, 1, 4, 21, tzinfo=UTC)
    early = a_lone_session(starts_at=datetime(2027, 1, 5, 8, tzinfo=UTC), email="early@patients.example")
    later = a_lone_session(starts_at=datetime(2027, 1, 5, 12, tzinfo=UTC), email="later@patients.example")
    cancel_and_tell(early, now=at_ten)
    cancel_and_tell(later, now=at_ten)

    send_due(now=at_ten)

    assert [mail.to for mail in mailoutbox] == [["early@patients.example"]]
    assert cancellations_of(later.patient)[0].due_at == datetime(2027, 1, 5, 7, tzinfo=UTC)
