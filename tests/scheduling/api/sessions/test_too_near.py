"""Over REST: courses too near to each other are refused by size, and set aside as a key may."""

import pytest

from clinic.identity.actors import Scope
from scheduling.models import Session
from tests.support.acts.courses import a_booked_course
from tests.support.builders import a_key
from tests.support.cast import NOW
from tests.support.rest import RestClient
from tests.support.worlds import World

pytestmark = pytest.mark.django_db

MONDAY, TUESDAY, FRIDAY = "2027-01-04", "2027-01-05", "2027-01-08"
AT_DESK, TREATS = Scope.WAIVE_AS_RECEPTIONIST, Scope.WAIVE_AS_PRACTITIONER


@pytest.fixture
def course(world: World) -> list[Session]:
    """The first session is on Monday 4 January."""
    return a_booked_course(world=world)


def client(world: World, *waives: Scope) -> RestClient:
    scopes = [Scope.BOOKING_WRITE, Scope.CALENDAR_READ, Scope.PATIENTS_READ, *waives]
    return RestClient(a_key(clinic=world.clinic, scopes=scopes)[1], now=NOW)


def a_session(world: World, on: str, **said: str) -> dict[str, str]:
    kind = world.session_types["mesotherapy"]
    asked = {"patient": str(world.patient.uuid), "session_type": str(kind.uuid)}
    return {**asked, "starts_at": f"{on}T15:00:00+01:00", **said}


@pytest.mark.parametrize(
    ("on", "code", "desk", "treats"),
    [
        (FRIDAY, "rest_short", 201, 201),
        (TUESDAY, "rest_far_too_short", 422, 201),
        (MONDAY, "rest_same_day", 422, 201),
    ],
)
def test_how_near_says_who_may_set_it_aside(world, course, on, code, desk, treats):
    refused = client(world, TREATS).post("sessions/", a_session(world, on))
    assert (refused.status, refused.json["problems"][0]["code"]) == (422, code)

    with_reason = a_session(world, on, reason="Wedding")
    assert client(world).post("sessions/", with_reason).status == 422
    assert client(world, AT_DESK).post("sessions/", with_reason).status == desk
    if desk != 201:
        assert client(world, TREATS).post("sessions/", with_reason).status == treats


def test_starts_of_a_patient_leave_near_days_out_and_say_why(world, course):
    asked = a_session(world, FRIDAY)
    del asked["starts_at"]
    found = client(world).get("starts/", **asked, **{"from": TUESDAY, "until": FRIDAY}).json

    assert found["starts"] == []
    [problem] = found["problems"]
    assert problem["code"] == "no_rest_in_window"
    assert "7 days after session 1 of another course; from 11 January" in problem["sentence"]
