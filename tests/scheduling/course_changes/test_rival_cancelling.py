"""Cancelling and amending against booking and each other, all at the same moment."""

from collections import Counter

import pytest

from clinic.models import Change
from scheduling.booking.book_course import book_course
from scheduling.booking.holds import release_expired
from scheduling.course_changes.amend import Amendment, amend_course
from scheduling.course_changes.cancel import Ending, cancel_rest, cancel_session, stop_plan
from scheduling.course_changes.pause import Pause, pause_course
from scheduling.models import Claim, Session
from tests.support.acts.courses import a_booked_course
from tests.support.acts.holds import A_WHILE, a_hold, a_rival, from_tomorrow
from tests.support.acts.rhythm import as_it_is, assert_rhythm
from tests.support.cast import NOW
from tests.support.database.rivals import outcomes
from tests.support.worlds import a_course_world, a_plan

pytestmark = [pytest.mark.slow, pytest.mark.django_db(transaction=True)]

FLU = Ending(reason="Flu")
RIVALS = 8


def test_one_session_cancelled_by_many_at_once_is_cancelled_once():
    world = a_course_world()
    course = a_booked_course(world=world)

    said = outcomes(
        [lambda: cancel_session(session=course[1], ending=FLU, by=world.reception, now=NOW)] * RIVALS
    )

    assert set(said) == {"done"}
    assert Counter(Session.objects.filter(number=2).values_list("status", flat=True)) == {
        "cancelled": 1,
        "due": 1,
    }


def test_a_course_is_stopped_or_booked_and_never_half_of_each():
    world = a_course_world()
    plan = a_plan(world=world)
    proposal = from_tomorrow(plan)[0]

    said = outcomes(
        [
            lambda: book_course(plan=plan, proposal=proposal, by=world.reception, now=NOW),
            lambda: stop_plan(plan=plan, ending=FLU, by=world.reception, now=NOW),
        ]
    )

    assert said[1] == "done"
    assert set(Session.objects.values_list("status", flat=True)) == {"cancelled"}
    assert not Claim.objects.exists()


def test_freed_time_goes_to_one_of_those_who_wait_for_it():
    world = a_course_world()
    hold = a_hold(world=world)
    assert hold.plan
    rivals = [a_rival(world) for _ in range(RIVALS)]
    ending = [lambda: cancel_rest(plan=as_it_is(hold.plan), ending=FLU, by=world.reception, now=NOW)]
    wanted = [(plan, from_tomorrow(plan)[0]) for plan in rivals]

    said = outcomes(
        ending
        + [
            lambda plan=plan, proposal=proposal: book_course(  # type: ignore[misc]  # what is wanted is bound now
                plan=plan, proposal=proposal, by=world.reception, now=NOW
            )
            for plan, proposal in wanted
        ]
    )

    assert said[0] == "done"
    assert set(said[1:]) <= {"done", "time_taken"}
    assert said.count("done") >= 2


def test_a_hold_that_runs_out_while_its_course_is_amended_ends_once():
    world = a_course_world()
    hold = a_hold(world=world)
    assert hold.plan
    later, plan = NOW + A_WHILE, as_it_is(hold.plan)

    said = outcomes(
        [
            lambda: amend_course(
                plan=plan, amendment=Amendment(session_count=5), by=world.reception, now=later
            ),
            lambda: release_expired(now=later),
            lambda: release_expired(now=later),
        ]
    )

    assert said == ["done"] * 3
    assert not Claim.objects.exists()
    assert_rhythm(plan)


def test_of_amendments_at_once_one_is_made_and_the_others_look_again():
    world = a_course_world()
    plan = as_it_is(a_plan(world=world))

    said = outcomes(
        [lambda: amend_course(plan=plan, amendment=Amendment(session_count=6), by=world.reception, now=NOW)]
        * RIVALS
    )

    assert Counter(said) == {"done": 1, "course_changed": RIVALS - 1}
    assert Session.objects.count() == 6


def test_every_act_on_one_course_at_once_leaves_it_sound():
    world = a_course_world()
    course = a_booked_course(world=world)
    assert course[0].plan
    plan = as_it_is(course[0].plan)
    away = Pause(reason="Abroad", give_back=True)

    said = outcomes(
        [
            *(
                lambda one=one: cancel_session(session=one, ending=FLU, by=world.reception, now=NOW)
                for one in course
            ),
            lambda: cancel_rest(plan=plan, ending=FLU, keep_due=True, by=world.reception, now=NOW),
            lambda: pause_course(plan=plan, pause=away, by=world.reception, now=NOW),
            lambda: amend_course(
                plan=plan, amendment=Amendment(session_count=6), by=world.reception, now=NOW
            ),
        ]
    )

    assert set(said) <= {"done", "course_changed", "state_forbids"}
    assert not Claim.objects.exists()
    numbers = list(Change.objects.order_by("number").values_list("number", flat=True))
    assert numbers == list(range(1, len(numbers) + 1))
    assert_rhythm(plan)
