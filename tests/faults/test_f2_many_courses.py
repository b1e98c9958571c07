"""F2: a hundred courses that overlap at random are taken, held, booked and moved at once."""

from random import Random

import pytest

from scheduling.models import Claim
from tests.faults.many_courses import (
    COURSES,
    assert_acknowledged,
    assert_all_or_nothing,
    assert_quick_and_clean,
    book_all,
    rippling,
    rival_plans,
    taking,
)
from tests.rest import a_client_of
from tests.worlds import World, a_course_world
from treatments.models import Plan

pytestmark = [pytest.mark.deep, pytest.mark.slow, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def world() -> World:
    return a_course_world()


@pytest.fixture
def plans(world) -> list[Plan]:
    return rival_plans(world)


@pytest.mark.experiment("F2", "rival courses: book, hold")
def test_rival_courses_are_booked_or_held_whole_or_not_at_all(world, plans, rush):
    rest = a_client_of(world)

    answers = rush.add(taking(rest, plans, Random(8)))

    rush.notes.append(f"{COURSES} courses")
    assert set(rush.statuses) <= {201, 409}
    assert rush.statuses[201] > 1
    assert_all_or_nothing(plans)
    assert_acknowledged(answers)
    assert_quick_and_clean(rush)


@pytest.mark.experiment("F2", "booked courses that move at once: ripple")
def test_courses_that_ripple_against_each_other_lose_no_time_and_overlap_nowhere(world, plans, rush):
    rest, chance = a_client_of(world), Random(9)
    book_all(rest, plans, chance)
    before = Claim.objects.count()

    answers = rush.add(rippling(world, rest, chance))

    rush.notes.append(f"{len(answers)} courses")
    assert set(rush.statuses) <= {200, 409, 422}
    assert rush.statuses[200] > 0
    assert Claim.objects.count() == before
    assert_all_or_nothing(plans)
    assert_acknowledged(answers)
    assert_quick_and_clean(rush)
