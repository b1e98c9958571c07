"""Just before news go out they are looked at again: what changed since is left out, and nobody is woken."""

from datetime import UTC, datetime, timedelta

import pytest

from scheduling.messages.sending import send_due
from scheduling.models import MessageState, Session
from tests.support.acts.telling import (
    FIRST_AT,
    WEEK,
    a_course_on_thursdays,
    a_lone_session,
    cancel_and_tell,
    move_and_tell,
    moves_of,
)
from tests.support.cast import NOW

# Sessions are rows without claims here.
pytestmark = [pytest.mark.django_db, pytest.mark.damages_diaries]

DAY = timedelta(days=1)
# On the clock of Amsterdam, the day after NOW.
NINE_NEXT_DAY = datetime(2027, 1, 5, 8, tzinfo=UTC)
THREE_NEXT_DAY = datetime(2027, 1, 5, 14, tzinfo=UTC)


def at_night(hour):
    """On the site's clock, the night from Monday 4 to Tuesday 5 January."""
    return datetime(2027, 1, 4 if hour > 12 else 5, hour, tzinfo=UTC) - timedelta(hours=1)


def test_a_session_moved_again_while_its_mail_waits_is_left_out_of_it(mailoutbox):
    _, [first, second, _] = a_course_on_thursdays()
    move_and_tell(first, second, by=DAY)
    Session.objects.filter(pk=first.pk).update(sequence=7)

    send_due(now=NOW)

    assert mailoutbox[0].subject.startswith("Your visit has moved to Friday 29 January")


@pytest.mark.parametrize("changed", [{"sequence": 7}, {"status": "arrived"}, {"status": "cancelled"}])
def test_a_mail_with_nothing_left_to_tell_is_not_sent(changed, mailoutbox):
    session = a_lone_session()
    move_and_tell(session, by=DAY)
    Session.objects.update(**changed)

    posting = send_due(now=NOW)

    assert (posting.void, mailoutbox) == (1, [])
    [row] = moves_of(session.patient)
    assert row.last_problem == "The sessions were changed again since, or are over."


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

    assert (posting.too_late, mailoutbox) == (1, [])
    [row] = moves_of(session.patient)
    assert row.last_problem == "It would have come too late to be of use."


@pytest.mark.parametrize(
    ("field", "value", "state"),
    [
        ("message_consent", "no", MessageState.VOID),
        ("email", "", MessageState.FAILED),
        ("mail_problem", "Mail to the address comes back.", MessageState.FAILED),
    ],
)
def test_a_patient_who_gets_no_reminder_gets_no_news_and_staff_read_why(field, value, state, mailoutbox):
    session = a_lone_session()
    move_and_tell(session, by=DAY)
    setattr(session.patient, field, value)
    session.patient.save()

    send_due(now=NOW)

    [row] = moves_of(session.patient)
    assert (row.state, mailoutbox) == (state, [])
    assert row.last_problem


def test_a_move_is_told_of_with_one_query_more_for_all_its_sessions(django_assert_num_queries, mailoutbox):
    _, sessions = a_course_on_thursdays(count=5)
    move_and_tell(*sessions, by=DAY)

    # What is useless; the lease in its transaction; one look, and one at the sessions; one mark.
    with django_assert_num_queries(1 + 4 + 2 + 1):
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


def test_a_session_that_is_cancelled_meanwhile_is_left_out_of_the_moves(mailoutbox):
    _, [first, second, _] = a_course_on_thursdays()
    move_and_tell(first, second, by=DAY)
    cancel_and_tell(first)

    send_due(now=NOW)

    assert {mail.subject for mail in mailoutbox} == {
        "Your visit has moved to Friday 29 January 2027 at 14:30",
        "Your visit on Thursday 14 January 2027 at 14:30 is cancelled",
    }
