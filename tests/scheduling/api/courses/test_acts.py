"""Undoing over REST, and sending now: by the id that the answer of an act names."""

from datetime import timedelta
from uuid import UUID

import pytest

from clinic.identity.actors import Scope
from scheduling.models import Claim, CourseAct, Session
from tests.support.builders import a_key
from tests.support.cast import NOW
from tests.support.rest import Answer, RestClient, a_client_of, first_proposal, prescribed
from tests.support.worlds import a_course_world

pytestmark = pytest.mark.django_db

KEY = "9f0c1d9e-1b7e-4f4b-8a0e-6d1f5f0f2a11"


def cancelled(rest: RestClient, session: Session) -> Answer:
    return rest.post(f"sessions/{session.uuid}/cancel/", {"cancelled_by": "clinic", "reason": "Flu"})


def undo(rest: RestClient, act: str, **headers: str) -> Answer:
    return rest.post(f"acts/{act}/undo/", {}, **headers)


def test_every_act_that_can_be_undone_says_so(rest, world):
    plan = prescribed(rest, world)
    offered = first_proposal(rest, plan)["id"]
    booked = rest.post(f"plans/{plan['id']}/book/", {"proposal": offered}).json
    second = booked["sessions"][1]
    to = "2027-01-20T11:00:00+01:00"
    moved = rest.post(f"sessions/{second['id']}/move/", {"starts_at": to, "alone": True}).json
    said = {"cancelled_by": "clinic", "reason": "Flu"}
    one_off = rest.post(f"sessions/{second['id']}/cancel/", said).json
    all_off = rest.post(f"plans/{plan['id']}/cancel/", said | {"what": "plan"}).json
    kind = str(world.session_types["consultation"].uuid)
    starts_at = "2027-01-07T10:00:00+01:00"
    lone = {"patient": str(world.patient.uuid), "session_type": kind, "starts_at": starts_at}
    alone = rest.post("sessions/", lone).json
    away = rest.post(f"resources/{world.doctors[0].uuid}/leave/", {"starts_at": starts_at}).json

    acts = [answer["act"] for answer in (booked, moved, one_off, all_off, alone, away)]

    kept = CourseAct.objects.order_by("pk").values_list("uuid", flat=True)
    assert [UUID(act["id"]) for act in acts] == list(kept)
    assert {act["undo_until"] for act in acts} == {(NOW + timedelta(minutes=15)).isoformat()}


def test_what_was_done_twice_was_done_once(rest, course):
    cancelled(rest, course[1])
    rest.now = NOW + timedelta(seconds=1)

    assert cancelled(rest, course[1]).json["act"] is None


def test_an_undone_cancellation_answers_with_the_session_as_it_was(rest, course):
    before = rest.get(f"sessions/{course[1].uuid}/").json
    act = cancelled(rest, course[1]).json["act"]["id"]

    answer = undo(rest, act)

    assert (answer.status, answer.json["kind"], answer.json["undone_at"]) == (
        200,
        "cancelled",
        NOW.isoformat(),
    )
    [session] = answer.json["sessions"]
    assert session == before | {"version": before["version"] + 2, "sequence": before["sequence"] + 2}


def test_the_second_undo_is_a_conflict_and_the_same_request_is_answered_again(rest, course):
    act = cancelled(rest, course[1]).json["act"]["id"]

    first = undo(rest, act, Idempotency_Key=KEY)

    again = undo(rest, act, Idempotency_Key=KEY)
    assert (again.status, again.text) == (200, first.text)
    other = undo(rest, act)
    assert (other.status, other.code) == (409, "undo_over")


def test_time_that_is_taken_by_now_says_by_whom_it_is_not_free(rest, world, course):
    act = cancelled(rest, course[1]).json["act"]["id"]
    doctor = next(doctor for doctor in world.doctors if doctor.name == course[1].lead)
    starts_at = course[1].lead_starts_at
    assert starts_at is not None
    said = {
        "patient": str(world.patient.uuid),
        "session_type": str(world.session_types["consultation"].uuid),
        "starts_at": starts_at.isoformat(),
        "practitioner": str(doctor.uuid),
    }
    assert rest.post("sessions/", said).status == 201
    claims = set(Claim.objects.values_list("pk", flat=True))

    answer = undo(rest, act)

    assert (answer.status, answer.code) == (409, "time_taken")
    assert doctor.name in [one["resource"]["name"] for one in answer.json["taken"]]
    assert set(Claim.objects.values_list("pk", flat=True)) == claims


@pytest.mark.parametrize("button", ["undo", "send-now"])
def test_a_key_without_the_scope_and_the_key_of_another_clinic_get_nowhere(rest, world, course, button):
    act = cancelled(rest, course[1]).json["act"]["id"]
    weak = RestClient(a_key(clinic=world.clinic, scopes=[Scope.CALENDAR_READ])[1])
    places = RestClient(a_key(clinic=world.clinic, scopes=[Scope.PLACES_WRITE])[1])
    foreign = a_client_of(a_course_world(slug="other"))

    answers = [client.post(f"acts/{act}/{button}/", {}) for client in (weak, places, foreign)]

    assert [(answer.status, answer.code) for answer in answers] == [
        (403, "scope_missing"),
        (403, "scope_missing"),
        (404, "unknown_act"),
    ]


def test_what_a_key_did_waits_for_nothing(rest, course):
    act = cancelled(rest, course[1]).json["act"]["id"]

    answer = rest.post(f"acts/{act}/send-now/", {})

    assert (answer.status, answer.json["goes_out_at"], answer.json["undone_at"]) == (
        200,
        NOW.isoformat(),
        None,
    )
