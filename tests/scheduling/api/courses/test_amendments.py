"""Amending, pausing and what was done elsewhere, over REST."""

import pytest

from scheduling.models import Session
from tests.support.acts.courses import a_booked_course, everything_written
from tests.support.rest import Answer, RestClient, prescribed

pytestmark = pytest.mark.django_db


def plan_path(course: list[Session]) -> str:
    assert course[0].plan
    return f"plans/{course[0].plan.uuid}/"


def amend(rest: RestClient, course: list[Session], **said) -> Answer:
    return rest.post(f"{plan_path(course)}amend/", said)


def test_a_course_of_four_becomes_one_of_six(rest, course):
    answer = amend(rest, course, sessions=6)

    assert answer.status == 200
    assert [one["status"] for one in answer.json["sessions"]] == ["booked"] * 4 + ["due"] * 2
    assert (answer.json["session_count"], answer.json["cancelled"]) == (6, [])
    assert answer.json["problems"] == []
    assert answer.version == rest.get(plan_path(course)).version


def test_another_interval_names_the_sessions_it_leaves_outside(rest, course):
    answer = amend(rest, course, interval_days=21)

    assert answer.json["interval_days"] == 21
    assert {problem["code"] for problem in answer.json["problems"]} == {"outside_window"}
    assert {problem["kind"] for problem in answer.json["problems"]} == {"warning"}
    assert amend(rest, course, interval_days=None).json["problems"] == []


def test_fewer_sessions_name_those_that_are_off(world, rest):
    course = a_booked_course(world=world, sessions=6)

    answer = amend(rest, course, sessions=5)

    assert [(one["number"], one["status"]) for one in answer.json["cancelled"]] == [(6, "cancelled")]


@pytest.mark.parametrize(
    "said",
    [{}, {"reason": "Because"}, {"sessions": "6"}, {"sessions": None}, {"state": "completed"}, {"wishes": 1}],
)
def test_what_cannot_be_read_amends_nothing(rest, course, said):
    before = everything_written()

    answer = amend(rest, course, **said)

    assert (answer.status, answer.code) == (400, "malformed")
    assert everything_written() == before


def test_a_key_sets_no_rule_aside(rest, course):
    answer = amend(rest, course, sessions=8, reason="Dense loss")

    assert (answer.status, answer.code) == (422, "sessions_out_of_range")


def test_a_stale_version_is_refused(rest, course):
    answers = [
        rest.post(f"{plan_path(course)}{act}/", said, If_Match='"99"')
        for act, said in (("amend", {"sessions": 5}), ("pause", {"reason": "Abroad"}), ("resume", {}))
    ]

    assert {(answer.status, answer.code) for answer in answers} == {(412, "version_stale")}


def test_a_course_rests_and_goes_on(rest, course):
    refused = rest.post(f"{plan_path(course)}pause/", {"reason": "Abroad"})
    paused = rest.post(
        f"{plan_path(course)}pause/", {"reason": "Abroad", "until": "2027-03-01", "give_back": True}
    )
    resumed = rest.post(f"{plan_path(course)}resume/", {})

    assert (refused.status, refused.code) == (422, "visits_in_the_pause")
    assert (paused.json["state"], paused.json["paused_until"]) == ("paused", "2027-03-01")
    assert {one["status"] for one in paused.json["sessions"]} == {"due"}
    assert (resumed.json["state"], resumed.json["paused_until"]) == ("active", None)


def test_a_session_done_elsewhere_says_when_and_where(world, rest):
    plan = prescribed(rest, world)
    first, second, *_ = plan["sessions"]

    answer = rest.post(f"sessions/{first['id']}/elsewhere/", {"on": "2026-12-28", "place": "Utrecht"})

    assert answer.status == 200
    assert answer.json["done_elsewhere"] == {"on": "2026-12-28", "place": "Utrecht"}
    assert (answer.json["status"], answer.json["starts_at"]) == ("completed", None)
    assert answer.headers["ETag"] == f'"{answer.json["version"]}"'
    assert rest.get(f"sessions/{second['id']}/").json["window"]["target"] == "2027-01-11"
