"""A course rests and goes on: nothing of it is booked meanwhile, and its rhythm begins where it stopped."""

from datetime import timedelta
from typing import Any

import pytest

from clinic.errors import Refused, Unknown
from scheduling.booking.book_course import book_course
from scheduling.course_changes.cancel import Ending, stop_plan
from scheduling.course_changes.pause import Pause, pause_course, resume_course
from scheduling.courses.states import StateForbids
from scheduling.models import Claim, Hold, Message, MessageKind, MessageState, Session, SessionStatus
from scheduling.search.propose import Asked, propose
from tests.support.acts.courses import everything_written, offers, times_of
from tests.support.acts.holds import a_hold
from tests.support.acts.rhythm import as_it_is, assert_rhythm, book_first, give
from tests.support.cast import NOW
from tests.support.worlds import World, a_course_world, a_plan
from treatments.models import Concern, Plan, PlanState

pytestmark = pytest.mark.django_db

DAY = timedelta(days=1)
TODAY = NOW.date()
LATER = NOW + 100 * DAY


@pytest.fixture
def plan(world) -> Plan:
    """Two of four sessions are booked, the first is given."""
    plan = a_plan(world=world)
    first, _ = book_first(world=world, plan=plan, count=2)
    give(first)
    return as_it_is(plan)


def pause(world: World, plan: Plan, **said: Any) -> Plan:
    words: dict[str, Any] = {"reason": "Abroad", "give_back": True} | said
    asked = Pause(**words)
    return pause_course(plan=plan, pause=asked, by=world.reception, now=NOW)


def test_a_pause_does_not_give_times_back_unless_that_is_said(world, plan):
    before = everything_written()

    with pytest.raises(Refused) as refused:
        pause(world, plan, give_back=False)

    assert refused.value.code == "visits_in_the_pause"
    assert "session 2" in refused.value.sentence
    assert everything_written() == before


def test_times_given_back_are_due_again_under_another_attempt(world, plan):
    pause(world, plan)

    rows = Session.objects.filter(plan=plan).order_by("number", "attempt")
    assert list(rows.values_list("number", "attempt", "status")) == [
        (1, 1, "completed"),
        (2, 1, "cancelled"),
        (2, 2, "due"),
        (3, 1, "due"),
        (4, 1, "due"),
    ]
    assert not Claim.objects.filter(session__number=2).exists()
    told = dict(Message.objects.filter(plan=plan).values_list("kind", "state"))
    assert told == {MessageKind.REMINDER: MessageState.VOID, MessageKind.NOTICE: MessageState.WAITING}
    assert_rhythm(plan)


@pytest.mark.parametrize("asked_by", ["patient", "clinic"])
def test_times_given_back_say_who_asked_for_the_pause(world, plan, asked_by):
    pause(world, plan, asked_by=asked_by)

    assert Session.objects.get(plan=plan, status="cancelled").cancelled_by == asked_by


def test_nothing_is_booked_while_a_course_rests(world, plan):
    pause(world, plan)
    proposal = offers(plan=as_it_is(plan))[0]

    with pytest.raises(Refused) as refused:
        book_course(plan=as_it_is(plan), proposal=proposal, by=world.reception, now=NOW)

    assert refused.value.code == "plan_not_active"


def test_a_hold_ends_when_its_course_rests(world):
    hold = a_hold(world=world)
    assert hold.plan

    pause(world, hold.plan, give_back=False)

    assert Hold.objects.get().released_at == NOW
    assert {session.status for session in Session.objects.all()} == {SessionStatus.DUE}


@pytest.mark.parametrize("days", [0, -1])
def test_a_pause_ends_after_today(world, plan, days):
    with pytest.raises(Refused) as refused:
        pause(world, plan, until=TODAY + days * DAY)

    assert refused.value.code == "pause_ends_in_the_past"


def test_pausing_and_resuming_twice_changes_nothing(world, plan):
    pause(world, plan)
    paused = everything_written()
    pause(world, plan, reason="Again")
    assert everything_written() == paused

    resume_course(plan=plan, by=world.reception, now=NOW)
    resumed = everything_written()
    resume_course(plan=plan, by=world.reception, now=LATER)

    assert everything_written() == resumed


def test_a_course_that_is_stopped_neither_rests_nor_goes_on(world, plan):
    stop_plan(plan=plan, ending=Ending(reason="Moved"), by=world.reception, now=NOW)

    with pytest.raises(StateForbids):
        pause(world, plan)
    with pytest.raises(StateForbids):
        resume_course(plan=plan, by=world.reception, now=NOW)


def test_windows_that_closed_meanwhile_open_on_the_day_it_goes_on(world, plan):
    pause(world, plan)

    resume_course(plan=plan, by=world.reception, now=LATER)

    second, third = Session.objects.filter(plan=plan, status="due", number__lte=3).order_by("number")
    assert (second.earliest_on, second.target_on) == (LATER.date(), LATER.date())
    assert second.latest_on == LATER.date() + 7 * DAY
    assert third.target_on == LATER.date() + 14 * DAY
    assert_rhythm(plan)


def test_a_course_that_goes_on_is_found_calendars_and_booked(world, plan):
    pause(world, plan)
    resume_course(plan=plan, by=world.reception, now=LATER)
    plan = as_it_is(plan)

    [proposal, *_] = propose(plan=plan, asked=Asked(), now=LATER).proposals
    booked = book_course(plan=plan, proposal=proposal, by=world.reception, now=LATER)

    assert [session.number for session in booked] == [2, 3, 4]
    assert times_of(booked[0]).on - LATER.date() <= 4 * DAY


def test_windows_that_are_still_open_stay_as_they_are(world, plan):
    pause(world, plan)
    before = list(Session.objects.filter(status="due").values_list("number", "target_on", "latest_on"))

    resume_course(plan=plan, by=world.reception, now=NOW + DAY)

    assert (
        list(Session.objects.filter(status="due").values_list("number", "target_on", "latest_on")) == before
    )


def test_a_course_that_never_began_begins_after_its_pause(world):
    plan = a_plan(world=world)
    pause(world, plan)

    resume_course(plan=plan, by=world.reception, now=LATER)

    first, second = Session.objects.filter(plan=plan, number__lte=2).order_by("number")
    assert (first.earliest_on, first.latest_on) == (LATER.date(), LATER.date() + 42 * DAY)
    assert second.target_on == LATER.date() + 14 * DAY


def test_an_open_concern_waits_for_a_practitioner_after_the_pause(world, plan):
    Concern.objects.create(clinic=world.clinic, plan=plan, topic="medicines", raised_at=NOW, changed_at=NOW)
    Plan.objects.filter(pk=plan.pk).update(state=PlanState.AWAITING_REVIEW)
    pause(world, plan)

    resumed = resume_course(plan=plan, by=world.reception, now=LATER)

    assert resumed.state == PlanState.AWAITING_REVIEW


def test_another_clinics_course_is_unknown(world, plan):
    stranger = a_course_world()

    with pytest.raises(Unknown):
        pause(stranger, plan)
    with pytest.raises(Unknown):
        resume_course(plan=plan, by=stranger.reception, now=NOW)
