"""What acts change is one mail for a course: from what the patient knows to how it stands; or none."""

from datetime import UTC, datetime, timedelta

import pytest

from scheduling.messages.sending import Posting, send_due
from scheduling.models import MessageKind, MessageState, Session
from tests.support.acts.telling import (
    FIRST_AT,
    WEEK,
    a_course_on_thursdays,
    a_lone_session,
    cancel_and_tell,
    messages_of,
    move_and_tell,
    notices_of,
)
from tests.support.builders import a_site
from tests.support.cast import NOW

# Sessions are rows without claims here.
pytestmark = [pytest.mark.django_db, pytest.mark.damages_diaries]

DAY = timedelta(days=1)


def waiting_reminders(session):
    rows = session.messages.filter(kind=MessageKind.REMINDER, state=MessageState.WAITING)
    return sorted(rows.values_list("due_at", flat=True))


def reminders_of(starts_at):
    """Two days before a session at half past two, at ten o'clock, and three hours before it."""
    return [starts_at - timedelta(days=2, hours=4, minutes=30), starts_at - timedelta(hours=3)]


def test_five_sessions_that_move_in_one_act_are_one_mail(mailoutbox):
    plan, sessions = a_course_on_thursdays(count=5)

    move_and_tell(*sessions, by=DAY)
    posting = send_due(now=NOW)

    assert posting == Posting(found=1, sent=1)
    [mail] = mailoutbox
    assert mail.subject == "5 of your visits have new times"
    [row] = notices_of(plan.patient)
    assert (row.plan_id, row.session_id, row.state) == (plan.pk, None, MessageState.SENT)


def test_a_cancelled_course_is_one_mail_that_lists_its_sessions(mailoutbox):
    _, sessions = a_course_on_thursdays(count=4)

    cancel_and_tell(*sessions)
    posting = send_due(now=NOW)

    assert posting == Posting(found=1, sent=1)
    [mail] = mailoutbox
    assert mail.subject == "4 of your visits are cancelled"
    for day in ("14 January", "28 January", "11 February", "25 February"):
        assert f"Cancelled: Thursday {day} 2027, 14:30–14:55" in mail.body


def test_a_row_says_of_which_sessions_its_mail_told_and_what_was_known_of_them():
    plan, sessions = a_course_on_thursdays(count=2)
    move_and_tell(sessions[0], by=DAY)
    cancel_and_tell(sessions[1])
    send_due(now=NOW)

    [row] = notices_of(plan.patient)

    assert [
        (one["session"], one["is_off"], datetime.fromisoformat(one["was_at"])) for one in row.about["visits"]
    ] == [
        (str(sessions[0].uuid), False, FIRST_AT),
        (str(sessions[1].uuid), True, FIRST_AT + 2 * WEEK),
    ]


def test_another_room_is_no_news():
    plan, [session, *_] = a_course_on_thursdays()
    reminders = set(messages_of(plan.patient, "reminder"))

    move_and_tell(session, by=timedelta(0))

    assert notices_of(plan.patient) == []
    assert set(messages_of(plan.patient, "reminder")) == reminders
    assert {row.state for row in messages_of(plan.patient, "reminder")} == {MessageState.WAITING}


def test_another_site_is_news_at_the_same_hour_too(mailoutbox):
    session = a_lone_session()
    other = a_site(clinic=session.clinic, name="Prinsengracht", address="Prinsengracht 3")

    move_and_tell(session, by=timedelta(0), site=other)
    send_due(now=NOW)

    assert mailoutbox[0].subject == "Your visit on Thursday 14 January 2027 at 14:30 has changed"
    for said in ("Keizersgracht", "Prinsengracht 3"):
        assert said in mailoutbox[0].body


def test_a_site_that_changes_after_the_hour_did_is_told_with_it(mailoutbox):
    session = a_lone_session()
    other = a_site(clinic=session.clinic, name="Prinsengracht")

    move_and_tell(session, by=DAY)
    move_and_tell(session, by=DAY, site=other)
    send_due(now=NOW)

    [mail] = mailoutbox
    assert "Was:   Thursday 14 January 2027, 14:30\n         Keizersgracht" in mail.body


def test_quick_acts_are_one_row_that_counts_them_and_one_mail_from_the_time_the_patient_knows(mailoutbox):
    session = a_lone_session()

    move_and_tell(session, by=DAY)
    move_and_tell(session, by=DAY)
    posting = send_due(now=NOW)

    assert posting == Posting(found=1, sent=1)
    assert "Was:   Thursday 14 January 2027, 14:30" in mailoutbox[0].body
    assert "Now:   Saturday 16 January 2027, 14:30–14:55" in mailoutbox[0].body
    assert [row.raised for row in notices_of(session.patient)] == [2]


def test_quick_changes_of_different_sessions_of_a_course_are_one_mail_too(mailoutbox):
    _, [first, second, _] = a_course_on_thursdays()

    move_and_tell(second, by=DAY)
    move_and_tell(first, by=DAY)
    send_due(now=NOW)

    [mail] = mailoutbox
    assert mail.subject == "2 of your visits have new times"
    assert mail.body.index("Friday 15 January") < mail.body.index("Friday 29 January")


def test_what_moved_and_what_is_off_are_told_in_one_mail(mailoutbox):
    _, [first, second, _] = a_course_on_thursdays()

    cancel_and_tell(first)
    move_and_tell(second, by=DAY)
    send_due(now=NOW)

    [mail] = mailoutbox
    html, _ = mail.alternatives[0]
    assert mail.subject == "2 of your visits have changed or are cancelled"
    assert "Cancelled: Thursday 14 January 2027, 14:30–14:55" in mail.body
    assert "Now:   Friday 29 January 2027, 14:30–14:55" in mail.body
    assert "these visits are or were booked in your name" in " ".join(html.split())
    statuses = [line for line in mail.attachments[0].content.splitlines() if line.startswith("STATUS")]
    assert sorted(statuses) == ["STATUS:CANCELLED", "STATUS:CONFIRMED"]


def test_a_session_cancelled_before_its_move_was_told_is_cancelled_at_the_time_the_patient_knows(mailoutbox):
    session = a_lone_session()
    move_and_tell(session, by=4 * DAY)

    cancel_and_tell(session)
    posting = send_due(now=NOW)

    assert posting == Posting(found=1, sent=1)
    [mail] = mailoutbox
    assert mail.subject == "Your visit on Thursday 14 January 2027 at 14:30 is cancelled"
    assert "18 January" not in mail.body


def test_a_session_cancelled_after_its_move_was_told_is_cancelled_at_the_new_time(mailoutbox):
    session = a_lone_session()
    move_and_tell(session, by=DAY)
    send_due(now=NOW)

    cancel_and_tell(session)
    send_due(now=NOW)

    assert mailoutbox[1].subject == "Your visit on Friday 15 January 2027 at 14:30 is cancelled"


def test_a_move_after_the_mail_went_out_is_a_mail_of_its_own(mailoutbox):
    session = a_lone_session()

    move_and_tell(session, by=DAY)
    send_due(now=NOW)
    move_and_tell(session, by=DAY)
    send_due(now=NOW)

    _, mail = mailoutbox
    assert "Was:   Friday 15 January 2027, 14:30" in mail.body
    assert "Now:   Saturday 16 January 2027" in mail.body


@pytest.mark.parametrize("act", [lambda one: move_and_tell(one, by=DAY, now=FIRST_AT + DAY), cancel_and_tell])
def test_sessions_without_a_time_or_in_the_past_are_no_news(act):
    session = a_lone_session()
    Session.objects.filter(pk=session.pk).update(
        starts_at=FIRST_AT - 4 * WEEK, ends_at=FIRST_AT - 4 * WEEK + DAY
    )

    act(session)

    assert notices_of(session.patient) == []


def test_a_cancellation_undone_before_its_mail_went_out_is_not_told(mailoutbox):
    session = a_lone_session()
    cancel_and_tell(session)
    Session.objects.update(status="booked")

    posting = send_due(now=NOW)

    assert (posting.void, mailoutbox) == (1, [])


def test_a_cancelled_session_is_reminded_of_no_more():
    session = a_lone_session()

    cancel_and_tell(session)

    reminders = messages_of(session.patient, MessageKind.REMINDER)
    assert {row.state for row in reminders} == {MessageState.VOID}


def test_a_cancellation_waits_for_the_morning_unless_the_session_is_early(mailoutbox):
    at_ten = datetime(2027, 1, 4, 21, tzinfo=UTC)
    early = a_lone_session(starts_at=datetime(2027, 1, 5, 8, tzinfo=UTC), email="early@patients.example")
    later = a_lone_session(starts_at=datetime(2027, 1, 5, 12, tzinfo=UTC), email="later@patients.example")
    cancel_and_tell(early, now=at_ten)
    cancel_and_tell(later, now=at_ten)

    send_due(now=at_ten)

    assert [mail.to for mail in mailoutbox] == [["early@patients.example"]]
    assert notices_of(later.patient)[0].due_at == datetime(2027, 1, 5, 7, tzinfo=UTC)


def test_the_reminders_move_with_the_session():
    session = a_lone_session()

    move_and_tell(session, by=WEEK)

    assert waiting_reminders(session) == reminders_of(FIRST_AT + WEEK)


@pytest.mark.parametrize(
    ("hours_ahead", "reminders"),
    [
        # The long one has gone by, the short one has not.
        (26, [23]),
        # The short one would follow within the hour.
        (3.5, []),
        (2, []),
    ],
)
def test_what_the_mail_says_is_not_reminded_of_in_the_same_hour(hours_ahead, reminders, mailoutbox):
    session = a_lone_session()

    move_and_tell(session, by=NOW + timedelta(hours=hours_ahead) - FIRST_AT)
    send_due(now=NOW)

    assert len(mailoutbox) == 1
    assert waiting_reminders(session) == [NOW + timedelta(hours=hours) for hours in reminders]
