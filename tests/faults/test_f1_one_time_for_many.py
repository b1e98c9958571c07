"""F1 by booking, holding and moving: one gets the time, through whichever way in; the others are told."""

from datetime import datetime

import pytest

from scheduling.models import Session, SessionStatus
from tests.support.acts.holds import a_hold
from tests.support.builders import a_patient
from tests.support.cast import NOW
from tests.support.faults.one_time import (
    DAY,
    RIVALS,
    ROUNDS,
    a_world_of_one_doctor,
    asking_for,
    assert_booked,
    assert_one_winner_a_round,
    hour_of_this_week,
    one_doctor_left,
    patients,
    session_in_weeks,
    weekday,
)
from tests.support.faults.rush import Ask, ask_anew, posting
from tests.support.rest import RestClient, a_client_of, all_proposals
from tests.support.worlds import World, a_course_world, a_plan
from treatments.models import Plan

pytestmark = [pytest.mark.deep, pytest.mark.slow, pytest.mark.django_db(transaction=True)]


@pytest.mark.experiment("F1", "one session that many want: book")
def test_one_session_at_the_last_doctor(rush):
    world = a_world_of_one_doctor()
    rest, rivals = a_client_of(world), patients(world)

    for number in range(ROUNDS):
        rush.add(asking_for(world, rest, weekday(number), who=rivals))
        assert_booked(at=weekday(number))

    assert_one_winner_a_round(rush)


@pytest.mark.experiment("F1", "one calendar for many courses")
@pytest.mark.parametrize("way", ["book", "hold"])
def test_one_calendar_for_many_courses(way, rush):
    world = a_world_of_one_doctor()
    plans = a_plan_for_each(world)

    def taking(plan: Plan, on: datetime, rest: RestClient) -> Ask:
        ask_anew()
        bounds = {"from": str(on.date()), "most": 1}
        token = rest.post(f"plans/{plan.uuid}/proposals/", bounds).json["proposals"][0]["id"]
        return posting(rest, f"plans/{plan.uuid}/{way}/", {"proposal": token})

    for number in range(ROUNDS):
        free = [plan for plan in plans if not plan.sessions.exclude(status="due").exists()]
        plans = free + a_plan_for_each(world, count=RIVALS - len(free))
        # Another desk each time: of one, only so many courses are on hold.
        rest = a_client_of(world)
        rush.add([taking(plan, NOW + (number + 1) * DAY, rest) for plan in plans])

    assert_one_winner_a_round(rush)
    status = SessionStatus.BOOKED if way == "book" else SessionStatus.HELD
    assert Session.objects.filter(status=status).count() == 4 * ROUNDS


def a_plan_for_each(world: World, *, count: int = RIVALS) -> list[Plan]:
    return [a_plan(world=world, patient=a_patient(clinic=world.clinic)) for _ in range(count)]


@pytest.mark.experiment("F1", "one hold that many book")
def test_one_hold_that_many_book(rush):
    world = a_course_world()
    rest = a_client_of(world)

    for _ in range(ROUNDS):
        plan = a_plan(world=world, patient=a_patient(clinic=world.clinic))
        held = {"hold": str(a_hold(world=world, plan=plan).uuid)}
        rush.add([posting(rest, f"plans/{plan.uuid}/book/", held)] * RIVALS)

    assert_one_winner_a_round(rush)
    assert Session.objects.filter(status=SessionStatus.BOOKED).count() == 4 * ROUNDS


@pytest.mark.experiment("F1", "one plan that many book")
def test_one_plan_that_many_book(rush):
    world = a_course_world()
    rest = a_client_of(world)

    for _ in range(ROUNDS):
        plan = a_plan(world=world, patient=a_patient(clinic=world.clinic))
        token = all_proposals(rest, {"id": plan.uuid})[0]["id"]
        rush.add([posting(rest, f"plans/{plan.uuid}/book/", {"proposal": token})] * RIVALS)

    assert_one_winner_a_round(rush)


@pytest.mark.experiment("F1", "one time that many sessions move to: move")
def test_one_time_that_many_sessions_are_moved_to(rush):
    world = a_course_world()
    rest = a_client_of(world)
    sessions = [session_in_weeks(world, number) for number in range(RIVALS)]
    one_doctor_left(world)

    for number in range(ROUNDS):
        at = {"starts_at": weekday(number).isoformat()}
        rush.add([posting(rest, f"sessions/{session.uuid}/move/", at) for session in sessions])
        assert_booked(at=weekday(number))

    assert_one_winner_a_round(rush)
    assert Session.objects.filter(status=SessionStatus.BOOKED).count() == RIVALS


@pytest.mark.experiment("F1", "one time that many courses move to, the rest along: ripple")
def test_one_time_that_many_courses_are_moved_to_whole(rush):
    world = a_world_of_one_doctor()
    rest = a_client_of(world)
    firsts = [first_of_a_course(world, rest, number) for number in range(RIVALS)]

    for number in range(ROUNDS):
        at = {"starts_at": hour_of_this_week(number).isoformat()}
        answers = rush.add([posting(rest, f"sessions/{uuid}/move/", at) for uuid in firsts])
        [winner] = [answer.json for answer in answers if answer.status == 200]
        assert_booked(at=hour_of_this_week(number))
        stands = {str(row.uuid): row.starts_at for row in Session.objects.filter(status="booked")}
        for moved in winner["sessions"]:
            assert datetime.fromisoformat(moved["starts_at"]) == stands[moved["id"]]

    assert_one_winner_a_round(rush)
    assert Session.objects.filter(status=SessionStatus.BOOKED).count() == 4 * RIVALS


def first_of_a_course(world: World, rest, number: int) -> str:
    """The first of four sessions that begin in eight weeks or later; its id."""
    ask_anew()
    plan = a_plan(world=world, patient=a_patient(clinic=world.clinic))
    begins = (NOW + (56 + number // 16) * DAY).date()
    found = rest.post(f"plans/{plan.uuid}/proposals/", {"from": str(begins), "most": 1}).json
    booked = rest.post(f"plans/{plan.uuid}/book/", {"proposal": found["proposals"][0]["id"]})
    assert booked.status == 201, booked.text
    return str(plan.sessions.get(number=1, kind="treatment").uuid)
