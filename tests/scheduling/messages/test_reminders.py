"""Reminders are planned with the booking, once, and taken back when the session changes."""

from datetime import UTC, datetime, time, timedelta

import pytest

from scheduling.booking.single_session import SingleSession, book_session
from scheduling.messages.reminders import keep_reminders
from scheduling.models import Message, MessageState
from tests.support.acts.mailing import a_session, move, reminded, sites_by_key
from tests.support.builders import a_clinic, a_patient, a_site
from tests.support.cast import NOW
from tests.support.worlds import a_course_world, a_plan

# Sessions are rows without claims here.
pytestmark = [pytest.mark.django_db, pytest.mark.damages_diaries]

NEXT_WEEK = datetime(2027, 1, 14, 13, 30, tzinfo=UTC)


def rows_of(session):
    return list(Message.objects.filter(session=session).order_by("due_at"))


def test_a_booked_session_has_two_reminders_waiting():
    world = a_course_world()
    wanted = SingleSession(world.patient, world.session_types["consultation"], NEXT_WEEK)

    session = book_session(wanted=wanted, by=world.reception, now=NOW)

    first, second = rows_of(session)
    assert first.due_at == datetime(2027, 1, 12, 9, tzinfo=UTC)
    assert second.due_at == NEXT_WEEK - timedelta(hours=3)
    assert first.state == second.state == MessageState.WAITING
    assert first.key == f"reminder:{session.uuid}:days:{session.sequence}"
    assert (first.clinic_id, first.patient_id) == (world.clinic.pk, world.patient.pk)


def test_reminders_of_a_course_name_its_plan():
    world = a_course_world()
    plan = a_plan(world=world)

    session = reminded(patient=world.patient, site=world.site, plan=plan, number=9, starts_at=NEXT_WEEK)

    assert {row.plan_id for row in rows_of(session)} == {plan.pk}


def test_planning_twice_writes_nothing_new():
    session = reminded(starts_at=NEXT_WEEK)
    before = rows_of(session)

    keep_reminders(sessions=[session], site=sites_by_key(), now=NOW + timedelta(days=9))

    assert [(row.pk, row.due_at) for row in rows_of(session)] == [(row.pk, row.due_at) for row in before]


def test_a_course_of_any_length_is_planned_with_three_queries(django_assert_num_queries):
    patient = a_patient(clinic=a_clinic())
    sessions = [a_session(patient=patient, starts_at=NEXT_WEEK + timedelta(weeks=n)) for n in range(12)]

    with django_assert_num_queries(3):
        keep_reminders(sessions=sessions, site=sites_by_key(), now=NOW)

    assert Message.objects.count() == 24


def test_each_reminder_stands_on_the_wall_clock_of_its_own_site():
    clinic = a_clinic()
    patient = a_patient(clinic=clinic)
    lisbon = a_site(clinic=clinic, name="Rua Augusta", zone="Europe/Lisbon", country="PT")
    athens = a_site(clinic=clinic, name="Ermou", zone="Europe/Athens", country="GR")
    sessions = [
        a_session(patient=patient, site=lisbon, starts_at=NEXT_WEEK),
        a_session(patient=patient, site=athens, starts_at=NEXT_WEEK + timedelta(days=1)),
    ]

    keep_reminders(sessions=sessions, site=sites_by_key(), now=NOW)

    due = [rows_of(session)[0].due_at for session in sessions]
    assert due == [datetime(2027, 1, 12, 10, tzinfo=UTC), datetime(2027, 1, 13, 8, tzinfo=UTC)]


@pytest.mark.parametrize("status", ["arrived", "completed", "missed", "cancelled"])
def test_only_sessions_that_still_wait_for_their_hour_are_reminded(status):
    session = reminded(starts_at=NEXT_WEEK, status=status)

    assert rows_of(session) == []


def test_a_due_session_has_no_time_and_no_reminder():
    world = a_course_world()
    plan = a_plan(world=world)

    keep_reminders(sessions=list(plan.sessions.all()), site=sites_by_key(), now=NOW)

    assert Message.objects.count() == 0


def test_a_moved_session_is_reminded_of_its_new_time_only():
    session = reminded(starts_at=NEXT_WEEK)
    move(session, by=timedelta(days=1))

    keep_reminders(sessions=[session], site=sites_by_key(), now=NOW)

    waiting = [row.due_at for row in rows_of(session) if row.state == MessageState.WAITING]
    assert waiting == [datetime(2027, 1, 13, 9, tzinfo=UTC), NEXT_WEEK + timedelta(days=1, hours=-3)]
    assert [row.reason for row in rows_of(session) if row.state == MessageState.VOID] == ["taken_back"] * 2


def test_a_reminder_that_went_out_stays_sent_when_the_session_moves():
    session = reminded(starts_at=NEXT_WEEK)
    first, _ = rows_of(session)
    Message.objects.filter(pk=first.pk).update(state=MessageState.SENT, sent_at=NOW)
    move(session, by=timedelta(days=1))

    keep_reminders(sessions=[session], site=sites_by_key(), now=NOW)

    assert [row.state for row in rows_of(session) if row.key.endswith(":0")] == ["sent", "void"]
    assert [row.state for row in rows_of(session) if row.key.endswith(":1")] == ["waiting", "waiting"]


def test_a_check_in_changes_no_reminder():
    session = reminded(starts_at=NEXT_WEEK)
    before = [(row.pk, row.key) for row in rows_of(session)]
    session.version += 1
    session.save()

    keep_reminders(sessions=[session], site=sites_by_key(), now=NOW)

    assert [(row.pk, row.key) for row in rows_of(session)] == before


def test_another_reminder_rule_neither_cancels_nor_doubles_what_is_planned():
    session = reminded(starts_at=NEXT_WEEK)
    clinic = session.clinic
    clinic.reminder_days_before, clinic.reminder_time, clinic.reminder_hours_before = 3, time(9), 4
    clinic.save()

    keep_reminders(sessions=[session], site=sites_by_key(), now=NOW)

    assert [row.state for row in rows_of(session)] == [MessageState.WAITING] * 2
