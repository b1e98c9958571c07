"""Booking a whole course over REST, or nothing of it."""

from datetime import timedelta

import pytest

from scheduling.models import Claim, Session
from tests.support.builders import a_patient
from tests.support.cast import NOW
from tests.support.rest import RestClient, a_client_of, booked, first_proposal, prescribed
from tests.support.worlds import a_course_world
from treatments.models import Plan

pytestmark = pytest.mark.django_db


def assert_nothing_is_booked(plan):
    assert not Claim.objects.exists()
    assert set(Session.objects.filter(plan__uuid=plan["id"]).values_list("status", flat=True)) == {"due"}
    assert Plan.objects.get(uuid=plan["id"]).version == plan["version"]


def test_a_proposal_is_booked_as_it_was_offered():
    world = a_course_world()
    rest = a_client_of(world)
    plan = prescribed(rest, world, sessions=5)
    proposal = first_proposal(rest, plan)

    answer = rest.post(f"plans/{plan['id']}/book/", {"proposal": proposal["id"]})

    assert answer.status == 201
    assert answer.json["plan"] == plan["id"]
    assert [s["number"] for s in answer.json["sessions"]] == [1, 2, 3, 4, 5]
    assert {s["status"] for s in answer.json["sessions"]} == {"booked"}
    offered_keys = ("kind", "number", "starts_at", "ends_at", "window", "claims")
    as_offered = [{key: session[key] for key in offered_keys} for session in answer.json["sessions"]]
    assert as_offered == proposal["sessions"]


def test_booked_sessions_keep_the_ids_they_had_while_due():
    world = a_course_world()
    rest = a_client_of(world)
    plan = prescribed(rest, world)

    sessions = booked(rest, plan)["sessions"]

    assert [s["id"] for s in sessions] == [s["id"] for s in plan["sessions"]]


def test_a_booking_answers_with_the_new_version_of_the_plan():
    world = a_course_world()
    rest = a_client_of(world)
    plan = prescribed(rest, world)

    answer = rest.post(f"plans/{plan['id']}/book/", {"proposal": first_proposal(rest, plan)["id"]})

    read = rest.get(f"plans/{plan['id']}/")
    assert answer.version == read.version == plan["version"] + 1
    assert [s for s in read.json["sessions"] if s["kind"] == "treatment"] == answer.json["sessions"]


def test_reviews_stay_due_when_a_course_is_booked():
    world = a_course_world()
    rest = a_client_of(world)
    plan = prescribed(rest, world, protocol="svf-combination", sessions=1)

    sessions = booked(rest, plan)["sessions"]

    assert [s["kind"] for s in sessions] == ["treatment"]
    read = rest.get(f"plans/{plan['id']}/").json["sessions"]
    assert [s["status"] for s in read] == ["booked", "due", "due"]


def test_a_course_is_booked_once():
    world = a_course_world()
    rest = a_client_of(world)
    plan = prescribed(rest, world)
    proposal = first_proposal(rest, plan)
    rest.post(f"plans/{plan['id']}/book/", {"proposal": proposal["id"]})
    claims = Claim.objects.count()

    again = rest.post(f"plans/{plan['id']}/book/", {"proposal": proposal["id"]})

    assert (again.status, again.code) == (409, "already_booked")
    assert Claim.objects.count() == claims


def test_the_second_to_ask_for_a_calendar_is_told_what_is_taken():
    world = a_course_world()
    rest = a_client_of(world)
    plan = prescribed(rest, world)
    other = prescribed(rest, world, patient=str(a_patient(clinic=world.clinic, given_name="Noor").uuid))
    wanted = first_proposal(rest, other)
    booked(rest, plan)

    late = rest.post(f"plans/{other['id']}/book/", {"proposal": wanted["id"]})

    assert (late.status, late.code) == (409, "time_taken")
    assert late.json["taken"]
    offered = [claim for session in wanted["sessions"] for claim in session["claims"]]
    for taken in late.json["taken"]:
        assert taken["resource"] in [claim["resource"] for claim in offered]
        assert taken["starts_at"] < taken["ends_at"]
        assert taken["starts_at"][-6:] in {"+01:00", "+02:00"}
    assert set(Session.objects.filter(plan__uuid=other["id"]).values_list("status", flat=True)) == {"due"}


def test_the_same_patient_is_not_booked_twice_at_one_time():
    world = a_course_world()
    rest = a_client_of(world)
    plan, other = prescribed(rest, world), prescribed(rest, world)
    wanted = first_proposal(rest, other)
    booked(rest, plan)

    late = rest.post(f"plans/{other['id']}/book/", {"proposal": wanted["id"]})

    assert (late.status, late.code) == (409, "time_taken")
    assert "patient" in {taken["resource"]["kind"] for taken in late.json["taken"]}


def test_a_proposal_is_good_for_half_an_hour():
    world = a_course_world()
    rest = a_client_of(world)
    plan = prescribed(rest, world)
    proposal = first_proposal(rest, plan)
    later = RestClient(secret=rest.secret, now=NOW + timedelta(minutes=31))

    answer = later.post(f"plans/{plan['id']}/book/", {"proposal": proposal["id"]})

    assert (answer.status, answer.code) == (409, "proposal_stale")
    assert_nothing_is_booked(plan)


def test_a_start_that_has_passed_meanwhile_is_refused():
    world = a_course_world()
    early = a_client_of(world, now=NOW - timedelta(minutes=10))
    plan = prescribed(early, world)
    proposal = first_proposal(early, plan)
    later = RestClient(secret=early.secret, now=NOW + timedelta(minutes=5))

    answer = later.post(f"plans/{plan['id']}/book/", {"proposal": proposal["id"]})

    assert (answer.status, answer.code) == (422, "starts_in_the_past")
    assert_nothing_is_booked(plan)


def test_a_proposal_for_an_older_version_of_the_plan_is_stale():
    world = a_course_world()
    rest = a_client_of(world)
    plan = prescribed(rest, world)
    proposal = first_proposal(rest, plan)
    Plan.objects.filter(uuid=plan["id"]).update(version=7)

    answer = rest.post(f"plans/{plan['id']}/book/", {"proposal": proposal["id"]})

    assert (answer.status, answer.code) == (409, "proposal_stale")
    assert not Claim.objects.exists()


@pytest.mark.parametrize("change", ["forged", "cut short", "nonsense", "empty signature", "someone else's"])
def test_a_proposal_that_is_not_ours_for_this_plan_is_refused(change):
    world = a_course_world()
    rest = a_client_of(world)
    plan, other = prescribed(rest, world), prescribed(rest, world)
    token = first_proposal(rest, plan)["id"]
    body, _, signature = token.rpartition(":")
    wrong = {
        "forged": f"{'A' if body[5] != 'A' else 'B'}{body[1:]}:{signature}",
        "cut short": token[:-3],
        "nonsense": "next Tuesday, please",
        "empty signature": f"{body}:",
        "someone else's": first_proposal(rest, other)["id"],
    }[change]

    answer = rest.post(f"plans/{plan['id']}/book/", {"proposal": wrong})

    assert (answer.status, answer.code) == (422, "proposal_invalid")
    assert_nothing_is_booked(plan)


def test_a_proposal_of_another_clinic_is_refused():
    world, elsewhere = a_course_world(), a_course_world()
    rest, foreign_rest = a_client_of(world), a_client_of(elsewhere)
    plan, foreign_plan = prescribed(rest, world), prescribed(foreign_rest, elsewhere)
    foreign_token = first_proposal(foreign_rest, foreign_plan)["id"]

    through_own_plan = rest.post(f"plans/{plan['id']}/book/", {"proposal": foreign_token})
    through_foreign_plan = rest.post(f"plans/{foreign_plan['id']}/book/", {"proposal": foreign_token})

    assert (through_own_plan.status, through_own_plan.code) == (422, "proposal_invalid")
    assert (through_foreign_plan.status, through_foreign_plan.code) == (404, "unknown_plan")
    assert_nothing_is_booked(plan)
    assert_nothing_is_booked(foreign_plan)


@pytest.mark.parametrize(
    "said",
    [
        {},
        {"proposal": None},
        {"proposal": 5},
        {"proposal": ""},
        {"proposal": "x" * 9000},
        {"offer": "x"},
        [],
        "x",
    ],
)
def test_a_booking_without_a_readable_proposal_is_malformed(said):
    world = a_course_world()
    rest = a_client_of(world)
    plan = prescribed(rest, world)

    answer = rest.post(f"plans/{plan['id']}/book/", said)

    assert (answer.status, answer.code) == (400, "malformed")
    assert_nothing_is_booked(plan)


@pytest.mark.parametrize("if_match", ['"7"', "7", "W/", "nonsense", ""])
def test_a_booking_that_names_another_version_is_stale(if_match):
    world = a_course_world()
    rest = a_client_of(world)
    plan = prescribed(rest, world)
    proposal = first_proposal(rest, plan)

    answer = rest.post(f"plans/{plan['id']}/book/", {"proposal": proposal["id"]}, If_Match=if_match)

    assert (answer.status, answer.code) == (412, "version_stale")
    assert_nothing_is_booked(plan)


@pytest.mark.parametrize("if_match", ['"1"', 'W/"1"', '"7", "1"', "*"])
def test_a_booking_that_names_the_version_it_saw_is_done(if_match):
    world = a_course_world()
    rest = a_client_of(world)
    plan = prescribed(rest, world)
    proposal = first_proposal(rest, plan)

    answer = rest.post(f"plans/{plan['id']}/book/", {"proposal": proposal["id"]}, If_Match=if_match)

    assert answer.status == 201


def test_booking_six_sessions_takes_as_many_queries_as_booking_four(django_assert_max_num_queries):
    world = a_course_world()
    rest = a_client_of(world)
    counts = []

    for sessions in (4, 6):
        patient = str(a_patient(clinic=world.clinic).uuid)
        plan = prescribed(rest, world, sessions=sessions, patient=patient)
        proposal = first_proposal(rest, plan)["id"]
        with django_assert_max_num_queries(80) as queries:
            assert rest.post(f"plans/{plan['id']}/book/", {"proposal": proposal}).status == 201
        counts.append(len(queries))

    assert counts[0] == counts[1]
