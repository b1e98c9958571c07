"""Listing and reading sessions over REST."""

import re
from datetime import datetime, timedelta
from urllib.parse import parse_qs, urlsplit
from uuid import uuid4

import pytest

from scheduling.models import Session
from tests.support.acts.holds import a_hold
from tests.support.builders import a_patient
from tests.support.rest import a_client_of, booked, prescribed
from tests.support.worlds import a_course_world

pytestmark = pytest.mark.django_db


def a_session(rest, world, starts_at, **other):
    answer = rest.post(
        "sessions/",
        {
            "patient": str(world.patient.uuid),
            "session_type": str(world.session_types["consultation"].uuid),
            "starts_at": starts_at,
        }
        | other,
    )
    assert answer.status == 201, answer.text
    return answer.json


def ids(answer):
    assert answer.status == 200, answer.text
    return [session["id"] for session in answer.json["results"]]


def test_sessions_come_by_start_if_asked():
    world = a_course_world()
    rest = a_client_of(world)
    late = a_session(rest, world, "2027-01-06T10:00:00+01:00")
    early = a_session(rest, world, "2027-01-05T10:00:00+01:00")
    noor = a_patient(clinic=world.clinic, given_name="Noor")
    also_early = a_session(rest, world, "2027-01-05T10:00:00+01:00", patient=str(noor.uuid))

    listed = ids(rest.get("sessions/", order="start"))

    assert listed == [early["id"], also_early["id"], late["id"]]


def test_a_listed_session_is_the_same_as_the_one_that_is_read():
    world = a_course_world()
    rest = a_client_of(world)
    session = a_session(rest, world, "2027-01-05T10:00:00+01:00")

    [listed] = rest.get("sessions/").json["results"]

    assert listed == rest.get(f"sessions/{session['id']}/").json
    assert session == {**listed, "act": session["act"]}


def test_from_and_until_are_the_sites_dates_and_both_included():
    world = a_course_world(zone="Pacific/Auckland", country="")
    rest = a_client_of(world)
    # Nine in the morning in Auckland is still the day before in UTC.
    tuesday = a_session(rest, world, "2027-01-05T09:00:00+13:00")
    wednesday = a_session(rest, world, "2027-01-06T16:30:00+13:00")
    thursday = a_session(rest, world, "2027-01-07T09:00:00+13:00")

    assert ids(rest.get("sessions/", **{"from": "2027-01-06"})) == [wednesday["id"], thursday["id"]]
    assert ids(rest.get("sessions/", until="2027-01-06")) == [tuesday["id"], wednesday["id"]]
    assert ids(rest.get("sessions/", **{"from": "2027-01-06", "until": "2027-01-06"})) == [wednesday["id"]]


def test_sessions_are_found_by_plan_patient_and_resource():
    world = a_course_world()
    rest = a_client_of(world)
    plan = prescribed(rest, world, prescribed_by=str(world.doctors[0].uuid))
    course = [session["id"] for session in booked(rest, plan)["sessions"]]
    noor = a_patient(clinic=world.clinic, given_name="Noor")
    lone = a_session(rest, world, "2027-01-05T10:00:00+01:00", patient=str(noor.uuid))
    [doctor] = [c["resource"] for c in lone["claims"] if c["resource"]["kind"] == "practitioner"]

    assert ids(rest.get("sessions/", plan=plan["id"])) == course
    assert ids(rest.get("sessions/", patient=str(world.patient.uuid))) == course
    assert ids(rest.get("sessions/", patient=str(noor.uuid))) == [lone["id"]]
    with_doctor = rest.get("sessions/", resource=doctor["id"])
    assert lone["id"] in ids(with_doctor)
    for session in with_doctor.json["results"]:
        assert doctor in [claim["resource"] for claim in session["claims"]]


def test_due_sessions_are_listed_only_when_asked_for():
    world = a_course_world()
    rest = a_client_of(world)
    plan = prescribed(rest, world)

    assert ids(rest.get("sessions/")) == []
    due = ids(rest.get("sessions/", status="due"))

    assert due == [session["id"] for session in plan["sessions"]]


def test_due_sessions_are_found_by_the_dates_their_window_touches():
    world = a_course_world()
    rest = a_client_of(world)
    second = prescribed(rest, world)["sessions"][1]

    for on in (second["window"]["earliest"], second["window"]["latest"]):
        assert second["id"] in ids(rest.get("sessions/", status="due", **{"from": on, "until": on}))
    after = datetime.fromisoformat(second["window"]["latest"]).date() + timedelta(days=1)
    assert second["id"] not in ids(rest.get("sessions/", status="due", **{"from": str(after)}))


def test_held_sessions_are_listed_only_when_asked_for():
    world = a_course_world()
    rest = a_client_of(world)
    hold = a_hold(world=world)

    assert ids(rest.get("sessions/")) == []
    assert set(ids(rest.get("sessions/", status="held"))) == {str(row.uuid) for row in hold.sessions.all()}
    assert ids(rest.get("sessions/", status="booked")) == []


@pytest.mark.damages_diaries
@pytest.mark.parametrize("status", ["missed", "cancelled", "completed", "confirmed"])
def test_a_session_that_had_its_time_stays_in_the_list(status):
    world = a_course_world()
    rest = a_client_of(world)
    session = a_session(rest, world, "2027-01-05T10:00:00+01:00")
    Session.objects.update(status=status)

    assert ids(rest.get("sessions/")) == ids(rest.get("sessions/", status=status)) == [session["id"]]


@pytest.mark.parametrize("name", ["plan", "patient", "resource"])
@pytest.mark.parametrize("whose", ["nobody's", "another clinic's"])
def test_a_filter_by_an_unknown_or_foreign_id_is_404_and_not_an_empty_list(name, whose):
    world, elsewhere = a_course_world(), a_course_world()
    plan = prescribed(a_client_of(elsewhere), elsewhere)
    foreign = {
        "plan": plan["id"],
        "patient": str(elsewhere.patient.uuid),
        "resource": str(elsewhere.doctors[0].uuid),
    }[name]

    answer = a_client_of(world).get(
        "sessions/", **{name: foreign if whose == "another clinic's" else str(uuid4())}
    )

    assert (answer.status, answer.code) == (404, f"unknown_{name}")


def test_one_clinic_never_lists_the_sessions_of_another():
    world, elsewhere = a_course_world(), a_course_world()
    theirs = a_client_of(elsewhere)
    booked(theirs, prescribed(theirs, elsewhere))

    for status in ("due", "booked"):
        assert ids(a_client_of(world).get("sessions/", status=status)) == []


@pytest.mark.parametrize(
    ("query", "status", "code"),
    [
        ({"from": "2027-02-01", "until": "2027-01-01"}, 422, "horizon_reversed"),
        ({"from": "yesterday"}, 400, "malformed"),
        ({"from": ""}, 400, "malformed"),
        ({"until": "2027-13-01"}, 400, "malformed"),
        ({"plan": ""}, 400, "malformed"),
        ({"plan": "1"}, 400, "malformed"),
        ({"status": "gone"}, 400, "malformed"),
        ({"status": ""}, 400, "malformed"),
        ({"page_size": "1000000000"}, 400, "malformed"),
        ({"limit": "0"}, 400, "malformed"),
        ({"limit": "201"}, 400, "malformed"),
        ({"limit": "1e9"}, 400, "malformed"),
        ({"patient": ["a", "b"]}, 400, "malformed"),
        ({"cursor": "abc"}, 400, "malformed_cursor"),
        ({"cursor": "abc:def"}, 400, "malformed_cursor"),
    ],
)
def test_a_question_that_makes_no_sense_is_refused(query, status, code):
    world = a_course_world()

    answer = a_client_of(world).get("sessions/", **query)

    assert (answer.status, answer.code) == (status, code)


@pytest.mark.parametrize("status", ["booked", "due"])
def test_pages_of_a_list_hold_every_session_once_and_in_order(status):
    world = a_course_world()
    rest = a_client_of(world)
    for given_name in ("Ada", "Bo", "Cas"):
        patient = a_patient(clinic=world.clinic, given_name=given_name)
        plan = prescribed(rest, world, patient=str(patient.uuid))
        if status == "booked":
            booked(rest, plan)
    whole = ids(rest.get("sessions/", status=status))
    pages, address = [], "sessions/"

    answer = rest.get(address, status=status, limit=5)
    pages.append(ids(answer))
    while address := answer.json["next"]:
        assert address.startswith("http://testserver/api/v1/sessions/?")
        answer = rest.get(address)
        pages.append(ids(answer))

    assert [len(page) for page in pages] == [5, 5, 2]
    assert [one for page in pages for one in page] == whole


def test_a_cursor_of_one_list_is_none_of_another():
    world = a_course_world()
    rest = a_client_of(world)
    prescribed(rest, world)
    following = rest.get("sessions/", status="due", limit=1).json["next"]
    cursor = parse_qs(urlsplit(following).query)["cursor"][0]

    for path in ("holds/", "patients/", "resources/"):
        answer = rest.get(path, cursor=cursor)
        assert (answer.status, answer.code) == (400, "malformed_cursor")


def test_listing_takes_as_many_queries_for_twelve_sessions_as_for_one(django_assert_num_queries):
    world = a_course_world()
    rest = a_client_of(world)
    booked(rest, prescribed(rest, world, protocol="svf-combination", sessions=1))
    filters = {"from": "2027-01-01", "resource": str(world.doctors[0].uuid)}

    with django_assert_num_queries(4):
        assert len(ids(rest.get("sessions/", **filters))) == 1
    for given_name in ("Ada", "Bo", "Cas"):
        patient = a_patient(clinic=world.clinic, given_name=given_name)
        booked(rest, prescribed(rest, world, patient=str(patient.uuid)))
    with django_assert_num_queries(4):
        assert len(ids(rest.get("sessions/", **filters))) > 1
    with django_assert_num_queries(3):
        assert len(ids(rest.get("sessions/"))) == 13


def test_nothing_that_goes_out_holds_an_internal_number():
    world = a_course_world()
    rest = a_client_of(world)
    plan = prescribed(rest, world)
    booked(rest, plan)
    paths = ["sessions/", f"plans/{plan['id']}/", "patients/", "protocols/", "session-types/"]
    paths += ["resources/", "sites/", f"patients/{world.patient.uuid}/"]

    for path in paths:
        for name, value in names_and_values(rest.get(path).json):
            if name in {"id", "patient", "plan", "site", "session_type", "protocol", "prescribed_by"}:
                assert value is None or re.fullmatch(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", value), (
                    name
                )
            assert name not in {"pk", "clinic"}
            assert not name.endswith("_id")


def names_and_values(said):
    if isinstance(said, dict):
        for name, value in said.items():
            yield name, value
            yield from names_and_values(value)
    elif isinstance(said, list):
        for value in said:
            yield from names_and_values(value)
