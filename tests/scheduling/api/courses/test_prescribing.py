"""Entering a prescription over REST."""

from uuid import uuid4

import pytest

from scheduling.models import Session
from tests.support.builders import a_patient, a_practitioner
from tests.support.rest import a_client_of, prescribed
from tests.support.worlds import a_course_world
from treatments.models import Plan

pytestmark = pytest.mark.django_db


def asked(world, **other):
    return {
        "patient": str(world.patient.uuid),
        "protocol": str(world.protocols["prp-mesotherapy"].uuid),
        "sessions": 5,
    } | other


def test_a_prescription_becomes_a_plan_whose_sessions_are_due():
    world = a_course_world()
    rest = a_client_of(world)

    answer = rest.post("plans/", asked(world))

    assert answer.status == 201
    plan = answer.json
    assert plan["state"] == "active"
    assert plan["patient"] == str(world.patient.uuid)
    assert plan["protocol"] == str(world.protocols["prp-mesotherapy"].uuid)
    assert [session["number"] for session in plan["sessions"]] == [1, 2, 3, 4, 5]
    assert {session["status"] for session in plan["sessions"]} == {"due"}
    for session in plan["sessions"]:
        window = session["window"]
        assert window["earliest"] <= window["target"] <= window["latest"]
        assert session["starts_at"] is None
        assert session["claims"] == []


def test_a_plan_answers_with_its_version_as_etag_and_says_where_it_is():
    world = a_course_world()
    rest = a_client_of(world)

    entered = rest.post("plans/", asked(world))
    read = rest.get(entered.headers["Location"])

    assert read.status == 200
    assert {**read.json, "warnings": []} == entered.json
    assert read.version == entered.version == read.json["version"]


def test_the_reviews_of_a_course_are_listed_after_its_treatments():
    world = a_course_world()
    rest = a_client_of(world)

    plan = prescribed(rest, world, protocol="svf-combination", sessions=1)

    assert [(s["kind"], s["number"]) for s in plan["sessions"]] == [
        ("treatment", 1),
        ("review", 1),
        ("review", 2),
    ]


def test_a_prescription_remembers_who_prescribed_it_and_what_is_wished():
    world = a_course_world()
    rest = a_client_of(world)
    wishes = {"weekdays": [2, 4], "after": "09:30", "before": "12:00", "hard": True}

    plan = prescribed(rest, world, prescribed_by=str(world.doctors[1].uuid), wishes=wishes)

    assert plan["prescribed_by"] == str(world.doctors[1].uuid)
    assert plan["wishes"] == wishes


@pytest.mark.parametrize(
    ("sessions", "status", "code"),
    [
        (0, 422, "no_sessions"),
        (-1, 422, "no_sessions"),
        (7, 422, "sessions_out_of_range"),
        (3, 422, "sessions_out_of_range"),
        (10**30, 422, "too_many_sessions"),
        ("5", 400, "malformed"),
        (4.5, 400, "malformed"),
        (True, 400, "malformed"),
        (None, 400, "malformed"),
    ],
)
def test_a_number_of_sessions_that_cannot_be_is_refused(sessions, status, code):
    world = a_course_world()
    rest = a_client_of(world)

    answer = rest.post("plans/", asked(world, sessions=sessions))

    assert (answer.status, answer.code) == (status, code)
    assert not Plan.objects.exists()
    assert not Session.objects.exists()


def test_seven_sessions_where_four_to_six_are_usual_is_a_problem_that_a_doctor_may_waive():
    world = a_course_world()
    rest = a_client_of(world)

    answer = rest.post("plans/", asked(world, sessions=7))

    assert answer.status == 422
    [problem] = answer.json["problems"]
    assert (problem["kind"], problem["waivable_by"]) == ("waivable", ["owner", "practitioner"])
    assert "4 to 6" in problem["sentence"]


@pytest.mark.parametrize(
    ("wrong", "code"),
    [
        ({"patient": "not a uuid"}, "malformed"),
        ({"patient": 17}, "malformed"),
        ({"sessions_wanted": 5}, "malformed"),
        ({"clinic": str(uuid4())}, "malformed"),
        ({"state": "completed"}, "malformed"),
        ({"wishes": {"weekday": [1]}}, "unknown_wish"),
        ({"wishes": {"weekdays": [8]}}, "malformed_wishes"),
        ({"wishes": {"after": "25:00"}}, "malformed_time"),
        ({"wishes": {"practitioner": "somebody"}}, "malformed_id"),
        ({"wishes": {"after": "12:00", "before": "09:00"}}, "wishes_contradict"),
        ({"wishes": ["monday"]}, "malformed"),
    ],
)
def test_what_cannot_be_understood_is_malformed_and_writes_nothing(wrong, code):
    world = a_course_world()
    rest = a_client_of(world)

    answer = rest.post("plans/", asked(world, **wrong))

    assert (answer.status, answer.code) == (400, code)
    assert not Plan.objects.exists()


@pytest.mark.parametrize(
    ("place", "code"),
    [
        (("patient",), "unknown_patient"),
        (("protocol",), "unknown_protocol"),
        (("prescribed_by",), "unknown_resource"),
        (("wishes", "practitioner"), "unknown_practitioner"),
        (("wishes", "site"), "unknown_site"),
    ],
)
@pytest.mark.parametrize("whose", ["nobody's", "another clinic's"])
def test_an_unknown_and_a_foreign_id_are_the_same_404(place, code, whose):
    world, elsewhere = a_course_world(), a_course_world()
    rest = a_client_of(world)
    foreign = {
        "patient": elsewhere.patient,
        "protocol": elsewhere.protocols["prp-mesotherapy"],
        "prescribed_by": elsewhere.doctors[0],
        "practitioner": elsewhere.doctors[0],
        "site": elsewhere.site,
    }[place[-1]]
    named = str(foreign.uuid if whose == "another clinic's" else uuid4())

    answer = rest.post("plans/", asked(world, **{place[0]: {place[1]: named} if len(place) > 1 else named}))

    assert (answer.status, answer.code) == (404, code)
    assert str(foreign) not in answer.text
    assert not Plan.objects.exists()


def test_a_room_prescribes_nothing():
    world = a_course_world()
    rest = a_client_of(world)

    answer = rest.post("plans/", asked(world, prescribed_by=str(world.procedure_room.uuid)))

    assert (answer.status, answer.code) == (404, "unknown_practitioner")
    assert not Plan.objects.exists()


def test_the_plan_of_another_clinic_is_not_found():
    world, elsewhere = a_course_world(), a_course_world()
    plan = prescribed(a_client_of(elsewhere), elsewhere)

    answer = a_client_of(world).get(f"plans/{plan['id']}/")

    assert (answer.status, answer.code) == (404, "unknown_plan")


def test_reading_a_plan_takes_as_many_queries_for_six_sessions_as_for_four(django_assert_num_queries):
    world = a_course_world()
    rest = a_client_of(world)
    short = prescribed(rest, world, sessions=4)
    other = a_patient(clinic=world.clinic, given_name="Noor")
    a_practitioner(clinic=world.clinic, name="Dr Third")
    long = prescribed(rest, world, sessions=6, patient=str(other.uuid))

    for plan in (short, long):
        with django_assert_num_queries(4):
            assert rest.get(f"plans/{plan['id']}/").status == 200
