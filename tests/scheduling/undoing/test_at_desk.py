"""What is done at the desk on the day is undone like any other act: all of its course stands as it did."""

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest

from scheduling.attendance.attend import arrive, miss
from scheduling.attendance.undo import undo
from scheduling.attendance.walk_in import WalkIn, walk_in
from scheduling.diaries.integrity import flaws
from scheduling.models import Outcome, Session
from tests.support.acts.attendance import done, due_number, during
from tests.support.acts.courses import a_booked_course
from tests.support.acts.waits import waits
from tests.support.undoing.picture import last_act, picture
from tests.support.worlds import World, a_plan

pytestmark = pytest.mark.django_db

Done = Callable[[], Session]


def missing_what_is_waited_for(world: World) -> tuple[Done, datetime]:
    session = a_booked_course(world=world)[1]
    waits(world, session)
    now = during(session)
    return lambda: miss(session=session, by=world.reception, now=now), now


def coming_after_all(world: World) -> tuple[Done, datetime]:
    session = a_booked_course(world=world)[1]
    waits(world, session)
    now = during(session)
    miss(session=session, by=world.reception, now=now)
    return lambda: arrive(session=session, by=world.reception, now=now), now


def a_failed_draw(world: World) -> tuple[Done, datetime]:
    session = a_booked_course(world=world)[0]
    return lambda: done(session, world, outcome=Outcome.NOT_GIVEN), during(session)


def the_third_in_place_of_the_second(world: World) -> tuple[Done, datetime]:
    course = a_booked_course(world=world)
    miss(session=course[1], by=world.reception, now=during(course[1]))
    return lambda: done(course[2], world), during(course[2])


def the_last_of_a_course(world: World) -> tuple[Done, datetime]:
    *first, last = a_booked_course(world=world)
    for session in first:
        done(session, world)
    return lambda: done(last, world), during(last)


def walking_in_for_a_course(world: World) -> tuple[Done, datetime]:
    first = due_number(a_plan(world=world), 1)
    new = WalkIn(world.patient, session=first)
    now = first.created_at + timedelta(hours=1)
    return lambda: walk_in(new=new, by=world.reception, now=now), now


@pytest.mark.parametrize(
    "act",
    [
        missing_what_is_waited_for,
        coming_after_all,
        a_failed_draw,
        the_third_in_place_of_the_second,
        the_last_of_a_course,
        walking_in_for_a_course,
    ],
)
def test_an_act_at_the_desk_that_is_undone_leaves_everything_as_it_was(world, act):
    doing, now = act(world)
    before = picture()
    session = doing()

    undo(session=session, by=world.reception, now=now)

    after = picture()
    assert before | {"freed": after["freed"], "reminders": after["reminders"]} == after
    assert list(flaws()) == []


def test_it_can_be_undone_until_the_day_of_its_site_is_over(world, course):
    arrive(session=course[0], by=world.reception, now=during(course[0]))

    until = last_act().undo_until.astimezone(world.site.tz)

    assert (until.hour, until.minute) == (0, 0)
    assert until - during(course[0]) < timedelta(days=1)
