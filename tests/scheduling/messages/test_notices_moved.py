"""An act that moves sessions is one mail, from the time the patient knows to the time it is now; or none."""

from datetime import timedelta

import pytest

from scheduling.messages.notices import TimeChange, tell_moved
from scheduling.messages.payload import told_in
from scheduling.messages.sending import Posting, send_due
from scheduling.models import Message, MessageKind, MessageState
from tests.support.acts.telling import (
    FIRST_AT,
    WEEK,
    a_course_on_thursdays,
    a_lone_session,
    messages_of,
    move_and_tell,
    moved,
    moves_of,
)
from tests.support.builders import a_site
from tests.support.cast import NOW

# Sessions are rows without claims here.
pytestmark = [pytest.mark.django_db, pytest.mark.damages_diaries]

DAY = timedelta(days=1)


def told_to(patient):
    """What waits to be told: by session, where the patient believes it to be."""
    waiting = [row for row in moves_of(patient) if row.state == MessageState.WAITING]
    return {before.session: before.was_at for row in waiting for before in told_in(row)}


def waiting_reminders(session):
    rows = Message.objects.filter(session=session, kind=MessageKind.REMINDER, state=MessageState.WAITING)
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
    [row] = moves_of(plan.patient)
    assert (row.plan_id, row.session_id, row.key) == (
        plan.pk,
        sessions[0].pk,
        f"moved:{sessions[0].uuid}:1",
    )


def test_another_room_is_no_news(mailoutbox):
    plan, [session, *_] = a_course_on_thursdays()
    reminders = set(messages_of(plan.patient, "reminder"))

    move_and_tell(session, by=timedelta(0))

    assert moves_of(plan.patient) == []
    assert set(messages_of(plan.patient, "reminder")) == reminders
    assert {row.state for row in messages_of(plan.patient, "reminder")} == {MessageState.WAITING}


def test_sessions_that_stay_where_they_are_are_left_out():
    plan, sessions = a_course_on_thursdays()
    changes = [moved(sessions[0], by=DAY), moved(sessions[1])]

    tell_moved(patient=plan.patient, plan=plan, moved=changes, now=NOW)

    assert told_to(plan.patient) == {sessions[0].uuid: FIRST_AT}


def test_a_longer_session_is_news():
    plan, [session, *_] = a_course_on_thursdays()
    was_at, was_until = session.starts_at, session.ends_at
    assert was_at
    assert was_until
    session.ends_at = was_until + timedelta(minutes=35)
    session.sequence += 1
    session.save()

    changes = [TimeChange(session, was_at=was_at, was_until=was_until)]
    tell_moved(patient=plan.patient, plan=plan, moved=changes, now=NOW)

    assert list(told_to(plan.patient)) == [session.uuid]


def test_another_site_is_news_at_the_same_hour_too(mailoutbox):
    session = a_lone_session()
    other = a_site(clinic=session.clinic, name="Prinsengracht", address="Prinsengracht 3")

    move_and_tell(session, by=timedelta(0), site=other)
    send_due(now=NOW)

    assert mailoutbox[0].subject == "Your visit on Thursday 14 January 2027 at 14:30 has changed"
    for said in ("Keizersgracht", "Prinsengracht 3"):
        assert said in mailoutbox[0].body


def test_two_quick_moves_are_one_mail_from_the_time_the_patient_knows(mailoutbox):
    session = a_lone_session()

    move_and_tell(session, by=DAY)
    move_and_tell(session, by=DAY)
    posting = send_due(now=NOW)

    assert posting == Posting(found=1, sent=1)
    assert "Was:   Thursday 14 January 2027, 14:30" in mailoutbox[0].body
    assert "Now:   Saturday 16 January 2027, 14:30–14:55" in mailoutbox[0].body
    first, _ = moves_of(session.patient)
    assert (first.state, first.last_problem) == (MessageState.VOID, "A newer message says how it stands.")


def test_two_quick_moves_of_different_sessions_of_a_course_are_one_mail_too(mailoutbox):
    _, [first, second, _] = a_course_on_thursdays()

    move_and_tell(first, by=DAY)
    move_and_tell(second, by=DAY)
    send_due(now=NOW)

    [mail] = mailoutbox
    assert mail.subject == "2 of your visits have new times"
    assert mail.body.index("Friday 15 January") < mail.body.index("Friday 29 January")


def test_a_session_that_is_back_before_anyone_was_told_is_no_news(mailoutbox):
    session = a_lone_session()

    move_and_tell(session, by=DAY)
    move_and_tell(session, by=-DAY)

    assert send_due(now=NOW).sent == 0
    assert [row.state for row in moves_of(session.patient)] == [MessageState.VOID]
    assert waiting_reminders(session) == reminders_of(FIRST_AT)


def test_a_site_that_changes_after_the_hour_did_is_told_with_it():
    session = a_lone_session()
    other = a_site(clinic=session.clinic, name="Prinsengracht")

    move_and_tell(session, by=DAY)
    move_and_tell(session, by=DAY, site=other)

    before = told_in(moves_of(session.patient)[-1])
    assert [(one.was_at, one.was_site) for one in before] == [(FIRST_AT, "Keizersgracht")]


def test_a_move_after_the_mail_went_out_is_a_mail_of_its_own(mailoutbox):
    session = a_lone_session()

    move_and_tell(session, by=DAY)
    send_due(now=NOW)
    move_and_tell(session, by=DAY)
    send_due(now=NOW)

    _, mail = mailoutbox
    assert "Was:   Friday 15 January 2027, 14:30" in mail.body
    assert "Now:   Saturday 16 January 2027" in mail.body


def test_a_session_without_a_plan_is_told_of_too():
    session = a_lone_session()

    move_and_tell(session, by=DAY)

    [row] = moves_of(session.patient)
    assert (row.plan, row.key) == (None, f"moved:{session.uuid}:1")


def test_the_same_act_told_twice_is_told_once():
    plan, [session, *_] = a_course_on_thursdays()
    changes = [moved(session, by=DAY)]

    for _ in range(2):
        tell_moved(patient=plan.patient, plan=plan, moved=changes, now=NOW)

    assert [row.state for row in moves_of(plan.patient)] == [MessageState.WAITING]
    assert len(waiting_reminders(session)) == 2


def test_an_act_made_of_two_is_one_mail_though_the_plan_has_one_version(mailoutbox):
    plan, [first, second, _] = a_course_on_thursdays()

    for session in (first, second):
        tell_moved(patient=plan.patient, plan=plan, moved=[moved(session, by=DAY)], now=NOW)
    send_due(now=NOW)

    [mail] = mailoutbox
    assert mail.subject == "2 of your visits have new times"


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
