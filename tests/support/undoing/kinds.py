"""Every kind of act that can be undone: each prepares its world, and answers with what does the act."""

from collections.abc import Callable
from datetime import timedelta

from scheduling.booking.holds import book_hold
from scheduling.booking.single_session import SingleSession, book_session
from scheduling.course_changes.cancel import Ending, cancel_rest, cancel_session, stop_plan
from scheduling.models import Session
from scheduling.moving.ripple import Destination
from tests.support.acts.courses import a_booked_course, book
from tests.support.acts.holds import a_hold
from tests.support.acts.moves import later, move, plan_of, put, whole
from tests.support.acts.waits import waits
from tests.support.cast import NOW
from tests.support.worlds import World, a_plan

ENDING = Ending(reason="Moves away")
Done = Callable[[], object]


def booking(world: World) -> Done:
    plan = a_plan(world=world)
    return lambda: book(plan, world)


def booking_a_hold(world: World) -> Done:
    hold = a_hold(world=world)
    return lambda: book_hold(hold=hold, by=world.reception, now=NOW)


def moving_with_what_follows(world: World) -> Done:
    course = a_booked_course(world=world)
    return lambda: move(world, course[1], days=7, reason="Ski trip")


def moving_a_lone_session(world: World) -> Done:
    session = a_lone_session(world)
    return lambda: put(world, session, Destination(later(whole(session), 1)))


def giving_a_due_session_its_time(world: World) -> Done:
    course = a_booked_course(world=world)
    cancelled = cancel_session(session=course[2], ending=ENDING, by=world.reception, now=NOW)
    return lambda: put(world, cancelled.due[0], Destination(later(whole(course[2]), 1)))


def moving_to_another_doctor(world: World) -> Done:
    session = a_lone_session(world)
    other = next(doctor for doctor in world.doctors if doctor.name != session.lead)
    return lambda: put(world, session, Destination(later(whole(session), 1), practitioner=other))


def cancelling_what_is_waited_for(world: World) -> Done:
    """To be earlier; whoever waits for it waits for what is due in its place from then on."""
    course = a_booked_course(world=world)
    waits(world, course[1])
    return lambda: cancel_session(session=course[1], ending=ENDING, by=world.reception, now=NOW)


def stopping_a_plan_that_is_waited_for(world: World) -> Done:
    course = a_booked_course(world=world)
    waits(world, course[2])
    return lambda: stop_plan(plan=plan_of(course), ending=ENDING, by=world.reception, now=NOW)


def cancelling_a_session(world: World) -> Done:
    course = a_booked_course(world=world)
    return lambda: cancel_session(session=course[1], ending=ENDING, by=world.reception, now=NOW)


def cancelling_a_lone_session(world: World) -> Done:
    session = a_lone_session(world)
    return lambda: cancel_session(session=session, ending=ENDING, by=world.reception, now=NOW)


def cancelling_the_rest(world: World) -> Done:
    course = a_booked_course(world=world)
    return lambda: cancel_rest(plan=plan_of(course), ending=ENDING, by=world.reception, now=NOW)


def giving_back_all_times(world: World) -> Done:
    course = a_booked_course(world=world)
    return lambda: cancel_rest(
        plan=plan_of(course), ending=ENDING, keep_due=True, by=world.reception, now=NOW
    )


def stopping_the_plan(world: World) -> Done:
    course = a_booked_course(world=world)
    return lambda: stop_plan(plan=plan_of(course), ending=ENDING, by=world.reception, now=NOW)


def stopping_a_plan_that_is_held(world: World) -> Done:
    hold = a_hold(world=world)
    assert hold.plan is not None
    plan = hold.plan
    return lambda: stop_plan(plan=plan, ending=ENDING, by=world.reception, now=NOW)


def a_lone_session(world: World) -> Session:
    kind = world.session_types["consultation"]
    wanted = SingleSession(world.patient, kind, NOW + timedelta(days=2, hours=2))
    return book_session(wanted=wanted, by=world.reception, now=NOW)


KINDS = (
    booking,
    booking_a_hold,
    moving_with_what_follows,
    moving_a_lone_session,
    moving_to_another_doctor,
    giving_a_due_session_its_time,
    cancelling_a_session,
    cancelling_a_lone_session,
    cancelling_what_is_waited_for,
    cancelling_the_rest,
    giving_back_all_times,
    stopping_the_plan,
    stopping_a_plan_that_is_held,
    stopping_a_plan_that_is_waited_for,
)
