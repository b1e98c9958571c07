"""Looking for calendars over REST."""

from datetime import date, datetime, timedelta
from uuid import uuid4

import pytest

from scheduling.models import Claim, Session
from tests.support.cast import AMSTERDAM, NOW
from tests.support.rest import a_client_of, all_proposals, first_proposal, prescribed
from tests.support.worlds import a_course_world

pytestmark = pytest.mark.django_db


def test_every_proposal_is_a_whole_course_inside_its_windows():
    world = a_course_world()
    rest = a_client_of(world)
    plan = prescribed(rest, world, sessions=5)

    answer = rest.post(f"plans/{plan['id']}/proposals/", {})

    assert answer.status == 200
    assert answer.json["problems"] == []
    assert 1 <= len(answer.json["proposals"]) <= 5
    for proposal in answer.json["proposals"]:
        assert len(proposal["id"]) <= 4096
        assert proposal["label"]
        assert [session["number"] for session in proposal["sessions"]] == [1, 2, 3, 4, 5]
        for session in proposal["sessions"]:
            window = session["window"]
            assert window["earliest"] <= session["starts_at"][:10] <= window["latest"]


def test_a_proposal_names_who_and_what_serves_in_each_stage_in_the_sites_time():
    world = a_course_world()
    rest = a_client_of(world)
    plan = prescribed(rest, world)

    [first, *_] = first_proposal(rest, plan)["sessions"]

    assert first["starts_at"].endswith("+01:00")
    assert {claim["resource"]["kind"] for claim in first["claims"]} == {"practitioner", "room", "device"}
    known = {str(r.uuid) for r in (*world.doctors, *world.assistants, *world.treatment_rooms)}
    known |= {str(r.uuid) for r in (*world.draw_chairs, *world.centrifuges)}
    assert {claim["resource"]["id"] for claim in first["claims"]} <= known
    for claim in first["claims"]:
        assert datetime.fromisoformat(claim["starts_at"]) < datetime.fromisoformat(claim["ends_at"])


def test_a_weekly_hour_keeps_its_wall_clock_over_the_change_to_summer_time():
    world = a_course_world()
    rest = a_client_of(world)
    plan = prescribed(rest, world, wishes={"after": "10:00", "before": "11:00", "hard": True})
    around = {"from": "2027-03-15", "until": "2027-05-31"}

    answer = rest.post(f"plans/{plan['id']}/proposals/", around)

    starts = [session["starts_at"] for session in answer.json["proposals"][0]["sessions"]]
    assert {start[-6:] for start in starts} == {"+01:00", "+02:00"}
    assert {start[11:13] for start in starts} == {"10"}


def test_from_and_until_are_local_dates_and_both_included():
    world = a_course_world()
    rest = a_client_of(world)
    plan = prescribed(rest, world, protocol="svf-combination", sessions=1)

    answer = rest.post(f"plans/{plan['id']}/proposals/", {"from": "2027-02-03", "until": "2027-02-03"})

    starts = {p["sessions"][0]["starts_at"][:10] for p in answer.json["proposals"]}
    assert starts == {"2027-02-03"}


def test_nothing_fits_is_an_answer_with_reasons():
    world = a_course_world()
    rest = a_client_of(world)
    plan = prescribed(rest, world)

    answer = rest.post(f"plans/{plan['id']}/proposals/", {"from": "2027-02-01", "until": "2027-02-05"})

    assert answer.status == 200
    assert answer.json["proposals"] == []
    assert answer.json["problems"]
    for problem in answer.json["problems"]:
        assert problem["code"]
        assert problem["kind"] in {"blocker", "waivable", "warning"}
        assert problem["sentence"].endswith(".")


def test_wishes_said_with_the_search_stand_in_for_the_stored_ones():
    world = a_course_world()
    rest = a_client_of(world)
    plan = prescribed(rest, world, wishes={"weekdays": [1], "hard": True})

    answer = rest.post(f"plans/{plan['id']}/proposals/", {"wishes": {"weekdays": [3], "hard": True}})

    starts = [s["starts_at"] for p in answer.json["proposals"] for s in p["sessions"]]
    assert {datetime.fromisoformat(start).isoweekday() for start in starts} == {3}


def test_stored_wishes_count_when_none_are_said():
    world = a_course_world()
    rest = a_client_of(world)
    plan = prescribed(rest, world, wishes={"weekdays": [5], "hard": True})

    starts = [session["starts_at"] for session in first_proposal(rest, plan)["sessions"]]

    assert {datetime.fromisoformat(start).isoweekday() for start in starts} == {5}


def test_a_search_without_a_body_asks_for_the_defaults():
    world = a_course_world()
    rest = a_client_of(world)
    plan = prescribed(rest, world)

    answer = rest.post(f"plans/{plan['id']}/proposals/", "")

    starts = [p["sessions"][0]["starts_at"] for p in answer.json["proposals"]]
    assert starts == [p["sessions"][0]["starts_at"] for p in all_proposals(rest, plan)]


def test_searching_writes_nothing():
    world = a_course_world()
    rest = a_client_of(world)
    plan = prescribed(rest, world)

    first_proposal(rest, plan)

    assert not Claim.objects.exists()
    assert set(Session.objects.values_list("status", flat=True)) == {"due"}


@pytest.mark.parametrize(
    ("said", "status", "code"),
    [
        ({"from": "2027-03-01", "until": "2027-02-01"}, 422, "horizon_reversed"),
        ({"until": "2026-12-31"}, 422, "horizon_reversed"),
        ({"from": "2027-01-04", "until": "2028-02-09"}, 422, "horizon_too_long"),
        ({"from": "2199-12-31", "until": "2199-12-31"}, 422, "too_far_ahead"),
        ({"from": "04-01-2027"}, 400, "malformed"),
        ({"from": "2027-02-30"}, 400, "malformed"),
        ({"from": "9999-12-31"}, 400, "malformed"),
        ({"from": "2027-01-04T00:00:00Z"}, 400, "malformed"),
        ({"from": 20270104}, 400, "malformed"),
        ({"horizon": 30}, 400, "malformed"),
        ({"wishes": {"colour": "blue"}}, 400, "unknown_wish"),
        ({"wishes": {"after": "12:00", "before": "09:00"}}, 400, "wishes_contradict"),
        ([], 400, "malformed"),
        ("{", 400, "malformed"),
    ],
)
def test_a_search_that_makes_no_sense_is_refused_with_a_sentence(said, status, code):
    world = a_course_world()
    rest = a_client_of(world)
    plan = prescribed(rest, world)

    answer = rest.post(f"plans/{plan['id']}/proposals/", said)

    assert (answer.status, answer.code) == (status, code)
    assert answer.json["detail"].endswith(".")


def test_four_hundred_days_may_be_searched():
    world = a_course_world()
    rest = a_client_of(world)
    plan = prescribed(rest, world)
    today = NOW.astimezone(AMSTERDAM).date()

    answer = rest.post(
        f"plans/{plan['id']}/proposals/", {"from": str(today), "until": str(today + timedelta(days=400))}
    )

    assert answer.status == 200
    assert answer.json["proposals"]


@pytest.mark.parametrize("wish", ["practitioner", "site"])
@pytest.mark.parametrize("whose", ["nobody's", "another clinic's"])
def test_wishing_for_somebody_elses_doctor_or_site_is_404(wish, whose):
    world, elsewhere = a_course_world(), a_course_world()
    rest = a_client_of(world)
    plan = prescribed(rest, world)
    foreign = elsewhere.doctors[0] if wish == "practitioner" else elsewhere.site
    named = str(foreign.uuid if whose == "another clinic's" else uuid4())

    answer = rest.post(f"plans/{plan['id']}/proposals/", {"wishes": {wish: named}})

    assert (answer.status, answer.code) == (404, f"unknown_{wish}")


def test_the_plan_of_another_clinic_is_not_searched():
    world, elsewhere = a_course_world(), a_course_world()
    plan = prescribed(a_client_of(elsewhere), elsewhere)

    answer = a_client_of(world).post(f"plans/{plan['id']}/proposals/", {})

    assert (answer.status, answer.code) == (404, "unknown_plan")


def test_a_search_takes_as_many_queries_for_a_year_as_for_a_month(django_assert_max_num_queries):
    world = a_course_world()
    rest = a_client_of(world)
    plan = prescribed(rest, world, protocol="svf-combination", sessions=1)
    counts = []

    for until in (date(2027, 2, 4), date(2028, 1, 4)):
        with django_assert_max_num_queries(30) as queries:
            assert rest.post(f"plans/{plan['id']}/proposals/", {"until": str(until)}).json["proposals"]
        counts.append(len(queries))

    assert counts[0] == counts[1]
