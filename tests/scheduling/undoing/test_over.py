"""Undoing is over once it is too late, was done, or something was written since that it would put back."""

from collections.abc import Callable
from datetime import timedelta

import pytest

from clinic.errors import ClinicError
from scheduling.attendance.attend import confirm_session
from scheduling.booking.holds import HoldAsked, hold_course, release_hold
from scheduling.course_changes.amend import Amendment, Interval, amend_course
from scheduling.course_changes.cancel import Ending, cancel_rest, cancel_session
from scheduling.models import Hold, Session, Telling
from scheduling.privacy.erasure import erase_patient
from scheduling.undoing.as_left import UndoOver
from scheduling.waitlist.queue import WaitAsked, join_waitlist
from tests.support.acts.courses import a_booked_course, book, everything_written
from tests.support.acts.holds import a_hold, from_tomorrow
from tests.support.acts.moves import move, plan_of, whole
from tests.support.cast import NOW
from tests.support.undoing.picture import last_act, undone
from tests.support.worlds import World, a_course_world
from treatments.models import Plan

pytestmark = pytest.mark.django_db

ENDING = Ending(reason="Moves away")
SINCE = NOW + timedelta(minutes=1)


def refusal(world: World, **how) -> ClinicError:
    """Why undoing the act was refused; nothing is written."""
    before = everything_written()
    with pytest.raises(UndoOver) as refused:
        undone(world, how.pop("act", None), **how)
    assert everything_written() == before
    return refused.value


@pytest.mark.parametrize("undo_seconds", [0, 180, 900])
def test_after_a_quarter_of_an_hour_nothing_is_undone(undo_seconds):
    world = a_course_world(undo_seconds=undo_seconds)
    course = a_booked_course(world=world)
    cancel_session(session=course[1], ending=ENDING, by=world.reception, now=NOW)
    quarter = timedelta(minutes=15)

    refused = refusal(world, now=NOW + quarter)

    assert (refused.code, "too late" in refused.sentence) == ("undo_over", True)
    assert undone(world, now=NOW + quarter - timedelta(seconds=1)).undone_at


def test_an_act_is_undone_once_and_undoing_is_not_undone(world, course):
    cancel_session(session=course[1], ending=ENDING, by=world.reception, now=NOW)
    act = last_act()
    undone(world)

    refused = refusal(world, act=act)

    assert "undone already" in refused.sentence
    assert last_act() == act


def confirmed(world: World, course: list[Session]) -> None:
    confirm_session(session=course[0], by=world.reception, now=SINCE)


def moved(world: World, course: list[Session]) -> None:
    move(world, course[1], days=1)


def cancelled(world: World, course: list[Session]) -> None:
    cancel_session(session=whole(course[3]), ending=ENDING, by=world.reception, now=SINCE)


def amended(world: World, course: list[Session]) -> None:
    plan = Plan.objects.get(pk=plan_of(course).pk)
    amend_course(plan=plan, amendment=Amendment(interval=Interval(16)), by=world.reception, now=SINCE)


def noted_otherwise(world: World, course: list[Session]) -> None:
    plan = Plan.objects.get(pk=plan_of(course).pk)
    amend_course(plan=plan, amendment=Amendment(indication="Hair"), by=world.reception, now=SINCE)


@pytest.mark.parametrize("since", [confirmed, moved, cancelled, amended, noted_otherwise])
def test_a_booking_is_not_undone_once_its_course_was_changed(
    world, course, since: Callable[[World, list[Session]], None]
):
    act = last_act()
    since(world, course)

    refused = refusal(world, act=act, now=SINCE)

    assert (refused.code, "changed since" in refused.sentence) == ("undo_over", True)


def test_a_cancellation_is_not_undone_once_what_is_due_instead_was_booked(world, course):
    cancel_session(session=course[1], ending=ENDING, by=world.reception, now=NOW)
    act = last_act()
    book(Plan.objects.get(pk=plan_of(course).pk), world)

    refused = refusal(world, act=act)

    assert refused.code == "undo_over"


def test_a_cancellation_is_not_undone_once_somebody_waits_for_what_is_due_instead(world, course):
    done = cancel_session(session=course[1], ending=ENDING, by=world.reception, now=NOW)
    join_waitlist(session=done.due[0], asked=WaitAsked(), by=world.reception, now=NOW)

    refused = refusal(world)

    assert refused.code == "undo_over"


def test_a_hold_that_the_act_ended_is_not_put_back_once_the_course_is_held_anew(world):
    hold = a_hold(world=world)
    assert hold.plan is not None
    plan = Plan.objects.select_related("clinic").get(pk=hold.plan.pk)
    cancel_rest(plan=plan, ending=ENDING, keep_due=True, by=world.reception, now=NOW)
    book_again = from_tomorrow(Plan.objects.get(pk=plan.pk))[0]
    act = last_act()
    plan.refresh_from_db()
    again = hold_course(plan=plan, proposal=book_again, asked=HoldAsked(), by=world.reception, now=NOW)

    assert refusal(world, act=act).code == "undo_over"
    release_hold(hold=again, by=world.reception, now=NOW)
    assert refusal(world, act=act).code == "undo_over"
    assert not Hold.objects.standing().exists()


def test_nothing_is_put_back_of_who_was_erased_and_nothing_is_kept_of_them(world):
    course = a_booked_course(world=world, indication="A scar that nobody is to know of")
    plan = Plan.objects.get(pk=plan_of(course).pk)
    reason = Ending(reason="She told me why", told=Telling.SILENT)
    cancel_rest(plan=plan, ending=reason, by=world.reception, now=NOW)
    act = last_act()
    erase_patient(patient=world.patient, by=world.owner, now=SINCE)

    refused = refusal(world, act=act, now=SINCE)

    assert refused.code == "undo_over"
    assert last_act().before == {}
