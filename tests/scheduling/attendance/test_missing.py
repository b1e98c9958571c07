"""Patients who do not come, and those who come after all."""

from datetime import timedelta

import pytest

from clinic.errors import NotAllowed, Refused
from clinic.identity.actors import Way, task_actor
from scheduling.attendance.attend import arrive, miss
from scheduling.attendance.repeats import RepeatedAlready
from scheduling.booking.single_session import SingleSession, book_session
from scheduling.models import Claim, Session
from tests.support.acts.attendance import S, again, claims_of, due_number, during
from tests.support.acts.courses import times_of
from tests.support.cast import NOW

pytestmark = pytest.mark.django_db


def test_a_missed_session_frees_its_time_and_is_due_again(world, course):
    session = course[0]

    miss(session=session, by=world.reception, now=during(session))

    stands = again(session)
    assert not Claim.objects.filter(session=session).exists()
    assert (stands.starts_at, stands.cast) == (session.starts_at, session.cast)
    assert due_number(session.plan, 1).attempt == 2


def test_nobody_is_missed_before_their_hour(world, course):
    with pytest.raises(Refused) as refused:
        miss(session=course[0], by=world.reception, now=times_of(course[0]).starts_at - timedelta(minutes=1))

    assert refused.value.code == "visit_still_ahead"


def test_a_task_marks_nobody_as_missed(world, course):
    machine = task_actor(clinic_id=world.clinic.pk, label="closing", way=Way.TASK)

    with pytest.raises(NotAllowed) as refused:
        miss(session=course[0], by=machine, now=during(course[0]))

    assert refused.value.code == "person_needed"


def test_who_comes_after_all_has_their_time_back(world, course):
    session = course[0]
    claims = claims_of(session)
    miss(session=session, by=world.reception, now=during(session))

    arrive(session=session, by=world.reception, now=during(session) + timedelta(minutes=20))

    assert (
        sorted(Claim.objects.filter(session=session).values_list("diary", "start_cell", "end_cell")) == claims
    )
    assert again(session).status == S.ARRIVED
    assert not Session.objects.filter(plan=session.plan, number=1, status=S.DUE).exists()


def test_who_comes_after_all_is_here_without_a_time_if_it_is_taken(world, course):
    session = course[0]
    miss(session=session, by=world.reception, now=times_of(session).starts_at)
    sameness = SingleSession(
        session.patient, world.session_types["consultation"], times_of(session).starts_at
    )
    book_session(wanted=sameness, by=world.reception, now=times_of(session).starts_at)

    stands = arrive(session=session, by=world.reception, now=during(session))

    assert (stands.status, stands.starts_at, stands.cast) == (S.ARRIVED, None, [])
    assert stands.sequence == session.sequence + 1
    assert stands.local_date == times_of(session).on


def test_who_comes_another_day_stands_for_another_session(world, course):
    miss(session=course[0], by=world.reception, now=during(course[0]))

    with pytest.raises(Refused) as refused:
        arrive(session=course[0], by=world.reception, now=during(course[0]) + timedelta(days=1))

    assert refused.value.code == "missed_on_another_day"


def test_who_was_booked_anew_does_not_come_for_the_old_session(world, course):
    miss(session=course[0], by=world.reception, now=during(course[0]))
    Session.objects.filter(pk=due_number(course[0].plan, 1).pk).update(status=S.COMPLETED)

    with pytest.raises(RepeatedAlready):
        arrive(session=course[0], by=world.reception, now=during(course[0]))


def test_a_session_without_a_course_is_missed_and_completed_alike(world):
    at = NOW + timedelta(hours=2)
    session = SingleSession(world.patient, world.session_types["consultation"], at)
    one = book_session(wanted=session, by=world.reception, now=NOW)

    missed = miss(session=one, by=world.reception, now=at)

    assert missed.status == S.MISSED
    assert Session.objects.count() == 1
