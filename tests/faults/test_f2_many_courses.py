"""F2: a hundred courses that overlap at random are taken, held, booked and moved at once."""

import pytest

from scheduling.models import Claim
from tests.support.chance import chance
from tests.support.faults.many_courses import (
    COURSES,
    MOST_CLINICS,
    assert_acknowledged,
    assert_all_or_nothing,
    assert_quick_and_clean,
    book_all,
    rippling,
    rival_plans,
    taking,
)
from tests.support.rest import a_client_of
from tests.support.worlds import a_course_world

pytestmark = [pytest.mark.deep, pytest.mark.slow, pytest.mark.django_db(transaction=True)]


@pytest.mark.experiment("F2", "rival courses: book, hold")
def test_rival_courses_are_booked_or_held_whole_or_not_at_all(rush):
    for number in range(MOST_CLINICS):
        drawn, world = chance(100 + number), a_course_world()
        plans = rival_plans(world, drawn)
        answers = rush.add(taking(a_client_of(world), plans, drawn))
        assert_all_or_nothing(plans)
        assert_acknowledged(answers)
        if rush.statuses[201] > 1:
            break

    rush.notes.append(f"{(number + 1) * COURSES} courses")
    assert set(rush.statuses) <= {201, 409}
    assert rush.statuses[201] > 1
    assert_quick_and_clean(rush)


@pytest.mark.experiment("F2", "booked courses that move at once: ripple")
def test_courses_that_ripple_against_each_other_lose_no_time_and_overlap_nowhere(rush):
    for number in range(MOST_CLINICS):
        drawn, world = chance(200 + number), a_course_world()
        rest, plans = a_client_of(world), rival_plans(world, drawn)
        book_all(rest, plans, drawn)
        before = Claim.objects.count()
        answers = rush.add(rippling(world, rest, drawn))
        assert Claim.objects.count() == before
        assert_all_or_nothing(plans)
        assert_acknowledged(answers)
        if rush.statuses[200]:
            break

    rush.notes.append(f"{len(rush.seconds)} courses")
    assert set(rush.statuses) <= {200, 409, 422}
    assert rush.statuses[200] > 0
    assert_quick_and_clean(rush)
