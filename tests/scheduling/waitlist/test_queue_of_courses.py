"""Who waits for a session of a course is offered what the course can take, and nothing else."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from scheduling.booking.freed_time import FreeTime
from scheduling.course_changes.pause import Pause, pause_course
from scheduling.courses.states import StateForbids
from scheduling.models import SessionStatus
from scheduling.waitlist.matching import matches
from scheduling.waitlist.offers import accept_offer
from tests.support.acts.courses import a_booked_course, everything_written, times_of
from tests.support.acts.moves import DAY, whole
from tests.support.acts.waits import FREED, free, offered, waits
from tests.support.builders import a_patient, a_site
from tests.support.cast import NOW
from tests.support.worlds import a_plan
from treatments.models import Plan

pytestmark = pytest.mark.django_db

HOUR = timedelta(hours=1)
WEDNESDAY_IN_TWO_WEEKS = FREED + 14 * DAY


def test_a_due_session_of_a_course_is_booked_by_accepting(world):
    plan = a_plan(world=world, sessions=4)
    first = plan.sessions.get(number=1)
    waits(world, first)

    moved = accept_offer(offer=offered(world), by=world.reception, now=NOW)

    assert (moved.pk, moved.status) == (first.pk, SessionStatus.BOOKED)


def test_nobody_is_offered_a_time_for_a_session_before_its_turn(world):
    waits(world, a_plan(world=world, sessions=4).sessions.get(number=2))
    on = WEDNESDAY_IN_TWO_WEEKS

    found = matches(free=FreeTime(world.site, on, on + 8 * HOUR), now=NOW)

    assert not list(found)


def test_a_course_that_rests_is_offered_nothing(world):
    plan = a_plan(world=world, sessions=4)
    waits(world, plan.sessions.get(number=1))
    pause_course(plan=plan, pause=Pause("Abroad"), by=world.reception, now=NOW)

    assert not list(matches(free=free(world), now=NOW))


def test_an_offer_does_not_outlive_the_pause_of_its_course(world):
    plan = a_plan(world=world, sessions=4)
    waits(world, plan.sessions.get(number=1))
    offer = offered(world)
    pause_course(plan=plan, pause=Pause("Abroad"), by=world.reception, now=NOW)
    wrote = everything_written()

    with pytest.raises(StateForbids):
        accept_offer(offer=offer, by=world.reception, now=NOW)

    assert everything_written() == wrote


def test_a_course_takes_only_what_leaves_its_later_sessions_in_their_windows(world):
    course = a_booked_course(world=world, sessions=4)
    second = whole(course[1])
    waits(world, second)

    def suits(days: int) -> bool:
        at = times_of(second).starts_at - days * DAY
        found = matches(free=FreeTime(world.site, at, at + HOUR), now=NOW)
        return any(True for _ in found)

    # Two weeks, three days less or four more: the third session stands still.
    assert suits(3)
    assert not suits(4)


def test_a_session_stays_at_the_site_where_it_is_or_was_wished(world):
    elsewhere = a_site(clinic=world.clinic, name="Utrecht South")
    plan = a_plan(world=world, sessions=4)
    waits(world, plan.sessions.get(number=1))
    assert list(matches(free=free(world), now=NOW))

    Plan.objects.filter(pk=plan.pk).update(wishes={"site": str(elsewhere.uuid)})

    assert not list(matches(free=free(world), now=NOW))


def test_who_wants_one_practitioner_and_nobody_else_is_offered_nobody_else(world):
    plan, wanted = a_plan(world=world, sessions=4), world.doctors[1]
    waits(world, plan.sessions.get(number=1))
    Plan.objects.filter(pk=plan.pk).update(wishes={"practitioner": str(wanted.uuid), "hard": True})

    [match] = matches(free=free(world), now=NOW)

    people = {one.resource.name for one in match.placed.assignments if one.resource.kind == "practitioner"}
    assert wanted.name in people
    assert world.doctors[0].name not in people


@pytest.mark.django_db(transaction=True)
def test_it_takes_as_many_queries_however_many_wait(world, django_assert_max_num_queries):
    def one_more(number: int) -> None:
        patient = a_patient(clinic=world.clinic, given_name=f"Nr {number}")
        waits(world, a_plan(world=world, sessions=4, patient=patient).sessions.get(number=1))

    one_more(1)
    with CaptureQueriesContext(connection) as few:
        assert len(list(matches(free=free(world), now=NOW))) == 1
    for number in range(2, 6):
        one_more(number)

    with django_assert_max_num_queries(len(few)):
        assert len(list(matches(free=free(world), now=NOW))) == 5
