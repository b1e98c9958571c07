"""Who waits for a session of a course is offered what the course can take, and nothing else."""

from datetime import timedelta

import pytest

from scheduling.models import SessionStatus
from scheduling.offering import accept_offer
from scheduling.pausing import Pause, pause_course
from scheduling.session_states import StateForbids
from scheduling.waitlist import FreeTime, matches
from tests.cast import NOW
from tests.courses import a_booked_course, everything_written, times_of
from tests.moves import DAY, whole
from tests.waits import FREED, free, offered, waits
from tests.worlds import a_plan

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
