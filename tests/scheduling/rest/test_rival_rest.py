"""Two desks book two courses of one patient at once: one of them is too near, and is refused."""

from datetime import timedelta

import pytest

from clinic.errors import Refused
from scheduling.booking.book_course import book_course
from scheduling.models import Session, SessionStatus
from tests.support.acts.courses import dates, offers
from tests.support.cast import NOW
from tests.support.database.rivals import at_once
from tests.support.worlds import a_course_world, a_plan

DAY = timedelta(days=1)

pytestmark = [pytest.mark.slow, pytest.mark.django_db(transaction=True)]


@pytest.mark.parametrize("round_", range(3))
def test_of_two_courses_booked_at_once_one_is_refused_for_its_rest(round_):
    world = a_course_world()
    one, other = a_plan(world=world), a_plan(world=world, protocol="mesotherapy")
    soon = offers(plan=one)[0]
    late = offers(plan=other, first_on=dates(soon)[0] + DAY)[0]

    def booking(plan, proposal):
        def book():
            try:
                return len(book_course(plan=plan, proposal=proposal, by=world.reception, now=NOW))
            except Refused as refusal:
                return refusal.code

        return book

    booked = at_once([booking(one, soon), booking(other, late)])

    [code] = [one for one in booked if one != 4]
    assert code.startswith("rest_")
    assert Session.objects.filter(status=SessionStatus.BOOKED).count() == 4
