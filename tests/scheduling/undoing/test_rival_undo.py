"""Two who undo, and one who undoes while another takes the time: one wins, and nothing is torn."""

from datetime import timedelta

import pytest

from scheduling.booking.holds import HoldAsked, hold_course
from scheduling.booking.single_session import SingleSession, book_session
from scheduling.course_changes.cancel import Ending, cancel_session
from scheduling.diaries.integrity import flaws
from scheduling.models import CourseAct, CourseActKind, Hold, Session
from scheduling.undoing.undo import undo
from tests.support.acts.absences import leave_of
from tests.support.acts.courses import a_booked_course, offers, times_of
from tests.support.acts.holds import a_hold
from tests.support.builders import a_patient
from tests.support.cast import NOW
from tests.support.database.rivals import outcomes
from tests.support.undoing.picture import last_act
from tests.support.worlds import a_course_world
from treatments.models import Plan

pytestmark = [pytest.mark.slow, pytest.mark.django_db(transaction=True)]

DESKS = 6
ENDING = Ending(reason="Moves away")


def test_an_act_is_undone_once_however_many_desks_undo_it():
    world = a_course_world()
    course = a_booked_course(world=world)
    cancel_session(session=course[1], ending=ENDING, by=world.reception, now=NOW)
    act = last_act()

    said = outcomes([lambda: undo(act=act, by=world.reception, now=NOW)] * DESKS)

    assert sorted(said) == ["done"] + ["undo_over"] * (DESKS - 1)
    assert Session.objects.get(pk=course[1].pk).version == course[1].version + 2


def test_leave_is_undone_once_however_many_undo_it():
    world = a_course_world()
    leave_of(world, world.doctors[0])
    act = last_act()

    said = outcomes([lambda: undo(act=act, by=world.owner, now=NOW)] * DESKS)

    assert sorted(said) == ["done"] + ["undo_over"] * (DESKS - 1)


def test_of_who_undoes_and_who_books_the_time_one_has_it():
    world = a_course_world()
    course = a_booked_course(world=world)
    cancel_session(session=course[1], ending=ENDING, by=world.reception, now=NOW)
    act = last_act()
    doctor = next(doctor for doctor in world.doctors if doctor.name == course[1].lead)
    wanted = SingleSession(
        a_patient(clinic=world.clinic),
        world.session_types["consultation"],
        times_of(course[1]).ends_at - timedelta(minutes=15),
        practitioner=doctor,
    )

    said = outcomes(
        [
            lambda: undo(act=act, by=world.reception, now=NOW),
            lambda: book_session(wanted=wanted, by=world.reception, now=NOW),
        ]
    )

    assert sorted(said) == ["done", "time_taken"]
    assert list(flaws()) == []


def test_of_who_undoes_and_who_enters_leave_over_the_time_both_know_of_each_other():
    world = a_course_world()
    course = a_booked_course(world=world)
    cancel_session(session=course[1], ending=ENDING, by=world.reception, now=NOW)
    act, day = last_act(), timedelta(days=1)
    doctor = next(doctor for doctor in world.doctors if doctor.name == course[1].lead)
    found = []

    def away() -> None:
        on = times_of(course[1]).starts_at
        found.append(leave_of(world, doctor, starts=on - day, ends=on + day))

    said = outcomes([lambda: undo(act=act, by=world.reception, now=NOW), away])

    in_the_way = [one.session.pk for one in found[0].cleared.in_the_way]
    # Undone before it, the session is in its list; else it was refused.
    assert said[1] == "done"
    assert (said[0], in_the_way) in [("done", [course[1].pk]), ("time_taken", [])]


def test_of_who_undoes_leave_and_who_holds_the_course_anew_one_holds_it():
    world = a_course_world()
    hold = a_hold(world=world)
    assert hold.plan is not None
    for doctor in world.doctors:
        leave_of(world, doctor, ends=NOW + timedelta(days=5))
    act = CourseAct.objects.exclude(before__holds=[]).get(kind=CourseActKind.LEAVE)
    plan = Plan.objects.select_related("clinic").get(pk=hold.plan.pk)
    proposal = offers(plan=plan, first_on=(NOW + timedelta(days=7)).date())[0]

    said = outcomes(
        [
            lambda: undo(act=act, by=world.owner, now=NOW),
            lambda: hold_course(plan=plan, proposal=proposal, asked=HoldAsked(), by=world.reception, now=NOW),
        ]
    )

    # Whoever comes second finds the course changed.
    assert sorted(said) in (["done", "proposal_stale"], ["done", "undo_over"])
    assert Hold.objects.standing().filter(plan=plan).count() == 1
    assert list(flaws()) == []
