"""Courses that overlap in many places are booked at once: nothing is taken twice, nothing deadlocks."""

from random import Random

import pytest

from scheduling.booking.book_course import book_course
from scheduling.booking.reserve import TimeTaken
from scheduling.models import Session
from scheduling.search.propose import Asked, propose
from tests.support.builders import a_patient
from tests.support.cast import NOW
from tests.support.database.rivals import at_once
from tests.support.worlds import a_course_world, a_plan
from treatments.wishes import Wishes

COURSES = 30

pytestmark = [pytest.mark.slow, pytest.mark.django_db(transaction=True)]


def test_rival_courses_are_booked_whole_or_not_at_all():
    world, chance = a_course_world(), Random(5)
    wanted = []
    for _ in range(COURSES):
        plan = a_plan(world=world, patient=a_patient(clinic=world.clinic), sessions=chance.choice([4, 5, 6]))
        # Everyone wants to come on one of two days: pages overlap in ever other orders.
        wishes = Wishes(weekdays=frozenset({chance.choice([1, 2])}))
        offers = propose(plan=plan, asked=Asked(wishes=wishes), now=NOW).proposals
        wanted.append((plan, chance.choice(offers)))

    def booking(plan, proposal):
        def book():
            try:
                return len(book_course(plan=plan, proposal=proposal, by=world.reception, now=NOW))
            except TimeTaken:
                return 0

        return book

    booked = at_once([booking(*want) for want in wanted])

    for (plan, _), count in zip(wanted, booked, strict=True):
        assert count in (0, plan.session_count)
        assert Session.objects.filter(plan=plan, status="booked").count() == count
    assert 2 <= len([count for count in booked if count]) < COURSES
