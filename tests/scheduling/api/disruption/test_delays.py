"""Running late over REST: look first, then push what was looked at."""

import pytest

from clinic.identity.actors import Scope
from scheduling.models import Session
from tests.support.acts.courses import everything_written
from tests.support.acts.delays import LATE, a_consultation, at
from tests.support.builders import a_key
from tests.support.rest import Answer, RestClient, a_client_of
from tests.support.worlds import World

pytestmark = pytest.mark.django_db


@pytest.fixture
def rest(world) -> RestClient:
    return a_client_of(world, now=LATE)


def path(world: World) -> str:
    return f"resources/{world.doctors[0].uuid}/delay/"


def look(rest: RestClient, world: World, **said) -> Answer:
    return rest.post(f"{path(world)}preview/", {"minutes": 20, **said})


def expected(answer: Answer) -> dict[str, int]:
    return {row["session"]: row["version"] for row in answer.json["visits"]}


def test_a_day_is_looked_at_and_then_pushed(world, rest):
    session = a_consultation(world, at(10, 30))

    seen = look(rest, world)
    answer = rest.post(path(world), {"minutes": 20, "expected": expected(seen)})

    assert seen.json["visits"] == [
        {
            "session": str(session.uuid),
            "version": 1,
            "patient": str(session.patient.uuid),
            "starts_at": "2027-01-05T10:30:00+01:00",
            "new_starts_at": "2027-01-05T10:50:00+01:00",
            "problems": [],
        }
    ]
    assert answer.status == 200
    [row] = answer.json["sessions"]
    assert (row["starts_at"], row["version"], row["sequence"]) == ("2027-01-05T10:50:00+01:00", 2, 1)
    assert row == rest.get(f"sessions/{session.uuid}/").json


def test_a_gap_may_swallow_the_delay(world, rest):
    a_consultation(world, at(10, 30))
    a_consultation(world, at(14))

    seen = look(rest, world, only_as_needed=True)

    assert [row["new_starts_at"][11:16] for row in seen.json["visits"]] == ["10:50"]


def test_another_day_than_the_one_looked_at_is_a_conflict(world, rest):
    a_consultation(world, at(10, 30))
    seen = look(rest, world)
    a_consultation(world, at(14))

    answer = rest.post(path(world), {"minutes": 20, "expected": expected(seen)})

    assert (answer.status, answer.code) == (409, "day_changed")


def test_what_is_in_the_way_is_named(world, rest):
    first, here = a_consultation(world, at(10, 30)), a_consultation(world, at(11))
    Session.objects.filter(pk=here.pk).update(status="in_treatment")
    before = everything_written()

    seen = look(rest, world)
    answer = rest.post(path(world), {"minutes": 20, "expected": expected(seen)})

    assert [problem["code"] for problem in seen.json["visits"][0]["problems"]] == ["time_taken"]
    assert (answer.status, answer.code) == (409, "time_taken")
    assert {entry["session"] for entry in answer.json["taken"]} == {str(first.uuid)}
    assert everything_written() == before


def test_hours_are_a_rule_that_no_key_sets_aside_without_a_scope_for_it(world, rest):
    a_consultation(world, at(16, 30))
    seen = look(rest, world)

    answer = rest.post(path(world), {"minutes": 20, "expected": expected(seen)})

    assert (answer.status, answer.code) == (422, "outside_hours")
    assert answer.json["problems"][0]["kind"] == "waivable"


def test_pushing_twice_with_one_key_pushes_once(world, rest):
    session = a_consultation(world, at(10, 30))
    said = {"minutes": 20, "expected": expected(look(rest, world))}

    answers = [rest.post(path(world), said, Idempotency_Key="k") for _ in range(2)]

    assert [answer.status for answer in answers] == [200, 200]
    assert answers[0].text == answers[1].text
    session.refresh_from_db()
    assert session.version == 2


@pytest.mark.parametrize(
    "said",
    [
        {},
        {"minutes": "20", "expected": {}},
        {"minutes": 20},
        {"minutes": 20, "expected": {"x": 1}},
        {"minutes": 20, "expected": {}, "only_as_needed": "yes"},
        {"minutes": 20, "expected": {}, "tell": 1},
        {"minutes": 20, "expected": {}, "reason": 1},
    ],
)
def test_what_is_no_push_is_malformed(world, rest, said):
    answer = rest.post(path(world), said)

    assert (answer.status, answer.code) == (400, "malformed")


def test_a_delay_has_a_range(world, rest):
    answer = look(rest, world, minutes=241)

    assert (answer.status, answer.code) == (422, "delay_out_of_range")


def test_a_key_that_may_only_read_pushes_nothing(world):
    reader = RestClient(a_key(clinic=world.clinic, scopes=[Scope.CALENDAR_READ])[1])

    answers = [look(reader, world), reader.post(path(world), {"minutes": 20, "expected": {}})]

    assert [(answer.status, answer.code) for answer in answers] == [(403, "scope_missing")] * 2
