"""Cancelling over REST."""

import pytest

from clinic.identity.actors import Scope
from scheduling.models import Session
from tests.support.acts.courses import everything_written
from tests.support.builders import a_key
from tests.support.rest import Answer, RestClient

pytestmark = pytest.mark.django_db

FLU = {"cancelled_by": "patient", "reason": "Flu"}


def cancel(rest: RestClient, session: Session, **said) -> Answer:
    return rest.post(f"sessions/{session.uuid}/cancel/", FLU | said)


def end(rest: RestClient, course: list[Session], what: str, **said) -> Answer:
    assert course[0].plan
    return rest.post(f"plans/{course[0].plan.uuid}/cancel/", FLU | {"what": what} | said)


def test_a_cancelled_session_says_by_whom_and_what_is_due_in_its_place(rest, course):
    answer = cancel(rest, course[1])

    assert answer.status == 200
    assert answer.json["cancelled"] == {
        "by": "patient",
        "at": "2027-01-04T09:00:00+01:00",
        "reason": "Flu",
        "is_late": False,
    }
    assert answer.json["starts_at"]
    assert answer.json["claims"]
    assert (answer.json["replacement"]["number"], answer.json["replacement"]["attempt"]) == (2, 2)
    assert answer.json["replacement"]["cancelled"] is None
    assert answer.version == rest.get(f"sessions/{course[1].uuid}/").version


def test_a_late_one_is_cancelled_with_a_warning(rest, course):
    answer = cancel(rest, course[0])

    assert answer.status == 200
    assert answer.json["cancelled"]["is_late"] is True
    assert [problem["code"] for problem in answer.json["warnings"]] == ["late_cancel"]


def test_a_key_sets_nothing_aside_without_a_scope_for_it(rest, course):
    answer = cancel(rest, course[0], waive=["late_cancel"])

    assert (answer.status, answer.code) == (403, "may_not_waive")


def test_the_rest_of_a_course_and_the_whole_plan(rest, course):
    given_back = end(rest, course, "rest", keep_due=True)
    stopped = end(rest, course, "plan")

    assert [one["status"] for one in given_back.json["sessions"]] == ["due"] * 4
    assert len(given_back.json["cancelled"]) == 4
    assert (stopped.status, stopped.json["state"], stopped.json["sessions"]) == (200, "stopped", [])
    assert stopped.headers["ETag"] == f'"{stopped.json["version"]}"'


@pytest.mark.parametrize(
    "said",
    [
        {"cancelled_by": "nobody"},
        {"waive": ["time_taken"]},
        {"waive": "late_cancel"},
        {"status": "cancelled"},
        {"reason": None},
        {"tell": "perhaps"},
    ],
)
def test_what_cannot_be_read_cancels_nothing(rest, course, said):
    before = everything_written()

    answer = cancel(rest, course[0], **said)

    assert (answer.status, answer.code) == (400, "malformed")
    assert everything_written() == before


def test_a_stopped_plan_keeps_nothing_due(rest, course):
    assert end(rest, course, "plan", keep_due=True).code == "malformed"


def test_a_stale_version_is_refused(rest, course):
    path = f"sessions/{course[1].uuid}/cancel/"

    answer = rest.post(path, FLU, If_Match='"99"')

    assert (answer.status, answer.code) == (412, "version_stale")
    assert rest.post(path, FLU, If_Match=f'"{course[1].version}"').status == 200


def test_the_same_request_twice_is_answered_alike_and_cancels_once(rest, course):
    path = f"sessions/{course[1].uuid}/cancel/"

    answers = [rest.post(path, FLU, Idempotency_Key="once") for _ in range(2)]

    assert answers[0].text == answers[1].text
    assert Session.objects.filter(number=2).count() == 2


def test_a_key_that_only_reads_cancels_nothing(world, course):
    reader = RestClient(a_key(clinic=world.clinic, scopes=[Scope.CALENDAR_READ])[1])

    assert cancel(reader, course[0]).code == "scope_missing"
