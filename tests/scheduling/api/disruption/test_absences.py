"""Leave and closures over REST."""

import pytest

from clinic.identity.actors import Scope
from clinic.models import Closure, Leave, LeaveState
from tests.support.acts.absences import a_session, at, served
from tests.support.builders import a_key
from tests.support.cast import NOW
from tests.support.rest import RestClient, a_client_of
from tests.support.worlds import World

pytestmark = pytest.mark.django_db


@pytest.fixture
def rest(world: World) -> RestClient:
    return a_client_of(world)


def test_leave_is_entered_and_the_answer_lists_what_is_in_its_way(world, rest):
    session = a_session(world, "10:00", practitioner=world.doctors[0])
    said = {"starts_at": "2027-01-05T00:00:00+01:00", "reason": "Flu"}

    answer = rest.post(f"resources/{world.doctors[0].uuid}/leave/", said)

    assert answer.status == 201
    leave = Leave.objects.get()
    assert answer.json["leave"] == {
        "id": str(leave.uuid),
        "version": 1,
        "resource": str(world.doctors[0].uuid),
        "starts_at": "2027-01-05T00:00:00+01:00",
        "ends_at": None,
        "kind": "away",
        "state": "granted",
        "reason": "Flu",
    }
    [one] = answer.json["in_the_way"]
    assert (one["session"]["id"], one["remedy"], one["code"]) == (str(session.uuid), "ripple", "asked_for")
    assert one["sentence"]
    assert answer.json["swapped"] == answer.json["released"] == []


def test_a_broken_device_is_swapped_as_it_is_entered(world, rest):
    session = a_session(world, "10:00", "prp")
    broken = served(session, "centrifuge")

    answer = rest.post(
        f"resources/{broken.uuid}/leave/", {"starts_at": "2027-01-05T00:00:00+01:00", "swap": True}
    )

    [swapped] = answer.json["swapped"]
    after = served(session, "centrifuge").name
    assert swapped["changes"] == [{"role": "centrifuge", "before": broken.name, "after": after}]
    assert not swapped["patient_is_told"]
    assert answer.json["in_the_way"] == []


def test_what_is_in_the_way_is_swapped_later(world, rest):
    a_session(world, "10:00", practitioner=world.doctors[0])
    said = {"starts_at": "2027-01-05T00:00:00+01:00"}
    leave = rest.post(f"resources/{world.doctors[0].uuid}/leave/", said).json["leave"]["id"]
    assert len(rest.get(f"leave/{leave}/in-the-way/").json["in_the_way"]) == 1
    assert rest.post(f"leave/{leave}/swap/", {}).json["swapped"] == []

    answer = rest.post(f"leave/{leave}/swap/", {"also_practitioners": True})

    assert answer.status == 200
    assert [one["patient_is_told"] for one in answer.json["swapped"]] == [True]
    assert rest.get(f"leave/{leave}/in-the-way/").json == {"in_the_way": []}


def test_the_same_leave_sent_twice_is_entered_once(world, rest):
    path, said = f"resources/{world.doctors[0].uuid}/leave/", {"starts_at": NOW.isoformat()}

    answers = [rest.post(path, said, Idempotency_Key="once") for _ in range(2)]

    assert answers[0].text == answers[1].text
    assert Leave.objects.count() == 1


def test_leave_ends_and_is_taken_back(world, rest):
    said = {"starts_at": "2027-01-05T00:00:00+01:00"}
    leave = rest.post(f"resources/{world.doctors[0].uuid}/leave/", said).json["leave"]["id"]

    shorter = rest.post(f"leave/{leave}/end/", {"at": "2027-01-05T12:00:00+01:00"})
    gone = rest.post(f"leave/{leave}/end/", {"at": "2027-01-05T00:00:00+01:00"})
    again = rest.post(f"leave/{leave}/end/", {"at": "2027-01-05T00:00:00+01:00"})

    assert shorter.json["leave"]["ends_at"] == "2027-01-05T12:00:00+01:00"
    assert gone.json == {"leave": None}
    assert (again.status, again.code) == (404, "unknown_leave")


def test_leave_that_was_asked_for_is_granted(world, rest):
    asked = Leave.objects.create(
        clinic=world.clinic,
        resource=world.doctors[0],
        starts_at=at("00:00"),
        state=LeaveState.ASKED,
        changed_at=NOW,
    )
    a_session(world, "10:00", practitioner=world.doctors[0])
    refused = rest.post(f"leave/{asked.uuid}/swap/", {})

    answer = rest.post(f"leave/{asked.uuid}/grant/", {})

    assert (refused.status, refused.code) == (422, "leave_not_granted")
    assert answer.status == 200
    assert answer.json["leave"]["state"] == "granted"
    assert len(answer.json["in_the_way"]) == 1


def test_a_site_is_closed_and_opened_again(world, rest):
    a_session(world, "10:00")
    said = {"starts_at": "2027-01-05T09:00:00+01:00", "ends_at": "2027-01-05T17:00:00+01:00"}

    answer = rest.post(f"sites/{world.site.uuid}/closures/", said)
    closure = answer.json["closure"]["id"]
    in_the_way = rest.get(f"closures/{closure}/in-the-way/").json["in_the_way"]
    opened = rest.post(f"closures/{closure}/end/", {"at": "2027-01-05T09:00:00+01:00"})

    assert answer.status == 201
    assert answer.json["closure"]["site"] == str(world.site.uuid)
    assert [one["code"] for one in in_the_way] == ["site_closed"]
    assert opened.json == {"closure": None}
    assert not Closure.objects.exists()


def test_lists_hold_what_touches_the_dates(world, rest):
    path, closures = f"resources/{world.doctors[0].uuid}/leave/", f"sites/{world.site.uuid}/closures/"
    for day in ("05", "07"):
        said = {"starts_at": f"2027-01-{day}T00:00:00+01:00", "ends_at": f"2027-01-{day}T12:00:00+01:00"}
        assert rest.post(path, said).status == rest.post(closures, said).status == 201

    def starts(name: str, **asked: str) -> list[str]:
        return [row["starts_at"][8:10] for row in rest.get(name, **asked).json["results"]]

    for name in ("leave/", "closures/"):
        assert starts(name) == ["05", "07"]
        assert starts(name, **{"from": "2027-01-06"}) == ["07"]
        assert starts(name, **{"from": "2027-01-05", "until": "2027-01-06"}) == ["05"]
    assert rest.get("leave/", **{"from": "2027-01-06", "until": "2027-01-05"}).code == "horizon_reversed"


def test_why_somebody_is_away_is_not_told_to_every_key(world, rest):
    rest.post(f"resources/{world.doctors[0].uuid}/leave/", {"starts_at": NOW.isoformat(), "reason": "Flu"})
    reader = RestClient(secret=a_key(clinic=world.clinic, scopes=[Scope.CALENDAR_READ])[1])

    [row] = reader.get("leave/").json["results"]

    assert "reason" not in row
    assert rest.get("leave/").json["results"][0]["reason"] == "Flu"


def test_a_key_that_may_not_book_enters_leave_and_swaps_nothing(world):
    places = RestClient(secret=a_key(clinic=world.clinic, scopes=[Scope.PLACES_WRITE])[1])
    path, said = f"resources/{world.doctors[0].uuid}/leave/", {"starts_at": NOW.isoformat()}

    assert places.post(path, {**said, "swap": True}).code == "scope_missing"
    assert places.post(path, said).status == 201
    assert Leave.objects.count() == 1


@pytest.mark.parametrize(
    ("said", "status", "code"),
    [
        ({}, 400, "malformed"),
        ({"starts_at": "tomorrow"}, 400, "malformed"),
        ({"starts_at": "2027-01-05T00:00:00+01:00", "swap": "true"}, 400, "malformed"),
        (
            {"starts_at": "2027-01-05T00:00:00+01:00", "ends_at": "2027-01-05T00:00:00+01:00"},
            422,
            "absence_reversed",
        ),
        ({"starts_at": "2027-01-05T00:00:00+01:00", "reason": "x" * 201}, 422, "reason_too_long"),
    ],
)
def test_what_is_no_leave_is_refused_and_nothing_is_written(world, rest, said, status, code):
    answer = rest.post(f"resources/{world.doctors[0].uuid}/leave/", said)

    assert (answer.status, answer.code) == (status, code)
    assert not Leave.objects.exists()
