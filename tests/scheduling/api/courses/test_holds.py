"""Holds over REST: keep a calendar, look at it, book it or let it go."""

from dataclasses import replace
from datetime import timedelta
from uuid import uuid4

import pytest

from clinic.identity.actors import Scope
from scheduling.booking.holds import release_expired
from scheduling.models import Claim, Hold
from tests.support.acts.holds import A_WHILE, TOMORROW, a_hold, a_rival
from tests.support.builders import a_key
from tests.support.cast import NOW
from tests.support.rest import Answer, RestClient, prescribed
from tests.support.worlds import a_course_world

pytestmark = pytest.mark.django_db

LATER = NOW + A_WHILE


def calendars(rest: RestClient, plan) -> list:
    answer = rest.post(f"plans/{plan['id']}/proposals/", {"from": str(TOMORROW)})
    return [proposal["id"] for proposal in answer.json["proposals"]]


def hold(rest: RestClient, plan, **said) -> Answer:
    return rest.post(f"plans/{plan['id']}/hold/", {"proposal": calendars(rest, plan)[0], **said})


def book(rest: RestClient, plan, **said) -> Answer:
    return rest.post(f"plans/{plan['id']}/book/", said)


def test_a_hold_says_until_when_and_what_it_holds(world, rest):
    plan = prescribed(rest, world)

    answer = hold(rest, plan, reason="Deposit")

    assert answer.status == 201
    assert answer.json["expires_at"] == "2027-01-04T09:10:00+01:00"
    assert (answer.json["plan"], answer.json["reason"]) == (plan["id"], "Deposit")
    assert answer.json["held_by"]["kind"] == "key"
    assert [session["status"] for session in answer.json["sessions"]] == ["held"] * 4
    assert [session["id"] for session in answer.json["sessions"]] == [row["id"] for row in plan["sessions"]]
    assert answer.version == rest.get(f"plans/{plan['id']}/").version == 2
    assert rest.get(answer.headers["Location"]).json == answer.json


def test_a_hold_may_name_its_end(world, rest):
    answer = hold(rest, prescribed(rest, world), until="2027-01-04T10:30:00+01:00")

    assert answer.json["expires_at"] == "2027-01-04T10:30:00+01:00"


@pytest.mark.parametrize(
    ("until", "code"),
    [
        ("2027-01-04T11:00:01+01:00", "hold_too_long"),
        ("2027-01-04T08:00:00+01:00", "hold_ends_in_the_past"),
    ],
)
def test_a_key_holds_for_two_hours_and_not_into_the_past(world, rest, until, code):
    answer = hold(rest, prescribed(rest, world), until=until)

    assert (answer.status, answer.code) == (422, code)
    assert not Claim.objects.exists()


def test_what_is_held_is_booked_by_the_hold_s_id(world, rest):
    plan = prescribed(rest, world)
    held = hold(rest, plan).json

    answer = book(rest, plan, hold=held["id"])

    assert answer.status == 201
    assert [row["starts_at"] for row in answer.json["sessions"]] == [
        row["starts_at"] for row in held["sessions"]
    ]
    assert {row["status"] for row in answer.json["sessions"]} == {"booked"}
    assert rest.get(f"holds/{held['id']}/").json["sessions"] == []
    assert rest.get("holds/").json["results"] == []
    again = book(rest, plan, hold=held["id"])
    assert (again.status, again.code) == (409, "hold_over")


@pytest.mark.parametrize("is_swept", [True, False])
def test_a_hold_that_ran_out_is_refused_with_a_calendar_that_can_be_booked(world, rest, is_swept):
    plan = prescribed(rest, world)
    held = hold(rest, plan).json
    if is_swept:
        release_expired(now=LATER)
    late = replace(rest, now=LATER)

    refused = book(late, plan, hold=held["id"])
    answer = book(late, plan, proposal=refused.json["proposal"])

    assert (refused.status, refused.code) == (409, "hold_expired")
    assert answer.status == 201
    assert [row["starts_at"] for row in answer.json["sessions"]] == [
        row["starts_at"] for row in held["sessions"]
    ]


@pytest.mark.parametrize("said", [{}, {"proposal": "x", "hold": str(uuid4())}, {"hold": "x"}])
def test_a_booking_names_a_proposal_or_a_hold(world, rest, said):
    answer = book(rest, prescribed(rest, world), **said)

    assert (answer.status, answer.code) == (400, "malformed")


def test_the_hold_of_another_plan_or_clinic_is_unknown(world, rest):
    plan = prescribed(rest, world)
    others = [a_hold(world=world), a_hold(world=a_course_world())]
    foreign = others[1].plan
    assert foreign

    answers = [book(rest, plan, hold=str(row.uuid)) for row in others]
    answers += [rest.get(f"holds/{others[1].uuid}/"), rest.post(f"holds/{others[1].uuid}/release/", {})]
    answers += [rest.get("holds/", plan=str(foreign.uuid))]

    assert [answer.status for answer in answers] == [404] * 5
    assert {answer.code for answer in answers[:4]} == {"unknown_hold"}


def test_a_released_hold_gives_its_time_back(world, rest):
    plan = prescribed(rest, world)
    before = calendars(rest, plan)
    held = hold(rest, plan).json

    answer = rest.post(f"holds/{held['id']}/release/", {})

    assert (answer.status, answer.json["sessions"]) == (200, [])
    assert answer.json["released_at"] == "2027-01-04T08:00:00+00:00"
    assert not Claim.objects.exists()
    assert len(calendars(rest, plan)) == len(before)
    again = rest.post(f"holds/{held['id']}/release/", {})
    assert (again.status, again.code) == (409, "hold_over")


def test_holding_twice_with_one_key_holds_once(world, rest):
    plan = prescribed(rest, world)
    said = {"proposal": calendars(rest, plan)[0]}

    answers = [rest.post(f"plans/{plan['id']}/hold/", said, Idempotency_Key="k") for _ in range(2)]

    assert answers[0].text == answers[1].text
    assert [answer.status for answer in answers] == [201, 201]
    assert Hold.objects.count() == 1


def test_a_hold_is_refused_when_the_plan_is_not_the_one_that_was_read(world, rest):
    plan = prescribed(rest, world)
    said = {"proposal": calendars(rest, plan)[0]}

    answer = rest.post(f"plans/{plan['id']}/hold/", said, If_Match='"7"')

    assert (answer.status, answer.code) == (412, "version_stale")


def test_standing_holds_are_listed_by_their_end_and_by_plan(world, rest):
    late = a_hold(world=world, until=NOW + timedelta(hours=2))
    soon = a_hold(world=world, plan=a_rival(world))

    def listed(**asked) -> list[str]:
        return [row["id"] for row in rest.get("holds/", **asked).json["results"]]

    assert listed(order="end") == [str(soon.uuid), str(late.uuid)]
    assert listed(plan=str(late.plan and late.plan.uuid)) == [str(late.uuid)]


def test_held_sessions_are_in_a_list_only_when_asked_for_and_the_plan_shows_them(world, rest):
    plan = prescribed(rest, world)
    held = hold(rest, plan).json["sessions"]

    shown = rest.get(f"plans/{plan['id']}/").json["sessions"]

    assert rest.get("sessions/").json["results"] == []
    assert [row["id"] for row in rest.get("sessions/", status="held").json["results"]] == [
        row["id"] for row in held
    ]
    assert shown == held


def test_a_key_that_may_only_read_holds_and_releases_nothing(world, rest):
    plan = prescribed(rest, world)
    held = hold(rest, plan).json
    reader = RestClient(a_key(clinic=world.clinic, scopes=[Scope.CALENDAR_READ])[1])

    answers = [
        reader.post(f"plans/{plan['id']}/hold/", {"proposal": "x"}),
        reader.post(f"holds/{held['id']}/release/", {}),
    ]

    assert [(answer.status, answer.code) for answer in answers] == [(403, "scope_missing")] * 2
    assert reader.get(f"holds/{held['id']}/").status == 200


def test_a_list_of_holds_takes_as_many_queries_for_one_as_for_three(world, rest, django_assert_num_queries):
    for held in (1, 2, 3):
        a_hold(world=world, plan=a_rival(world))
        rest.get("holds/")
        with django_assert_num_queries(4):
            answer = rest.get("holds/")

        assert len(answer.json["results"]) == held
