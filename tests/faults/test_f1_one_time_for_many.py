"""F1: very many want one time at one moment. One gets it, through whichever way in; the others are told."""

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest

from scheduling.models import Session, SessionStatus
from scheduling.visits import Visit, book_visit
from tests.builders import a_patient
from tests.cast import NOW
from tests.faults.rush import Rush, ask_anew, assert_sound, report, sized
from tests.rest import Answer, RestClient, a_client_of, all_proposals
from tests.worlds import World, a_course_world, a_plan
from treatments.models import Plan

pytestmark = [pytest.mark.slow, pytest.mark.django_db(transaction=True)]

RIVALS = sized(full=200, short=20)
ROUNDS = sized(full=20, short=2)
DAY = timedelta(days=1)

Ask = Callable[[], Answer]


def assert_one_winner_a_round(rush: Rush) -> None:
    won = rush.statuses[201] + rush.statuses[200]
    assert won == ROUNDS, rush.figures()
    assert rush.statuses[409] == (RIVALS - 1) * ROUNDS, rush.figures()
    assert sum(rush.statuses.values()) == RIVALS * ROUNDS
    assert rush.is_quick(p99=2, slowest=5), rush.figures()
    assert_sound()


def one_doctor_left(world: World) -> None:
    for doctor in world.doctors[1:]:
        doctor.is_active = False
        doctor.save(update_fields=["is_active"])


def as_client(rest: RestClient) -> RestClient:
    return RestClient(secret=rest.secret, now=None)


def weekday(number: int) -> datetime:
    """Ten in the morning in Amsterdam on the weekdays from tomorrow on."""
    weeks, days = divmod(number, 4)
    return NOW + (7 * weeks + days + 1) * DAY + timedelta(hours=1)


def patients(world: World) -> list:
    return [a_patient(clinic=world.clinic) for _ in range(RIVALS)]


def test_one_visit_at_the_last_doctor():
    world, rush = a_course_world(), Rush()
    one_doctor_left(world)
    rest, rivals = a_client_of(world), patients(world)

    def visit(patient, at: datetime) -> Ask:
        said = {
            "patient": str(patient.uuid),
            "session_type": str(world.session_types["consultation"].uuid),
            "starts_at": at.isoformat(),
        }
        return lambda: as_client(rest).post("sessions/", said)

    for number in range(ROUNDS):
        rush.add([visit(patient, weekday(number)) for patient in rivals])

    assert_one_winner_a_round(rush)
    report("F1", "one visit over REST", rush.figures())


@pytest.mark.parametrize("way", ["book", "hold"])
def test_one_calendar_for_many_courses(way):
    world, rush = a_course_world(), Rush()
    one_doctor_left(world)
    rest = a_client_of(world)
    plans = [a_plan(world=world, patient=patient) for patient in patients(world)]

    def taking(plan: Plan, on: datetime) -> Ask:
        ask_anew()
        bounds = {"from": str(on.date()), "most": 1}
        token = rest.post(f"plans/{plan.uuid}/proposals/", bounds).json["proposals"][0]["id"]
        return lambda: as_client(rest).post(f"plans/{plan.uuid}/{way}/", {"proposal": token})

    for number in range(ROUNDS):
        free = [plan for plan in plans if not plan.sessions.exclude(status="due").exists()]
        while len(free) < RIVALS:
            free.append(a_plan(world=world, patient=a_patient(clinic=world.clinic)))
        plans = free
        rush.add([taking(plan, NOW + (number + 1) * DAY) for plan in plans])

    assert_one_winner_a_round(rush)
    report("F1", f"one calendar for many courses: {way}", rush.figures())


def test_one_time_that_many_visits_are_moved_to():
    world, rush = a_course_world(), Rush()
    rest = a_client_of(world)
    sessions = [visit_somewhere(world, number) for number in range(RIVALS)]
    one_doctor_left(world)

    def moving(session: Session, at: datetime) -> Ask:
        return lambda: as_client(rest).post(f"sessions/{session.uuid}/move/", {"starts_at": at.isoformat()})

    for number in range(ROUNDS):
        rush.add([moving(session, weekday(number)) for session in sessions])

    assert_one_winner_a_round(rush)
    assert Session.objects.filter(status=SessionStatus.BOOKED).count() == RIVALS
    report("F1", "one time that many visits move to", rush.figures())


def visit_somewhere(world: World, number: int) -> Session:
    """A consultation in the weeks after those that the rivals want, with either doctor."""
    day, place = divmod(number, 28)
    pair, doctor = divmod(place, 2)
    weeks, weekday_on = divmod(day, 4)
    at = NOW + (7 * (weeks + 8) + weekday_on) * DAY + timedelta(minutes=30 * pair)
    patient = a_patient(clinic=world.clinic)
    visit = Visit(patient, world.session_types["consultation"], at, practitioner=world.doctors[doctor])
    return book_visit(visit=visit, by=world.reception, now=NOW)


def booking(rest: RestClient, path: str, said: dict) -> Ask:
    return lambda: as_client(rest).post(path, said)


def test_one_plan_that_many_book():
    world, rush = a_course_world(), Rush()
    rest = a_client_of(world)

    for _ in range(ROUNDS):
        plan = a_plan(world=world, patient=a_patient(clinic=world.clinic))
        token = all_proposals(rest, {"id": plan.uuid})[0]["id"]
        path, said = f"plans/{plan.uuid}/book/", {"proposal": token}
        rush.add([booking(rest, path, said)] * RIVALS)

    assert_one_winner_a_round(rush)
    report("F1", "one plan that many book", rush.figures())
