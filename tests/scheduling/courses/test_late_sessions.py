"""A session whose window closed: the course goes on as soon as it can, and the lateness is told."""

from datetime import datetime, timedelta

import pytest

from scheduling.attendance.attend import miss
from scheduling.booking.book_course import book_course
from scheduling.courses.course import course_of
from scheduling.models import Session
from scheduling.moving.move import move_sessions, preview_ripple
from scheduling.moving.retime import MoveTerms
from scheduling.moving.ripple import Ripple, RippleAsked
from scheduling.reports.adherence import course_adherence
from scheduling.reports.deviation import Timing
from scheduling.search.propose import Asked, propose
from tests.support.acts.attendance import again, done
from tests.support.acts.courses import a_booked_course, times_of
from tests.support.acts.moves import DAY, codes, dates_of, move, plan_of
from tests.support.worlds import World

pytestmark = pytest.mark.django_db


@pytest.fixture
def course(world) -> list[Session]:
    """Four treatments on Mondays; the first was given, the second missed on 18 January."""
    course = a_booked_course(world=world, sessions=4)
    done(course[0], world)
    miss(session=course[1], by=world.reception, now=times_of(course[1]).starts_at + timedelta(hours=1))
    return [again(session) for session in course]


def days_after_the_miss(course: list[Session], days: int) -> datetime:
    return times_of(course[1]).starts_at + days * DAY


def rippled(world: World, course: list[Session], now: datetime) -> Ripple:
    return preview_ripple(plan=plan_of(course), asked=RippleAsked(), by=world.reception, now=now)


@pytest.mark.parametrize("days", [1, 3, 4, 5, 10])
def test_a_missed_session_finds_its_time_however_late_the_patient_is(world, course, days):
    now = days_after_the_miss(course, days)

    ripple = rippled(world, course, now)

    assert codes(ripple) == set()
    [again_second, *_] = [placed for session, placed in ripple.moved if session.number == 2]
    assert 0 <= (again_second.local_date - now.date()).days <= 3


def test_the_rest_of_the_course_follows_what_came_late(world, course):
    now = days_after_the_miss(course, 10)
    ripple = rippled(world, course, now)
    assert ripple.proposal is not None

    move_sessions(
        plan=plan_of(course), proposal=ripple.proposal, terms=MoveTerms(), by=world.reception, now=now
    )

    first, second, third, fourth = dates_of(plan_of(course))
    assert (second - first).days == 25
    assert third - second >= 11 * DAY
    assert fourth - third >= 11 * DAY


def test_calendars_are_offered_and_say_how_late_they_are(world, course):
    now = days_after_the_miss(course, 10)
    plan = plan_of(course)

    [proposal, *_] = propose(plan=plan, asked=Asked(sessions=1), now=now).proposals
    [booked] = book_course(plan=plan, proposal=proposal, by=world.reception, now=now)

    assert "Session 2 is 10 days late" in proposal.costs
    assert times_of(booked).on == now.date()


def test_what_came_late_is_told_as_late(world, course):
    now = days_after_the_miss(course, 10)
    ripple = rippled(world, course, now)
    assert ripple.proposal is not None
    terms = MoveTerms()
    move_sessions(plan=plan_of(course), proposal=ripple.proposal, terms=terms, by=world.reception, now=now)
    second = next(one for one in course_of(plan=plan_of(course)).sessions if one.number == 2)
    done(second, world)

    found = course_adherence(plan=plan_of(course))

    [late] = [one.deviation for one in found.sessions if one.session.pk == second.pk]
    assert (late.timing, late.days_off_target) == (Timing.LATE, 11)


def test_a_session_put_outside_its_window_with_a_reason_stays_in_a_ripple(world):
    course = a_booked_course(world=world, sessions=4)
    move(world, course[3], days=7, reason="A wedding")
    kept = dates_of(plan_of(course))[3]

    ripple = rippled(world, course, times_of(course[0]).starts_at - timedelta(hours=1))
    move(world, course[1], days=4)

    assert ripple.moved == ()
    assert dates_of(plan_of(course))[3] == kept
