"""Cancelling the rest of a course, or the whole plan."""

from datetime import timedelta

import pytest

from scheduling.attendance.attend import start
from scheduling.booking.book_course import book_course
from scheduling.course_changes.cancel import cancel_rest, stop_plan
from scheduling.models import Claim, Hold, Outcome, Session, SessionStatus
from tests.support.acts.amendments import BY_PATIENT, FLU, plan_of, statuses
from tests.support.acts.attendance import done, during
from tests.support.acts.courses import a_booked_course, everything_written, offers
from tests.support.acts.holds import a_hold
from tests.support.acts.rhythm import give
from tests.support.cast import NOW
from tests.support.worlds import a_plan
from treatments.models import PlanState

pytestmark = pytest.mark.django_db

DAY = timedelta(days=1)


def test_the_rest_of_a_course_is_cancelled_and_the_course_stops(world, course):
    give(course[0])

    ended = cancel_rest(plan=plan_of(course), ending=FLU, by=world.reception, now=NOW)

    assert [session.number for session in ended.sessions] == [2, 3, 4]
    assert statuses(course) == ["completed", "cancelled", "cancelled", "cancelled"]
    assert plan_of(course).state == PlanState.STOPPED
    assert Claim.objects.exclude(session=course[0]).count() == 0


def test_sessions_that_were_never_promised_are_off_without_a_new_sequence(world):
    plan = a_plan(world=world)

    cancel_rest(plan=plan, ending=BY_PATIENT, by=world.reception, now=NOW)

    assert {(row.status, row.sequence) for row in Session.objects.all()} == {("cancelled", 0)}
    assert not Session.objects.filter(is_late_cancel=True).exists()


def test_what_was_done_may_still_be_reviewed(world):
    course = a_booked_course(world=world, protocol="svf-combination", sessions=1)
    give(course[0])

    cancel_rest(plan=plan_of(course), ending=FLU, by=world.reception, now=NOW)

    assert plan_of(course).state == PlanState.ACTIVE
    assert set(statuses(course)) == {"completed", "due"}


def test_a_review_of_nothing_is_off_too(world):
    course = a_booked_course(world=world, protocol="svf-combination", sessions=1)

    cancel_rest(plan=plan_of(course), ending=FLU, by=world.reception, now=NOW)

    assert plan_of(course).state == PlanState.STOPPED
    assert set(statuses(course)) == {"cancelled"}


def test_times_can_be_given_back_while_the_sessions_stay_due(world, course):
    give(course[0])

    ended = cancel_rest(plan=plan_of(course), ending=FLU, keep_due=True, by=world.reception, now=NOW)

    assert [(session.number, session.attempt) for session in ended.due] == [(2, 2), (3, 2), (4, 2)]
    assert plan_of(course).state == PlanState.ACTIVE
    again = offers(plan=plan_of(course))[0]
    booked = book_course(plan=plan_of(course), proposal=again, by=world.reception, now=NOW)
    assert [session.number for session in booked] == [2, 3, 4]


def test_a_hold_of_the_course_ends_with_it(world):
    hold = a_hold(world=world)
    assert hold.plan

    stop_plan(plan=hold.plan, ending=FLU, by=world.reception, now=NOW)

    assert Hold.objects.get().released_at == NOW
    assert not Claim.objects.exists()
    assert {(row.status, row.starts_at) for row in Session.objects.all()} == {("cancelled", None)}


def test_stopping_a_plan_ends_reviews_too_and_lets_who_is_under_treatment_be_treated(world):
    course = a_booked_course(world=world, protocol="svf-combination", sessions=1)
    Session.objects.filter(pk=course[0].pk).update(status=SessionStatus.IN_TREATMENT)

    stop_plan(plan=plan_of(course), ending=FLU, by=world.reception, now=NOW)

    assert plan_of(course).state == PlanState.STOPPED
    assert sorted(statuses(course)) == ["cancelled", "cancelled", "in_treatment"]


def test_stopping_twice_changes_nothing(world, course):
    stop_plan(plan=plan_of(course), ending=FLU, by=world.reception, now=NOW)
    before = everything_written()

    stop_plan(plan=plan_of(course), ending=FLU, by=world.reception, now=NOW)
    cancel_rest(plan=plan_of(course), ending=FLU, by=world.reception, now=NOW)

    assert everything_written() == before


def test_a_course_that_is_stopped_while_the_patient_is_treated_repeats_nothing(world, course):
    start(session=course[0], by=world.reception, now=NOW)
    stop_plan(plan=plan_of(course), ending=FLU, by=world.reception, now=NOW)

    done(course[0], world, outcome=Outcome.NOT_GIVEN)

    assert statuses(course) == ["completed", "cancelled", "cancelled", "cancelled"]
    assert plan_of(course).state == PlanState.STOPPED


def test_what_follows_on_sessions_that_were_left_out_still_finds_calendars(world, course):
    give(course[0])
    on_its_day = during(course[3])
    start(session=course[3], by=world.reception, now=on_its_day)
    cancel_rest(plan=plan_of(course), ending=FLU, by=world.reception, now=on_its_day)

    done(course[3], world, outcome=Outcome.NOT_GIVEN)

    [proposal, *_] = offers(plan=plan_of(course), now=on_its_day)
    assert [placed.number for placed in proposal.sessions] == [4]
