"""Every act that patients notice takes how they hear of it: by mail, that they know, or that no mail goes."""

import json
from collections.abc import Callable
from datetime import timedelta

import pytest

from clinic.models import AuditDetail, Leave, Patient
from scheduling.attendance.change_type import TypeTerms, change_session_type
from scheduling.booking.book_course import book_course
from scheduling.booking.holds import HoldAsked, book_hold, hold_course
from scheduling.course_changes.amend import Amendment, amend_course
from scheduling.course_changes.cancel import Ending, cancel_rest, cancel_session, stop_plan
from scheduling.course_changes.elsewhere import record_elsewhere
from scheduling.course_changes.pause import Pause, pause_course
from scheduling.courses.done_elsewhere import Elsewhere
from scheduling.disruption.absences import swap_all
from scheduling.disruption.delays import Agreed, push_day
from scheduling.messages.call_list import call_list
from scheduling.messages.sending import send_due
from scheduling.models import Facts, Heard, Message, MessageState, Telling
from scheduling.moving.move import move_session, move_sessions, preview_ripple
from scheduling.moving.retime import MoveTerms
from scheduling.moving.ripple import RippleAsked
from scheduling.waitlist.offers import accept_offer
from tests.support.acts.absences import leave_of, served
from tests.support.acts.courses import a_booked_course, away, offers, times_of
from tests.support.acts.delays import a_consultation, agreed, at, late
from tests.support.acts.moves import plan_of, preview, whole
from tests.support.acts.waits import an_offer
from tests.support.cast import NOW
from tests.support.undoing.picture import undone
from tests.support.worlds import World, a_plan

pytestmark = pytest.mark.django_db

Does = Callable[[Telling], object]
HOUR = timedelta(hours=1)
LATER, AFTERWARDS = NOW + timedelta(seconds=2), NOW + HOUR
NEXT_WEEK = (NOW + timedelta(days=7)).date()


def ending(told: Telling) -> Ending:
    return Ending("Flu", told=told)


def a_move(world: World) -> Does:
    session = a_booked_course(world=world)[1]
    ripple = preview(world, session, days=1)
    by = world.reception
    return lambda told: move_session(
        session=whole(session), ripple=ripple, terms=MoveTerms(told=told), by=by, now=NOW
    )


def a_ripple(world: World) -> Does:
    course = a_booked_course(world=world)
    away(world, *world.doctors, first=times_of(course[1]).on)
    plan, by = plan_of(course), world.doctor
    found = preview_ripple(plan=plan, asked=RippleAsked(), by=by, now=NOW)
    assert found.proposal is not None
    proposal = found.proposal
    return lambda told: move_sessions(
        plan=plan, proposal=proposal, terms=MoveTerms("Leave", told=told), by=by, now=NOW
    )


def a_cancellation(world: World) -> Does:
    session = a_booked_course(world=world)[1]
    return lambda told: cancel_session(session=session, ending=ending(told), by=world.reception, now=NOW)


def a_course_cut_short(world: World) -> Does:
    plan = plan_of(a_booked_course(world=world))
    return lambda told: cancel_rest(plan=plan, ending=ending(told), by=world.reception, now=NOW)


def a_plan_stopped(world: World) -> Does:
    plan = plan_of(a_booked_course(world=world))
    return lambda told: stop_plan(plan=plan, ending=ending(told), by=world.reception, now=NOW)


def an_amendment(world: World) -> Does:
    plan = plan_of(a_booked_course(world=world))
    return lambda told: amend_course(
        plan=plan, amendment=Amendment(3, reason="Enough", told=told), by=world.doctor, now=NOW
    )


def a_pause(world: World) -> Does:
    plan = plan_of(a_booked_course(world=world))
    return lambda told: pause_course(
        plan=plan, pause=Pause("Abroad", give_back=True, told=told), by=world.reception, now=NOW
    )


def done_elsewhere(world: World) -> Does:
    plan = a_plan(world=world)
    proposal = offers(plan=plan, first_on=NEXT_WEEK)[0]
    session = book_course(plan=plan, proposal=proposal, by=world.reception, now=NOW)[0]
    done = Elsewhere(NOW.date() - timedelta(days=3), "Clinic at Utrecht")
    return lambda told: record_elsewhere(session=session, done=done, told=told, by=world.reception, now=NOW)


def another_kind(world: World) -> Does:
    session = a_consultation(world, at(11), patient=world.patient)
    kind = world.session_types["mesotherapy"]
    return lambda told: change_session_type(
        session=whole(session), session_type=kind, terms=TypeTerms(told=told), by=world.reception, now=NOW
    )


def another_doctor(world: World) -> Does:
    session = a_booked_course(world=world)[1]
    starts_at = times_of(session).starts_at
    ends_at = starts_at + timedelta(hours=1)
    leave = leave_of(world, served(session, "doctor"), starts=starts_at, ends=ends_at).absence
    assert isinstance(leave, Leave)
    return lambda told: swap_all(leave=leave, also_practitioners=True, told=told, by=world.owner, now=NOW)


def a_late_day(world: World) -> Does:
    a_consultation(world, at(11, day=4), patient=world.patient)
    seen = agreed(late(world), now=NOW)
    return lambda told: push_day(
        delay=late(world), agreed=Agreed(seen.expected, told), by=world.reception, now=NOW
    )


def an_accepted_offer(world: World) -> Does:
    offer = an_offer(world=world)
    Message.objects.filter(kind="offer").delete()
    return lambda told: accept_offer(offer=offer, told=told, by=world.reception, now=NOW)


ACTS = (
    a_move,
    a_ripple,
    a_cancellation,
    a_course_cut_short,
    a_plan_stopped,
    an_amendment,
    a_pause,
    done_elsewhere,
    another_kind,
    another_doctor,
    a_late_day,
    an_accepted_offer,
)
each_act = pytest.mark.parametrize("act", ACTS, ids=lambda act: act.__name__)


def news() -> list[Message]:
    return list(Message.objects.filter(kind="notice"))


def believed() -> list[tuple[Facts, Facts, Facts | None]]:
    """Of each session to come: what the patient knows at all, what is written, and what is so."""
    rows = Heard.objects.select_related("session").filter(starts_at__gt=NOW).order_by("session")
    return [(row.facts, row.facts_by_message, row.facts.truth(row.session)) for row in rows]


@each_act
def test_without_a_mail_a_patient_who_knows_is_not_called_and_one_who_does_not_is(world, act):
    does = act(world)
    Patient.objects.update(email="")

    does(Telling.KNOWN)
    send_due(now=NOW)

    assert call_list(by=world.reception, now=NOW) == []
    assert [row.state for row in news()] == [MessageState.VOID]
    assert all(truth is None or not truth.is_news_after(known) for known, _, truth in believed())


@each_act
def test_without_a_mail_whoever_was_not_told_is_called(world, act):
    does = act(world)
    Patient.objects.update(email="")

    does(Telling.BY_MAIL)
    send_due(now=NOW)

    assert [one.message.kind for one in call_list(by=world.reception, now=NOW)] == ["notice"]


@each_act
def test_the_mail_goes_to_whoever_knows_and_says_all_of_it(world, act, mailoutbox):
    does = act(world)

    does(Telling.KNOWN)
    was_written = [written for _, written, _ in believed()]
    send_due(now=NOW)

    assert [row.state for row in news()] == [MessageState.SENT]
    assert news()[0].about["visits"]
    assert [written for _, written, _ in believed()] != was_written
    assert all(truth is None or not truth.is_news_after(written) for _, written, truth in believed())


@each_act
def test_where_no_mail_is_to_go_nothing_goes_and_nobody_calls(world, act, mailoutbox):
    does = act(world)

    does(Telling.SILENT)
    send_due(now=NOW)

    assert news() == []
    assert call_list(by=world.reception, now=NOW) == []
    for known, written, truth in believed():
        assert truth is None or not (truth.is_news_after(known) or truth.is_news_after(written))


@each_act
@pytest.mark.parametrize("told", [Telling.KNOWN, Telling.SILENT])
def test_the_trail_says_who_said_that_they_know(world, act, told):
    does = act(world)
    AuditDetail.objects.all().delete()

    does(told)

    assert told in [json.loads(one.values)["after"].get("told") for one in AuditDetail.objects.all()]


@pytest.mark.parametrize("is_held", [False, True], ids=["booked", "booked as held"])
@pytest.mark.parametrize("told", Telling)
def test_who_heard_that_it_is_off_is_called_about_its_new_time_unless_they_know(world, told, is_held):
    course = a_booked_course(world=world)
    Message.objects.filter(session=course[1]).update(state=MessageState.SENT, sent_at=LATER)
    undone(world, now=LATER)
    send_due(now=AFTERWARDS)
    Patient.objects.update(email="")
    plan, by, now = plan_of(course), world.reception, AFTERWARDS
    proposal = offers(plan=plan, first_on=NEXT_WEEK)[0]

    if is_held:
        hold = hold_course(plan=plan, proposal=proposal, asked=HoldAsked(), by=by, now=now)
        book_hold(hold=hold, told=told, by=by, now=now)
    else:
        book_course(plan=plan, proposal=proposal, told=told, by=by, now=now)
    send_due(now=now + HOUR)

    lines = [one.message.kind for one in call_list(by=by, now=now + HOUR)]
    assert lines == (["notice"] if told is Telling.BY_MAIL else [])
