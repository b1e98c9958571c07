"""Just before news go out they are looked at again: what changed since is left out, and nobody is woken."""

from datetime import UTC, datetime, timedelta

import pytest

from scheduling.messages import leases
from scheduling.messages.leases import LEASE
from scheduling.messages.ledger.rounds import begin_round
from scheduling.messages.sending import send_due
from scheduling.models import Facts, Heard, Message, MessageState, Session, Telling
from tests.support.acts.mailing import DROP, die_before_noting, raise_while_sending
from tests.support.acts.telling import (
    FIRST_AT,
    WEEK,
    a_course_on_thursdays,
    a_lone_session,
    cancel_and_tell,
    move_and_tell,
    notices_of,
)
from tests.support.cast import NOW

# Sessions are rows without claims here.
pytestmark = [pytest.mark.django_db, pytest.mark.damages_diaries]

DAY = timedelta(days=1)
# On the clock of Amsterdam, the day after NOW.
NINE_NEXT_DAY = datetime(2027, 1, 5, 8, tzinfo=UTC)
THREE_NEXT_DAY = datetime(2027, 1, 5, 14, tzinfo=UTC)


def heard_of(session):
    return Heard.objects.get(session=session).facts


def as_it_stands(session):
    return Facts.of(Session.objects.get(pk=session.pk))


def subjects(mailoutbox):
    return [mail.subject for mail in mailoutbox]


def at_night(hour):
    """On the site's clock, the night from Monday 4 to Tuesday 5 January."""
    return datetime(2027, 1, 4 if hour > 12 else 5, hour, tzinfo=UTC) - timedelta(hours=1)


def test_a_session_that_is_back_while_its_mail_waits_is_left_out_of_it(mailoutbox):
    _, [first, second, _] = a_course_on_thursdays()
    move_and_tell(first, second, by=DAY)
    move_and_tell(first, by=-DAY)

    send_due(now=NOW)

    [mail] = mailoutbox
    assert mail.subject.startswith("Your visit has moved to Friday 29 January")


@pytest.mark.parametrize("changed", [{"status": "arrived"}, {"status": "missed"}])
def test_a_mail_with_nothing_left_to_tell_is_not_sent(changed, mailoutbox):
    session = a_lone_session()
    move_and_tell(session, by=DAY)
    Session.objects.update(**changed)

    posting = send_due(now=NOW)

    assert (posting.void, mailoutbox) == (1, [])
    [row] = notices_of(session.patient)
    assert row.reason == "nothing_to_tell"


def test_sessions_that_have_begun_are_left_out_and_the_rest_is_told(mailoutbox):
    _, [first, second, _] = a_course_on_thursdays()
    move_and_tell(first, second, by=NOW + timedelta(hours=5) - FIRST_AT)

    send_due(now=NOW + timedelta(hours=6))

    [mail] = mailoutbox
    assert "Visit 2 of 4" in mail.body
    assert "Visit 1 of 4" not in mail.body


def test_what_nobody_could_send_for_a_week_is_for_staff_to_say(mailoutbox):
    session = a_lone_session()
    move_and_tell(session, by=3 * WEEK)

    posting = send_due(now=NOW + WEEK)

    assert (posting.calls, mailoutbox) == (1, [])
    [row] = notices_of(session.patient)
    assert (row.state, row.reason) == (MessageState.CALL, "too_late")


@pytest.mark.parametrize(
    ("field", "value", "reason"),
    [
        ("message_consent", "no", "consent"),
        ("email", "", "no_address"),
        ("mail_problem", "comes_back", "bad_address"),
    ],
)
def test_news_for_a_patient_whom_no_mail_reaches_is_a_call_that_says_why(field, value, reason, mailoutbox):
    session = a_lone_session()
    move_and_tell(session, by=DAY)
    setattr(session.patient, field, value)
    session.patient.save()

    send_due(now=NOW)

    [row] = notices_of(session.patient)
    assert (row.state, row.reason, mailoutbox) == (MessageState.CALL, reason, [])


def test_a_move_is_told_of_with_one_query_more_for_all_its_sessions(django_assert_num_queries, mailoutbox):
    _, sessions = a_course_on_thursdays(count=5)
    move_and_tell(*sessions, by=DAY)

    # What is useless; whether the server takes mail; the lease in its transaction; one look, one at what was
    # heard, one at the address; the mark and what is heard now in one transaction.
    begin_round(now=NOW)

    with django_assert_num_queries(3 + 1 + 1 + 5 + 6 + 3 + 4):
        send_due(now=NOW)


def test_a_change_that_can_wait_does_not_wake_the_patient(mailoutbox):
    session = a_lone_session()
    move_and_tell(session, by=DAY, now=at_night(22))

    assert send_due(now=at_night(22)).waiting == 1
    assert mailoutbox == []
    assert send_due(now=at_night(8)).sent == 1


@pytest.mark.parametrize(
    ("was_at", "by"), [(NINE_NEXT_DAY, timedelta(hours=6)), (THREE_NEXT_DAY, timedelta(hours=-6))]
)
def test_a_change_of_early_next_morning_cannot_wait(was_at, by, mailoutbox):
    session = a_lone_session(starts_at=was_at)
    move_and_tell(session, by=by, now=at_night(22))

    assert send_due(now=at_night(22)).sent == 1


def test_a_session_that_is_cancelled_meanwhile_is_cancelled_at_the_time_the_patient_knows(mailoutbox):
    _, [first, second, _] = a_course_on_thursdays()
    move_and_tell(first, second, by=DAY)
    cancel_and_tell(first)

    send_due(now=NOW)

    [mail] = mailoutbox
    assert mail.subject == "2 of your visits have changed or are cancelled"
    assert "Cancelled: Thursday 14 January 2027" in mail.body
    assert "Friday 15 January" not in mail.body


def test_a_mail_that_may_have_arrived_is_not_heard_and_sent_again_as_it_was(mail_server):
    session = a_lone_session()
    move_and_tell(session, by=DAY)
    mail_server.after_content["marit@patients.example"] = DROP

    send_due(now=NOW)
    heard = heard_of(session).starts_at
    mail_server.after_content.clear()
    send_due(now=NOW + timedelta(minutes=1))

    first, again = mail_server.arrived
    assert (first["Message-ID"], first["Subject"]) == (again["Message-ID"], again["Subject"])
    assert heard == FIRST_AT
    assert heard_of(session) == as_it_stands(session)


def test_an_act_while_the_mail_goes_out_is_told_by_the_next_mail_alone(mailoutbox, monkeypatch):
    plan, [first, second, _] = a_course_on_thursdays()
    move_and_tell(first, by=DAY)
    raise_while_sending(monkeypatch, lambda: move_and_tell(second, by=DAY))

    send_due(now=NOW)
    [waiting] = [row for row in notices_of(plan.patient) if row.state == MessageState.WAITING]
    send_due(now=NOW)

    assert subjects(mailoutbox) == [
        "Your visit has moved to Friday 15 January 2027 at 14:30",
        "Your visit has moved to Friday 29 January 2027 at 14:30",
    ]
    assert (waiting.raised, waiting.lease_until) == (2, None)
    assert mailoutbox[0].extra_headers["Message-ID"] != mailoutbox[1].extra_headers["Message-ID"]
    told = [[one["session"] for one in row.about["visits"]] for row in notices_of(plan.patient)]
    assert sorted(told) == sorted([[str(first.uuid)], [str(second.uuid)]])
    assert {row.state for row in notices_of(plan.patient)} == {MessageState.SENT}


def test_a_session_that_moves_on_while_its_mail_goes_out_is_heard_where_that_said(mailoutbox, monkeypatch):
    session = a_lone_session()
    move_and_tell(session, by=DAY)
    raise_while_sending(monkeypatch, lambda: move_and_tell(session, by=DAY))

    send_due(now=NOW)
    heard = heard_of(session).starts_at
    send_due(now=NOW)

    assert heard == FIRST_AT + DAY
    assert "Was:   Friday 15 January 2027" in mailoutbox[1].body
    assert "Now:   Saturday 16 January 2027" in mailoutbox[1].body


def test_what_the_desk_tells_while_a_mail_goes_out_is_told_in_writing_too(mailoutbox, monkeypatch):
    session = a_lone_session()
    move_and_tell(session, by=DAY)
    raise_while_sending(monkeypatch, lambda: move_and_tell(session, by=DAY, told=Telling.SILENT))

    send_due(now=NOW)
    send_due(now=NOW)

    assert "Now:   Friday 15 January 2027" in mailoutbox[0].body
    assert "Now:   Saturday 16 January 2027" in mailoutbox[1].body


def test_an_act_between_lease_and_look_that_is_told_later_puts_the_mail_off(mailoutbox):
    session = a_lone_session()
    move_and_tell(session, by=DAY)
    [row] = notices_of(session.patient)
    leases.lease(now=NOW, limit=10)
    Message.objects.filter(pk=row.pk).update(due_at=NOW + 2 * LEASE)

    posting = send_due(now=NOW + LEASE)

    assert (posting.found, mailoutbox) == (0, [])
    assert send_due(now=NOW + 2 * LEASE).sent == 1


def test_a_sender_that_died_with_the_mail_sent_says_the_same_again_until_an_act_says_otherwise(
    mail_server, monkeypatch
):
    session = a_lone_session()
    move_and_tell(session, by=DAY)
    die_before_noting(monkeypatch, now=NOW)
    die_before_noting(monkeypatch, now=NOW + LEASE)

    move_and_tell(session, by=DAY)
    send_due(now=NOW + 2 * LEASE)

    first, again, later = mail_server.arrived
    assert (first["Message-ID"], first["Subject"]) == (again["Message-ID"], again["Subject"])
    assert later["Message-ID"] != first["Message-ID"]
    assert later["Subject"] == "Your visit has moved to Saturday 16 January 2027 at 14:30"
    assert heard_of(session) == as_it_stands(session)
