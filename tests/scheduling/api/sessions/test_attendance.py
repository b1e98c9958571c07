"""Attendance over REST."""

from datetime import datetime, timedelta

import pytest

from scheduling.models import Session
from tests.support.cast import NOW
from tests.support.rest import Answer, RestClient, booked, prescribed

pytestmark = pytest.mark.django_db


@pytest.fixture
def session(rest, world):
    """The first session of a course, which begins now."""
    first = booked(rest, prescribed(rest, world))["sessions"][0]
    rest.now = datetime.fromisoformat(first["starts_at"])
    return first


def act(rest: RestClient, session, name: str, **said) -> Answer:
    return rest.post(f"sessions/{session['id']}/{name}/", said)


def test_a_session_goes_from_confirmed_to_completed(rest, session):
    told = [act(rest, session, name) for name in ("confirm", "arrive", "start")]
    told.append(act(rest, session, "complete", outcome="given", record={"kit-lot": "K-17"}))

    assert [answer.status for answer in told] == [200] * 4
    states = [answer.json["status"] for answer in told]
    assert states == ["confirmed", "arrived", "in_treatment", "completed"]
    last = told[-1].json
    assert last["arrived_at"] == last["finished_at"] == session["starts_at"]
    assert (last["outcome"], last["counts"], last["record"]) == ("given", True, {"kit-lot": "K-17"})
    assert last["used"] == last["claims"] == session["claims"]
    assert told[-1].headers["ETag"] == f'"{last["version"]}"'
    assert rest.get(f"sessions/{session['id']}/").json == last


def test_what_failed_is_due_again_with_the_next_attempt(rest, session):
    act(rest, session, "complete", outcome="not_given", reason="Failed draw")

    due = rest.get("sessions/", status="due").json["results"]

    assert [(one["number"], one["attempt"]) for one in due] == [(1, 2)]


def test_a_named_doctor_really_served(rest, world, session):
    answer = act(rest, session, "start", used={"doctor": str(world.doctors[1].uuid)})

    served = {part["role"]: part["resource"]["name"] for part in answer.json["used"]}
    assert served["doctor"] == world.doctors[1].name


def test_a_miss_is_undone_once(rest, session):
    act(rest, session, "miss")

    answers = [act(rest, session, "undo"), act(rest, session, "undo")]

    assert [answer.status for answer in answers] == [200, 409]
    assert answers[0].json["status"] == "booked"
    assert answers[1].code == "nothing_to_undo"


def test_another_kind_of_session(rest, world, session):
    kind = str(world.session_types["mesotherapy"].uuid)

    answer = act(rest, session, "change-type", session_type=kind)

    assert (answer.status, answer.json["session_type"]) == (200, kind)
    assert answer.json["sequence"] == session["sequence"] + 1


def test_who_walks_in_is_listed_and_given_time(rest, world):
    kind = str(world.session_types["consultation"].uuid)
    entered = rest.post("sessions/walk-in/", {"patient": str(world.patient.uuid), "session_type": kind})
    listed = rest.get("sessions/", without_time="true", **{"from": "2027-01-04"}).json["results"]

    given = rest.post(f"sessions/{entered.json['id']}/give-time/", {})

    assert entered.status == 201
    assert rest.get(entered.headers["Location"]).json["id"] == entered.json["id"]
    assert (entered.json["status"], entered.json["starts_at"], listed) == ("arrived", None, [entered.json])
    assert given.json["starts_at"] == NOW.astimezone(world.site.tz).isoformat()
    assert rest.get("sessions/", without_time="true").json["results"] == []


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("confirm", {"why": "x"}),
        ("arrive", {"used": {"doctor": "Dr Osei"}}),
        ("complete", {}),
        ("complete", {"outcome": "perhaps"}),
        ("complete", {"outcome": "given", "counts": "yes"}),
        ("complete", {"outcome": "given", "record": {"kit-lot": 17}}),
        ("change-type", {}),
        ("give-time", {"starts_at": "soon"}),
    ],
)
def test_what_cannot_be_read_is_malformed(rest, session, name, said):
    answer = act(rest, session, name, **said)

    assert (answer.status, answer.code) == (400, "malformed")


@pytest.mark.parametrize("said", [{}, {"session": "both", "session_type": "both"}])
def test_a_walk_in_names_one_thing(rest, world, session, said):
    names = {"session": session["id"], "session_type": session["session_type"]}

    answer = rest.post(
        "sessions/walk-in/", {"patient": str(world.patient.uuid)} | {key: names[key] for key in said}
    )

    assert (answer.status, answer.code) == (400, "malformed")


def test_an_old_version_is_refused(rest, session):
    rest.post(f"sessions/{session['id']}/confirm/", {})

    answer = rest.post(f"sessions/{session['id']}/arrive/", {}, If_Match=f'"{session["version"]}"')

    assert (answer.status, answer.code) == (412, "version_stale")


def test_a_refusal_says_why(rest, session):
    rest.now = datetime.fromisoformat(session["starts_at"]) - timedelta(minutes=5)

    answer = act(rest, session, "miss")

    assert (answer.status, answer.code) == (422, "visit_still_ahead")


def test_a_state_that_forbids_names_itself(rest, session):
    act(rest, session, "miss")

    answer = act(rest, session, "start")

    assert (answer.status, answer.code) == (409, "state_forbids")
    assert (answer.json["state"], answer.json["act"]) == ("missed", "start")


def test_the_same_request_twice_misses_once(rest, session):
    answers = [
        rest.post(f"sessions/{session['id']}/miss/", {}, Idempotency_Key="missed-once") for _ in range(2)
    ]

    assert answers[0].text == answers[1].text
    assert Session.objects.filter(status="due").count() == 1


@pytest.mark.parametrize(
    ("days", "said", "status", "code"),
    [
        (1, {"completion": {"outcome": "given"}}, 201, None),
        (1, {}, 422, "outcome_missing"),
        (1, {"completion": {"outcome": "partly"}}, 422, "outcome_reason_missing"),
        (8, {"completion": {"outcome": "given"}}, 403, "scope_missing"),
        (-1, {"completion": {"outcome": "given"}}, 409, "not_yet"),
    ],
)
def test_who_came_on_a_day_before_is_entered_as_they_left(rest, world, days, said, status, code):
    rest.now = NOW + timedelta(days=days)
    kind = str(world.session_types["consultation"].uuid)
    who = {"patient": str(world.patient.uuid), "session_type": kind, "arrived_at": NOW.isoformat()}

    answer = rest.post("sessions/walk-in/", who | said)

    assert (answer.status, answer.json.get("code")) == (status, code)
    if status == 201:
        assert (answer.json["status"], answer.json["arrived_at"]) == (
            "completed",
            NOW.astimezone(world.site.tz).isoformat(),
        )
    else:
        assert not Session.objects.exists()


def test_when_they_came_and_left_is_said_where_it_was_otherwise(rest, session):
    starts_at = datetime.fromisoformat(session["starts_at"])
    rest.now = starts_at + timedelta(days=1)
    came, left = (starts_at + timedelta(minutes=minutes) for minutes in (10, 50))
    times = {"arrived_at": came.isoformat(), "finished_at": left.isoformat()}

    wrong = act(rest, session, "complete", outcome="given", **times | {"finished_at": rest.now.isoformat()})
    right = act(rest, session, "complete", outcome="given", **times)

    assert (wrong.status, wrong.code) == (422, "times_impossible")
    assert right.json["arrived_at"] == came.isoformat()
    assert right.json["finished_at"] == left.isoformat()
