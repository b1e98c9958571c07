"""Completing a session: what came of it, what is written down, and what follows for the course."""

from datetime import timedelta

import pytest

from clinic.errors import Refused
from scheduling.booking.book_course import book_course
from scheduling.models import Outcome, Session
from scheduling.search.propose import Asked, propose
from tests.support.acts.attendance import S, again, date_of, done, due_number
from tests.support.acts.courses import a_booked_course, times_of
from tests.support.cast import NOW
from tests.support.worlds import a_plan
from treatments.models import Plan, PlanState

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("outcome", [Outcome.PARTLY, Outcome.NOT_GIVEN])
def test_what_was_not_given_whole_has_a_reason(world, course, outcome):
    with pytest.raises(Refused) as refused:
        done(course[0], world, outcome=outcome, reason=" ")

    assert refused.value.code == "outcome_reason_missing"


@pytest.mark.parametrize(
    ("outcome", "says", "counts"),
    [
        (Outcome.GIVEN, False, True),
        (Outcome.PARTLY, True, True),
        (Outcome.PARTLY, False, False),
        (Outcome.NOT_GIVEN, True, False),
    ],
)
def test_only_what_counts_moves_the_course_on(world, course, outcome, says, counts):
    stands = done(course[0], world, outcome=outcome, counts=says)

    assert stands.counts is counts
    assert Session.objects.filter(plan=stands.plan, number=1, status=S.DUE).exists() is not counts


def test_a_failed_session_is_due_again_under_its_number(world, course):
    second = course[1]
    done(course[0], world)

    done(second, world, outcome=Outcome.NOT_GIVEN)

    repeat = due_number(second.plan, 2)
    assert (repeat.attempt, repeat.step, repeat.session_type) == (2, second.step, second.session_type)
    first_on = times_of(course[0]).on
    assert repeat.earliest_on == first_on + timedelta(days=11)
    assert (repeat.target_on, repeat.latest_on) == (
        first_on + timedelta(days=14),
        first_on + timedelta(days=18),
    )
    assert again(second).status == S.COMPLETED


def test_what_is_due_later_is_counted_from_what_counts(world):
    plan = a_plan(world=world)
    found = propose(plan=plan, asked=Asked(sessions=2), now=NOW)
    _, second = book_course(plan=plan, proposal=found.proposals[0], by=world.reception, now=NOW)

    done(second, world, outcome=Outcome.NOT_GIVEN)

    repeat, third = due_number(plan, 2), due_number(plan, 3)
    assert third.target_on == date_of(repeat.target_on) + timedelta(days=14)


def test_the_first_session_keeps_its_window_when_it_is_repeated(world, course):
    done(course[0], world, outcome=Outcome.NOT_GIVEN)

    repeat = due_number(course[0].plan, 1)

    assert repeat.attempt == 2
    assert (repeat.earliest_on, repeat.latest_on) == (course[0].earliest_on, course[0].latest_on)


def test_the_last_treatment_completes_the_course_and_reviews_may_follow(world):
    [session] = a_booked_course(world=world, protocol="svf-combination", sessions=1)
    record = {"harvest-site": "abdomen", "kit-lot": "K-17"}

    done(session, world, record=record)

    assert Plan.objects.get().state == PlanState.COMPLETED
    assert Session.objects.filter(kind="review", status=S.DUE).count() == 2


def test_a_course_with_something_ahead_goes_on(world, course):
    for session in course[:-1]:
        done(session, world)
    done(course[-1], world, outcome=Outcome.NOT_GIVEN)

    assert Plan.objects.get().state == PlanState.ACTIVE


def test_what_the_session_type_asks_for_is_recorded(world):
    [session] = a_booked_course(world=world, protocol="svf-combination", sessions=1)

    stands = done(session, world, record={"harvest-site": "waist", "kit-lot": " K-17 "})

    assert stands.record == {"harvest-site": "waist", "kit-lot": "K-17"}


@pytest.mark.parametrize(
    ("record", "code"),
    [
        ({}, "record_incomplete"),
        ({"harvest-site": "waist", "kit-lot": ""}, "record_incomplete"),
        ({"harvest-site": "ear", "kit-lot": "K"}, "unknown_record_choice"),
        ({"harvest-site": "waist", "kit-lot": "K", "mood": "good"}, "unknown_record_field"),
        ({"harvest-site": "waist", "kit-lot": "K" * 201}, "record_too_long"),
    ],
)
def test_a_record_that_is_not_what_is_asked_for_is_refused(world, record, code):
    [session] = a_booked_course(world=world, protocol="svf-combination", sessions=1)

    with pytest.raises(Refused) as refused:
        done(session, world, record=record)

    assert refused.value.code == code
    assert again(session).status == S.BOOKED


def test_missing_fields_are_named_together(world):
    [session] = a_booked_course(world=world, protocol="svf-combination", sessions=1)

    with pytest.raises(Refused) as refused:
        done(session, world)

    assert refused.value.sentence == "Write down as well: Harvest site, Kit lot."


def test_where_nothing_was_given_nothing_need_be_recorded(world):
    [session] = a_booked_course(world=world, protocol="svf-combination", sessions=1)

    assert done(session, world, outcome=Outcome.NOT_GIVEN).record == {}
