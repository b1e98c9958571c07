"""After whatever act each session has the reminders that the rules ask for, and no other waits."""

from datetime import datetime, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from clinic.models import Clinic, Leave
from scheduling.attendance.attend import arrive, confirm_session, miss
from scheduling.attendance.undo import undo
from scheduling.booking.holds import HoldAsked, book_hold, hold_course
from scheduling.disruption.absences import swap_all
from scheduling.messages.reminders import keep_reminders
from scheduling.messages.sending import send_due
from scheduling.models import Message, MessageState, Session
from scheduling.moving.ripple import Destination
from tests.support.acts.absences import another_doctor, leave_of, served
from tests.support.acts.attendance import again, during
from tests.support.acts.courses import times_of
from tests.support.acts.mailing import known, move, reminded, reminders_of, send_until, sites_by_key
from tests.support.acts.moves import later, put, whole
from tests.support.cast import NOW

pytestmark = pytest.mark.django_db

WAITING, SENT, VOID = MessageState.WAITING, MessageState.SENT, MessageState.VOID
DAY = timedelta(days=1)
# At half past two there is no quiet hour around: two reminders each.
AFTERNOON = NOW + timedelta(hours=5, minutes=30)


def standing(session: Session) -> list[tuple[int, str, datetime]]:
    return [(row.pk, row.state, row.due_at) for row in reminders_of(session)]


def test_another_person_at_the_same_minute_leaves_both_reminders_as_they_are(world, course):
    session = course[2]
    before = standing(session)
    doctor = another_doctor(world, session)

    put(world, session, Destination(later(whole(session)), practitioner=doctor))

    assert served(session, "doctor") == doctor
    assert standing(session) == before
    assert [state for _, state, _ in before] == [WAITING, WAITING]


def test_whoever_stands_in_for_a_doctor_takes_no_reminder_away(world, course):
    doctor = served(course[2], "doctor")
    before = standing(course[2])
    leave = leave_of(world, doctor, swap=True).absence
    assert isinstance(leave, Leave)

    swap_all(leave=leave, also_practitioners=True, by=world.reception, now=NOW)

    assert served(course[2], "doctor") != doctor
    assert standing(course[2]) == before


def test_a_reminder_that_was_lost_is_written_again_by_the_next_act(world, course):
    session, doctor = course[2], another_doctor(world, course[2])
    hours = [row.due_at for row in reminders_of(session)]
    first, second = reminders_of(session)
    first.delete()
    Message.objects.filter(pk=second.pk).update(state=VOID)

    put(world, session, Destination(later(whole(session)), practitioner=doctor))

    assert [(row.state, row.due_at) for row in reminders_of(session)] == [(WAITING, at) for at in hours]


def test_a_held_course_is_reminded_of_once_it_is_booked(world, plan, proposal):
    hold = hold_course(plan=plan, proposal=proposal, asked=HoldAsked(), by=world.reception, now=NOW)
    held = Message.objects.count()

    course = book_hold(hold=hold, by=world.reception, now=NOW)

    assert held == 0
    assert [len(reminders_of(session)) for session in course[1:]] == [2, 2, 2]


def test_whoever_was_taken_for_another_is_still_reminded(world, course, mailoutbox):
    session = course[2]
    on_the_day = times_of(session).starts_at - timedelta(hours=4)
    send_until(on_the_day)
    arrive(session=again(session), by=world.reception, now=on_the_day)
    send_due(now=on_the_day + timedelta(hours=2))
    assert reminders_of(session)[-1].reason == "is_here"

    undo(session=again(session), by=world.reception, now=on_the_day + timedelta(hours=2, minutes=5))
    send_due(now=on_the_day + timedelta(hours=2, minutes=5))

    assert [row.state for row in reminders_of(session)] == [SENT, SENT]
    assert [mail.subject.partition(" at ")[0] for mail in mailoutbox[-2:]] == [
        "Your visit on Monday 1 February 2027",
        "Today",
    ]


def test_a_session_that_was_missed_is_reminded_of_no_more_though_it_is_undone(world, course, mailoutbox):
    session = course[2]
    send_until(during(session))
    mails = len(mailoutbox)

    miss(session=again(session), by=world.reception, now=during(session))
    undo(session=again(session), by=world.reception, now=during(session))
    send_due(now=during(session))

    assert [row.state for row in reminders_of(session)] == [SENT, SENT]
    assert len(mailoutbox) == mails


@pytest.mark.damages_diaries  # a row without claims
def test_a_session_that_is_back_at_its_time_before_anyone_was_told_is_reminded_of_at_once(mailoutbox):
    session = reminded(starts_at=NOW + timedelta(hours=26))
    for by in (timedelta(hours=1), timedelta(hours=-1)):
        move(session, by=by)
        keep_reminders(sessions=[session], site=sites_by_key(), at_once=known(session), now=NOW)

    send_due(now=NOW)

    assert len(mailoutbox) == 1
    assert sorted((row.key[-6:], row.state) for row in reminders_of(session)) == [
        ("days:0", VOID),
        ("days:2", SENT),
        ("ours:0", VOID),
        ("ours:1", VOID),
        ("ours:2", WAITING),
    ]


@pytest.mark.damages_diaries  # a row without claims
def test_what_was_sent_before_the_session_moved_there_and_back_is_not_sent_again(mailoutbox):
    session = reminded(starts_at=NOW + timedelta(hours=26))
    send_due(now=NOW)
    for by in (timedelta(hours=1), timedelta(hours=-1)):
        move(session, by=by)
        keep_reminders(sessions=[session], site=sites_by_key(), at_once=known(session), now=NOW)

    send_due(now=NOW)

    assert len(mailoutbox) == 1


@pytest.mark.damages_diaries  # a row without claims
def test_a_reminder_that_the_clinic_has_no_more_is_void_and_waits_again_when_it_is_back():
    session = reminded(starts_at=AFTERNOON + 9 * DAY)
    before = standing(session)
    for hours in (0, 3):
        Clinic.objects.update(reminder_hours_before=hours)
        keep_reminders(sessions=[session], site=sites_by_key(), at_once=known(session), now=NOW)
        states = [row.state for row in reminders_of(session)]
        assert states == [WAITING, WAITING if hours else VOID]

    assert standing(session) == before


@pytest.mark.damages_diaries  # a row without claims
def test_who_failed_to_be_reminded_is_called_and_not_written_to_again():
    session = reminded(starts_at=AFTERNOON + 9 * DAY)
    Message.objects.update(state=MessageState.CALL, reason="refused")

    keep_reminders(sessions=[session], site=sites_by_key(), at_once=known(session), now=NOW)

    assert [row.state for row in reminders_of(session)] == [MessageState.CALL] * 2


def test_a_confirmation_asks_nothing_about_reminders(world, course):
    with CaptureQueriesContext(connection) as queries:
        confirm_session(session=again(course[2]), by=world.reception, now=NOW)

    assert not [one for one in queries if "scheduling_message" in one["sql"]]


@pytest.mark.damages_diaries  # rows without claims
def test_any_number_of_sessions_is_put_right_in_four_statements(django_assert_num_queries):
    first = reminded(starts_at=AFTERNOON + 9 * DAY)
    sessions = [first] + [
        reminded(patient=first.patient, starts_at=AFTERNOON + n * DAY) for n in range(10, 16)
    ]
    for session in sessions:
        move(session, by=DAY)

    with django_assert_num_queries(4):
        keep_reminders(
            sessions=sessions,
            site=sites_by_key(),
            at_once=known(*sessions),
            now=NOW,
        )
