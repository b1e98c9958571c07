"""Moving sessions over REST: look first, then move; or both in one go."""

import pytest

from scheduling.models import Session
from tests.support.acts.courses import a_booked_course
from tests.support.rest import Answer, RestClient

pytestmark = pytest.mark.django_db


@pytest.fixture
def course(world) -> list[Session]:
    """Five treatments, two weeks apart, on Mondays at nine; the second is on 18 January."""
    return a_booked_course(world=world, sessions=5)


FOUR_DAYS_LATER = "2027-01-22T09:00:00+01:00"


def move(rest: RestClient, session: Session, said: dict, **headers: str) -> Answer:
    return rest.post(f"sessions/{session.uuid}/move/", said, **headers)


def preview(rest: RestClient, session: Session, **said) -> Answer:
    return rest.post(f"sessions/{session.uuid}/move/preview/", {"starts_at": FOUR_DAYS_LATER, **said})


def test_what_was_previewed_is_what_moves(rest, course):
    found = preview(rest, course[1])

    answer = move(rest, course[1], {"proposal": found.json["proposal"], "reason": "Wedding"})

    assert found.status == answer.status == 200
    assert [one["session"] for one in found.json["moved"]] == [one["id"] for one in answer.json["sessions"]]
    assert [one["to"]["starts_at"] for one in found.json["moved"]] == [
        one["starts_at"] for one in answer.json["sessions"]
    ]
    assert answer.version == rest.get(f"sessions/{course[1].uuid}/").version
    assert answer.json["plan_version"] == rest.get(f"plans/{course[0].plan.uuid}/").version


def test_looking_and_moving_is_one_request_too(rest, course):
    answer = move(rest, course[1], {"starts_at": FOUR_DAYS_LATER})

    assert answer.status == 200
    assert answer.json["sessions"][0]["starts_at"] == FOUR_DAYS_LATER
    assert [one["number"] for one in answer.json["sessions"]] == [2, 3]


def test_a_stale_version_is_told_before_anything_moves(rest, course):
    answer = move(rest, course[1], {"starts_at": FOUR_DAYS_LATER}, If_Match='"999"')

    assert answer.status == 412
    assert rest.get(f"sessions/{course[1].uuid}/").json["sequence"] == 0


def test_the_same_request_twice_moves_once(rest, course):
    twice = [
        move(rest, course[1], {"starts_at": FOUR_DAYS_LATER}, Idempotency_Key="one-move") for _ in range(2)
    ]

    assert twice[0].text == twice[1].text
    assert rest.get(f"sessions/{course[1].uuid}/").json["sequence"] == 1


def test_moved_alone_it_is_refused_for_a_key_with_every_window_it_breaks(rest, course):
    answer = move(rest, course[1], {"starts_at": FOUR_DAYS_LATER, "alone": True, "reason": "Wedding"})

    assert answer.status == 422
    assert [problem["code"] for problem in answer.json["problems"]] == ["outside_window"]


def test_a_start_and_a_proposal_together_are_malformed(rest, course):
    both = move(rest, course[1], {"starts_at": FOUR_DAYS_LATER, "proposal": "x"})
    neither = move(rest, course[1], {})

    assert (both.status, both.code) == (neither.status, neither.code) == (400, "malformed")


def test_a_course_without_trouble_has_nothing_to_ripple(rest, course):
    answer = rest.post(f"plans/{course[0].plan.uuid}/ripple/preview/", {})

    assert answer.status == 200
    assert answer.json["proposal"] is None
    assert answer.json["moved"] == []
    assert len(answer.json["kept"]) == 5
