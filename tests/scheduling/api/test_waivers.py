"""Rules set aside over REST: a key does it for the role that its scope names, with a reason."""

from collections.abc import Callable

import pytest

from clinic.identity.actors import Scope
from scheduling.models import Session
from tests.support.acts.courses import a_booked_course, everything_written
from tests.support.acts.delays import LATE, a_consultation, at
from tests.support.builders import a_key
from tests.support.cast import NOW
from tests.support.rest import RestClient
from tests.support.worlds import World
from treatments.models import Plan

pytestmark = pytest.mark.django_db

Client = Callable[..., RestClient]
NEAR = "2027-01-22T09:00:00+01:00"
# Of the last session, after which nothing follows that would lie outside its window as well.
NEAR_OF_THE_LAST, FAR_OF_THE_LAST = "2027-03-08T09:00:00+01:00", "2027-04-02T09:00:00+02:00"
WEDDING = {"reason": "Wedding"}


@pytest.fixture
def client(world) -> Client:
    def with_scopes(*waives: Scope, now=NOW) -> RestClient:
        scopes = [Scope.BOOKING_WRITE, Scope.CALENDAR_READ, *waives]
        return RestClient(a_key(clinic=world.clinic, scopes=scopes)[1], now=now)

    return with_scopes


@pytest.fixture
def course(world) -> list[Session]:
    """Five treatments, two weeks apart, on Mondays at nine; the second is on 18 January."""
    return a_booked_course(world=world, sessions=5)


def alone(starts_at: str) -> dict:
    return {"starts_at": starts_at, "alone": True}


def outcome(rest: RestClient, session: Session, starts_at: str) -> tuple[list[str], bool, int]:
    """What stands against the move, whether the preview offers it, and how it ends."""
    path = f"sessions/{session.uuid}/move/"
    seen = rest.post(f"{path}preview/", alone(starts_at)).json
    moved = rest.post(path, alone(starts_at) | WEDDING)
    return [one["code"] for one in seen["problems"]], seen["proposal"] is not None, moved.status


@pytest.mark.parametrize(
    ("scope", "near", "far"),
    [
        (None, False, False),
        (Scope.WAIVE_AS_RECEPTIONIST, True, False),
        (Scope.WAIVE_AS_ADMINISTRATOR, True, False),
        (Scope.WAIVE_AS_PRACTITIONER, True, True),
    ],
)
def test_a_preview_offers_what_the_key_may_commit_and_nothing_else(client, course, scope, near, far):
    rest = client(*filter(None, [scope]))

    assert outcome(rest, course[4], NEAR_OF_THE_LAST) == (["outside_window"], near, 200 if near else 422)
    assert outcome(rest, course[4], FAR_OF_THE_LAST) == (["far_outside_window"], far, 200 if far else 422)


def test_what_a_preview_offered_is_committed_with_a_reason_and_not_without(client, course):
    rest, path = client(Scope.WAIVE_AS_RECEPTIONIST), f"sessions/{course[1].uuid}/move/"
    token = rest.post(f"{path}preview/", alone(NEAR)).json["proposal"]
    before = everything_written()

    refused = rest.post(path, {"proposal": token})
    assert everything_written() == before
    moved = rest.post(path, {"proposal": token} | WEDDING)

    assert (refused.status, refused.code) == (422, "outside_window")
    assert (moved.status, moved.json["sessions"][0]["starts_at"]) == (200, NEAR)
    # It follows the one that moved too soon.
    course[2].refresh_from_db()
    [waived] = course[2].waived
    assert (waived["reason"], waived["by"].partition(":")[0]) == ("Wedding", "key")


def test_a_token_of_another_key_lets_nobody_set_aside_more(client, course):
    path = f"sessions/{course[1].uuid}/move/"
    token = client(Scope.WAIVE_AS_PRACTITIONER).post(f"{path}preview/", alone(NEAR)).json["proposal"]

    answer = client().post(path, {"proposal": token} | WEDDING)

    assert (answer.status, answer.code) == (422, "outside_window")


def test_another_number_than_the_protocol_has_is_prescribed_for_a_practitioner(world, client):
    said = {
        "patient": str(world.patient.uuid),
        "protocol": str(world.protocols["prp-mesotherapy"].uuid),
        "sessions": 2,
    }

    for rest in (client(), client(Scope.WAIVE_AS_ADMINISTRATOR)):
        answer = rest.post("plans/", said | {"reason": "Begun elsewhere"})
        assert (answer.status, answer.code) == (422, "sessions_out_of_range")
    doctors = client(Scope.WAIVE_AS_PRACTITIONER)
    assert doctors.post("plans/", said).status == 422
    assert not Plan.objects.exists()

    assert doctors.post("plans/", said | {"reason": "Begun elsewhere"}).status == 201
    [waived] = Plan.objects.get().waived
    assert (waived["code"], waived["reason"]) == ("sessions_out_of_range", "Begun elsewhere")


def test_a_reason_that_is_too_long_to_be_kept_is_refused_whatever_it_is_for(world, client, course):
    rest, long = client(Scope.WAIVE_AS_PRACTITIONER), {"reason": "x" * 301}
    plan = f"plans/{course[0].plan.uuid}"
    patient, protocol = str(world.patient.uuid), str(world.protocols["prp-mesotherapy"].uuid)
    before = everything_written()

    answers = [
        rest.post("plans/", {"patient": patient, "protocol": protocol, "sessions": 4} | long),
        rest.post(f"{plan}/amend/", {"sessions": 4} | long),
        rest.post(f"sessions/{course[4].uuid}/move/", alone(NEAR_OF_THE_LAST) | long),
    ]

    assert [(answer.status, answer.code) for answer in answers] == [(422, "reason_too_long")] * 3
    assert everything_written() == before


@pytest.mark.parametrize(
    ("scope", "status"),
    [(None, 422), (Scope.WAIVE_AS_RECEPTIONIST, 422), (Scope.WAIVE_AS_ADMINISTRATOR, 200)],
)
def test_a_day_is_pushed_past_its_hours_for_who_answers_for_it(world: World, client, scope, status):
    session, rest = a_consultation(world, at(16, 30)), client(*filter(None, [scope]), now=LATE)
    path = f"resources/{world.doctors[0].uuid}/delay/"
    seen = rest.post(f"{path}preview/", {"minutes": 20}).json["visits"]
    said = {"minutes": 20, "expected": {row["session"]: row["version"] for row in seen}}

    assert rest.post(path, said).status == 422
    answer = rest.post(path, said | {"reason": "The patient agreed"})

    assert answer.status == status
    session.refresh_from_db()
    assert [one["code"] for one in session.waived] == (["outside_hours"] if status == 200 else [])


def test_a_late_cancellation_is_set_aside_for_who_answers_for_the_day(client, course):
    said = {"cancelled_by": "patient", "reason": "Flu", "waive": ["late_cancel"]}
    path = f"sessions/{course[0].uuid}/cancel/"

    refused = client(Scope.WAIVE_AS_RECEPTIONIST).post(path, said)
    done = client(Scope.WAIVE_AS_ADMINISTRATOR).post(path, said)

    assert (refused.status, refused.code) == (403, "may_not_waive")
    assert (done.status, done.json["cancelled"]["is_late"]) == (200, False)
