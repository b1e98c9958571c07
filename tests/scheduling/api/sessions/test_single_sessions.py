"""Booking one session without a plan over REST."""

from datetime import datetime
from uuid import uuid4

import pytest

from scheduling.models import Claim, Session
from tests.support.builders import a_patient
from tests.support.cast import OVER
from tests.support.rest import a_client_of
from tests.support.worlds import a_course_world

pytestmark = pytest.mark.django_db

TEN_ON_TUESDAY = "2027-01-05T10:00:00+01:00"


def asked(world, **other):
    return {
        "patient": str(world.patient.uuid),
        "session_type": str(world.session_types["consultation"].uuid),
        "starts_at": TEN_ON_TUESDAY,
    } | other


def test_a_consultation_is_booked_with_somebody_who_can():
    world = a_course_world()
    rest = a_client_of(world)

    answer = rest.post("sessions/", asked(world))

    assert answer.status == 201
    session = answer.json
    assert (session["status"], session["plan"], session["window"]) == ("booked", None, None)
    assert session["starts_at"] == TEN_ON_TUESDAY
    assert session["ends_at"] == "2027-01-05T10:30:00+01:00"
    assert {claim["resource"]["kind"] for claim in session["claims"]} == {"practitioner", "room"}


def test_a_booked_session_answers_with_its_version_and_says_where_it_is():
    world = a_course_world()
    rest = a_client_of(world)

    entered = rest.post("sessions/", asked(world))
    read = rest.get(entered.headers["Location"])

    assert entered.json == {**read.json, "act": entered.json["act"]}
    assert read.version == entered.version == read.json["version"]


def test_an_instant_may_come_in_any_offset_and_goes_out_in_the_sites():
    world = a_course_world()
    rest = a_client_of(world)

    answer = rest.post("sessions/", asked(world, starts_at="2027-01-05T09:00:00Z"))

    assert answer.json["starts_at"] == TEN_ON_TUESDAY


@pytest.mark.parametrize(
    ("starts_at", "status", "code"),
    [
        ("2027-01-04T08:30:00+01:00", 422, "starts_in_the_past"),
        ("2020-01-06T10:00:00+01:00", 422, "starts_in_the_past"),
        ("2027-01-05T10:03:00+01:00", 422, "start_not_on_a_cell"),
        ("2027-01-05T10:00:00.5+01:00", 422, "start_not_on_a_cell"),
        ("2027-01-05T08:00:00+01:00", 422, "outside_hours"),
        ("2027-01-05T16:45:00+01:00", 422, "outside_hours"),
        ("2027-01-09T10:00:00+01:00", 422, "outside_hours"),
        ("2027-03-29T10:00:00+02:00", 422, "outside_hours"),
        ("2027-01-05T10:00:00", 400, "malformed"),
        ("2027-01-05", 400, "malformed"),
        ("2027-02-30T10:00:00Z", 400, "malformed"),
        ("2027-01-05T25:00:00Z", 400, "malformed"),
        ("9999-12-31T23:59:59-14:00", 400, "malformed"),
        ("0001-01-01T00:00:00+14:00", 400, "malformed"),
        ("tomorrow", 400, "malformed"),
        (1799141400, 400, "malformed"),
        (None, 400, "malformed"),
    ],
)
def test_a_start_that_cannot_be_is_refused_and_writes_nothing(starts_at, status, code):
    world = a_course_world()
    rest = a_client_of(world)

    answer = rest.post("sessions/", asked(world, starts_at=starts_at))

    assert (answer.status, answer.code) == (status, code)
    assert not Session.objects.exists()
    assert not Claim.objects.exists()


def test_a_time_that_does_not_exist_cannot_be_said_with_an_offset_so_it_is_just_outside_hours():
    world = a_course_world()
    rest = a_client_of(world)

    answer = rest.post("sessions/", asked(world, starts_at="2027-03-28T02:30:00+01:00"))

    assert (answer.status, answer.code) == (422, "outside_hours")


def test_an_overlap_for_the_same_patient_is_taken():
    world = a_course_world()
    rest = a_client_of(world)
    rest.post("sessions/", asked(world))

    answer = rest.post("sessions/", asked(world, starts_at="2027-01-05T10:15:00+01:00"))

    assert (answer.status, answer.code) == (409, "time_taken")
    patient = {"id": str(world.patient.uuid), "kind": "patient", "name": "Marit de Vries"}
    assert patient in [entry["resource"] for entry in answer.json["taken"]]
    assert Session.objects.count() == 1


def test_back_to_back_is_no_overlap():
    world = a_course_world()
    rest = a_client_of(world)
    rest.post("sessions/", asked(world))

    answer = rest.post("sessions/", asked(world, starts_at="2027-01-05T10:30:00+01:00"))

    assert answer.status == 201


def test_when_every_doctor_is_busy_the_next_is_told_who_is():
    world = a_course_world()
    rest = a_client_of(world)
    for doctor in world.doctors:
        other = a_patient(clinic=world.clinic, given_name=f"With {doctor.name}")
        assert rest.post("sessions/", asked(world, patient=str(other.uuid))).status == 201

    answer = rest.post("sessions/", asked(world))

    assert (answer.status, answer.code) == (409, "time_taken")
    assert {d.name for d in world.doctors} <= {entry["resource"]["name"] for entry in answer.json["taken"]}
    assert Session.objects.count() == len(world.doctors)


@pytest.mark.parametrize("name", ["patient", "session_type", "site"])
@pytest.mark.parametrize("whose", ["nobody's", "another clinic's"])
def test_an_unknown_and_a_foreign_id_are_the_same_404(name, whose):
    world, elsewhere = a_course_world(), a_course_world()
    rest = a_client_of(world)
    foreign = {
        "patient": elsewhere.patient,
        "session_type": elsewhere.session_types["consultation"],
        "site": elsewhere.site,
    }[name]
    named = str(foreign.uuid if whose == "another clinic's" else uuid4())

    answer = rest.post("sessions/", asked(world, **{name: named}))

    assert (answer.status, answer.code) == (404, f"unknown_{name}")
    assert not Session.objects.exists()


def test_nothing_is_booked_at_a_site_that_is_closed_for_good():
    world = a_course_world()
    rest = a_client_of(world)
    world.site.valid_until = OVER
    world.site.save()

    named = rest.post("sessions/", asked(world, site=str(world.site.uuid)))
    left_to_us = rest.post("sessions/", asked(world))

    assert (named.status, named.code) == (404, "unknown_site")
    assert (left_to_us.status, left_to_us.code) == (404, "unknown_site")
    assert not Session.objects.exists()


@pytest.mark.parametrize(
    "wrong",
    [{"patient": "x"}, {"status": "completed"}, {"plan": str(uuid4())}, {"clinic": 1}, {"session_type": []}],
)
def test_what_cannot_be_understood_is_malformed_and_writes_nothing(wrong):
    world = a_course_world()
    rest = a_client_of(world)

    answer = rest.post("sessions/", asked(world, **wrong))

    assert (answer.status, answer.code) == (400, "malformed")
    assert not Session.objects.exists()


def test_a_session_of_another_clinic_is_not_found():
    world, elsewhere = a_course_world(), a_course_world()
    session = a_client_of(elsewhere).post("sessions/", asked(elsewhere)).json

    answer = a_client_of(world).get(f"sessions/{session['id']}/")

    assert (answer.status, answer.code) == (404, "unknown_session")
    assert session["patient"] not in answer.text


def test_instants_are_compared_not_their_spelling():
    world = a_course_world()
    rest = a_client_of(world)

    session = rest.post("sessions/", asked(world)).json

    stored = Session.objects.get(uuid=session["id"])
    assert stored.starts_at == datetime.fromisoformat(TEN_ON_TUESDAY)
    assert (str(stored.local_date), f"{stored.local_time:%H:%M}") == ("2027-01-05", "10:00")
