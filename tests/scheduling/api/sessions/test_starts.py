"""Free starts over REST, and booking one of them."""

from uuid import uuid4

import pytest

from clinic.identity.actors import Scope
from clinic.models import AuditEntry
from scheduling.models import Session
from tests.support.builders import a_key
from tests.support.cast import OVER
from tests.support.rest import Answer, RestClient, a_client_of
from tests.support.worlds import World, a_course_world

pytestmark = pytest.mark.django_db

TUESDAY = {"from": "2027-01-05", "until": "2027-01-05"}


def ask(rest: RestClient, world: World, kind: str = "consultation", **said) -> Answer:
    return rest.get("starts/", session_type=world.session_types[kind].uuid, **said)


def test_the_starts_of_a_day_are_told_on_the_sites_wall_clock():
    world = a_course_world()

    answer = ask(a_client_of(world), world, **TUESDAY)

    assert answer.status == 200
    assert len(answer.json["starts"]) == 31
    assert (answer.json["next"], answer.json["problems"]) == (None, [])
    first = answer.json["starts"][0]
    assert (first["starts_at"], first["ends_at"]) == (
        "2027-01-05T09:00:00+01:00",
        "2027-01-05T09:30:00+01:00",
    )
    assert first["site"] == str(world.site.uuid)
    assert [card["name"] for card in first["practitioners"]] == ["Dr Osei", "Dr Lindqvist"]


def test_a_start_is_booked_as_it_was_told_with_whom_it_names():
    world = a_course_world()
    rest = a_client_of(world)
    start = ask(rest, world, **TUESDAY).json["starts"][4]
    who = start["practitioners"][-1]

    answer = rest.post(
        "sessions/",
        {
            "patient": str(world.patient.uuid),
            "session_type": str(world.session_types["consultation"].uuid),
            "starts_at": start["starts_at"],
            "site": start["site"],
            "practitioner": who["id"],
        },
    )

    assert answer.status == 201
    assert answer.json["starts_at"] == start["starts_at"]
    assert who in [{k: claim["resource"][k] for k in ("id", "name")} for claim in answer.json["claims"]]


def test_a_practitioner_is_asked_for_in_the_claim_and_nothing_else_is():
    world = a_course_world()
    rest = a_client_of(world)

    rest.post(
        "sessions/",
        {
            "patient": str(world.patient.uuid),
            "session_type": str(world.session_types["consultation"].uuid),
            "starts_at": "2027-01-05T10:00:00+01:00",
            "practitioner": str(world.doctors[1].uuid),
        },
    )

    claims = Session.objects.get().claims
    assert [row.diary_id for row in claims.filter(asked_for=True)] == [world.doctors[1].diary_id]


def test_a_practitioner_who_cannot_serve_books_nothing():
    world = a_course_world()

    answer = a_client_of(world).post(
        "sessions/",
        {
            "patient": str(world.patient.uuid),
            "session_type": str(world.session_types["consultation"].uuid),
            "starts_at": "2027-01-05T10:00:00+01:00",
            "practitioner": str(world.assistants[0].uuid),
        },
    )

    assert (answer.status, answer.code) == (422, "resource_cannot_serve")
    assert not Session.objects.exists()


def test_next_is_the_instant_to_go_on_from():
    world = a_course_world()
    rest = a_client_of(world)

    first = ask(rest, world, limit=30, **TUESDAY).json
    second = ask(rest, world, limit=30, **(TUESDAY | {"from": first["next"]})).json

    assert first["next"] == "2027-01-05T15:30:00Z"
    assert [start["starts_at"] for start in second["starts"]] == ["2027-01-05T16:30:00+01:00"]
    assert second["next"] is None


def test_where_nobody_can_serve_the_answer_says_which_skill_is_missing():
    world = a_course_world()
    for room in world.treatment_rooms:
        room.valid_until = OVER
        room.save()

    answer = ask(a_client_of(world), world)

    assert answer.status == 200
    assert answer.json["starts"] == []
    assert [problem["code"] for problem in answer.json["problems"]] == ["nobody_can"]
    assert "Treatment room" in answer.json["problems"][0]["sentence"]


@pytest.mark.parametrize(
    ("said", "status", "code"),
    [
        ({"from": "2027-02-05", "until": "2027-02-04"}, 422, "horizon_reversed"),
        ({"from": "2027-02-05T09:00:00Z", "until": "2027-02-04"}, 422, "horizon_reversed"),
        ({"from": "2027-02-05", "until": "2028-03-12"}, 422, "horizon_too_long"),
        ({"until": "2028-02-09"}, 422, "horizon_too_long"),
        ({"from": "2030-01-01"}, 422, "too_far_ahead"),
        ({"from": "tomorrow"}, 400, "malformed"),
        ({"from": "2027-02-30"}, 400, "malformed"),
        ({"from": "2027-02-05T09:00:00"}, 400, "malformed"),
        ({"until": "2027-01-05T09:00:00Z"}, 400, "malformed"),
        ({"limit": 0}, 400, "malformed"),
        ({"limit": 501}, 400, "malformed"),
        ({"limit": "1e9"}, 400, "malformed"),
        ({"site": ""}, 400, "malformed"),
        ({"patient": "x"}, 400, "malformed"),
        ({"cursor": "x"}, 400, "malformed"),
    ],
)
def test_a_question_that_makes_no_sense_is_refused(said, status, code):
    world = a_course_world()

    answer = ask(a_client_of(world), world, **said)

    assert (answer.status, answer.code) == (status, code)


def test_without_a_session_type_there_is_no_question():
    answer = a_client_of(a_course_world()).get("starts/")

    assert (answer.status, answer.code) == (400, "malformed")


@pytest.mark.parametrize("whose", ["nobody's", "another clinic's"])
@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("session_type", "unknown_session_type"),
        ("site", "unknown_site"),
        ("practitioner", "unknown_resource"),
        ("patient", "unknown_patient"),
    ],
)
def test_an_unknown_and_a_foreign_id_are_the_same_404(name, code, whose):
    world, elsewhere = a_course_world(), a_course_world()
    foreign = {
        "session_type": elsewhere.session_types["consultation"],
        "site": elsewhere.site,
        "practitioner": elsewhere.doctors[0],
        "patient": elsewhere.patient,
    }[name]
    named = foreign.uuid if whose == "another clinic's" else uuid4()
    said = {"session_type": world.session_types["consultation"].uuid} | {name: named}

    answer = a_client_of(world).get("starts/", **said)

    assert (answer.status, answer.code) == (404, code)


def test_a_patients_own_diary_is_for_those_who_may_book():
    world = a_course_world()
    rest = RestClient(a_key(clinic=world.clinic, scopes=[Scope.CALENDAR_READ])[1])

    without = ask(rest, world)
    with_patient = ask(rest, world, patient=world.patient.uuid)

    assert without.status == 200
    assert (with_patient.status, with_patient.code) == (403, "scope_missing")


def test_a_look_for_a_patient_stands_in_the_trail_and_one_for_nobody_does_not():
    world = a_course_world()
    rest = a_client_of(world)

    ask(rest, world)
    ask(rest, world, patient=world.patient.uuid)

    [entry] = AuditEntry.objects.filter(act="saw_calendars")
    assert (entry.patients, entry.about) == (world.patient.uuid.hex, world.patient.uuid)
