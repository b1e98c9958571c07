"""Fifty desks ask for the same time at the same moment: one gets it, the others are told so."""

import pytest

from scheduling.diaries.integrity import flaws
from scheduling.models import Session
from tests.support.builders import a_patient
from tests.support.cast import OVER
from tests.support.rest import RestClient, a_client_of, all_at_once, all_proposals
from tests.support.worlds import a_course_world, a_plan
from treatments.models import Plan

RIVALS = 50

pytestmark = [pytest.mark.slow, pytest.mark.django_db(transaction=True)]


def assert_one_winner(answers):
    assert sorted(answer.status for answer in answers) == [201] + [409] * (RIVALS - 1)
    assert {answer.code for answer in answers if answer.status == 409} == {"time_taken"}
    [winner] = [answer for answer in answers if answer.status == 201]
    return winner.json


def assert_diaries_are_sound():
    """Nothing is held twice, and pages = claims."""
    assert not list(flaws())


def test_fifty_plans_want_one_calendar_and_one_gets_it():
    world = a_course_world()
    rest = a_client_of(world)
    plans = [a_plan(world=world, patient=a_patient(clinic=world.clinic)) for _ in range(RIVALS)]
    tokens = {}
    for plan in plans:
        proposal, *_ = all_proposals(rest, {"id": plan.uuid})
        tokens[plan.uuid] = proposal["id"]

    def booking_of(plan):
        own = RestClient(secret=rest.secret, now=None)
        return lambda: own.post(f"plans/{plan.uuid}/book/", {"proposal": tokens[plan.uuid]})

    answers = all_at_once([booking_of(plan) for plan in plans])

    winner = assert_one_winner(answers)
    [booked_plan] = Plan.objects.filter(sessions__status="booked").distinct()
    assert str(booked_plan.uuid) == winner["plan"]
    assert Session.objects.filter(status="booked").count() == 4
    assert_diaries_are_sound()


def test_fifty_patients_want_the_last_doctor_at_ten_and_one_gets_her():
    world = a_course_world()
    rest = a_client_of(world)
    [_, *others] = world.doctors
    for doctor in others:
        doctor.valid_until = OVER
        doctor.save(update_fields=["valid_until"])
    patients = [a_patient(clinic=world.clinic) for _ in range(RIVALS)]

    def session_of(patient):
        own = RestClient(secret=rest.secret, now=None)
        said = {
            "patient": str(patient.uuid),
            "session_type": str(world.session_types["consultation"].uuid),
            "starts_at": "2027-01-05T10:00:00+01:00",
        }
        return lambda: own.post("sessions/", said)

    answers = all_at_once([session_of(patient) for patient in patients])

    winner = assert_one_winner(answers)
    assert str(Session.objects.get().uuid) == winner["id"]
    assert_diaries_are_sound()


def test_one_patient_cannot_be_in_fifty_places_at_ten():
    world = a_course_world()
    rest = a_client_of(world)
    said = {
        "patient": str(world.patient.uuid),
        "session_type": str(world.session_types["consultation"].uuid),
        "starts_at": "2027-01-05T10:00:00+01:00",
    }

    answers = all_at_once([lambda: RestClient(secret=rest.secret, now=None).post("sessions/", said)] * RIVALS)

    assert_one_winner(answers)
    assert_diaries_are_sound()


def test_one_plan_booked_fifty_times_at_once_is_booked_once():
    world = a_course_world()
    rest = a_client_of(world)
    plan = a_plan(world=world)
    proposal, *_ = all_proposals(rest, {"id": plan.uuid})

    answers = all_at_once(
        [
            lambda: RestClient(secret=rest.secret, now=None).post(
                f"plans/{plan.uuid}/book/", {"proposal": proposal["id"]}
            )
        ]
        * RIVALS
    )

    assert sorted(answer.status for answer in answers) == [201] + [409] * (RIVALS - 1)
    assert {answer.code for answer in answers if answer.status == 409} == {"already_booked"}
    assert Session.objects.filter(status="booked").count() == 4
    assert_diaries_are_sound()
