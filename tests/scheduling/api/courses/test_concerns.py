"""Concerns over REST: a key may raise one and see that there are some, and never what they say."""

import pytest

from clinic.identity.actors import Scope
from scheduling.course_changes.concerns import clear_concern
from tests.support.builders import a_key
from tests.support.cast import NOW
from tests.support.rest import RestClient, prescribed
from treatments.models import Concern

pytestmark = pytest.mark.django_db

SAID = {"topic": "pregnancy", "answer": "Fourth month"}


def test_a_concern_is_raised_and_the_plan_says_that_a_doctor_must_look(world, rest):
    plan = prescribed(rest, world)
    assert plan["doctor_must_look"] is False

    answer = rest.post(f"plans/{plan['id']}/concerns/", SAID)

    assert (answer.status, answer.headers["ETag"]) == (201, '"2"')
    assert answer.json == {
        "id": str(Concern.objects.get().uuid),
        "plan": plan["id"],
        "raised_at": "2027-01-04T08:00:00+00:00",
        "cleared_at": None,
    }
    shown = rest.get(f"plans/{plan['id']}/").json
    assert (shown["state"], shown["doctor_must_look"]) == ("awaiting_review", True)


def test_no_answer_of_the_interface_says_what_was_answered(world, rest):
    plan = prescribed(rest, world)
    path = f"plans/{plan['id']}/concerns/"

    told = [rest.post(path, SAID), rest.get(path), rest.get(f"plans/{plan['id']}/")]

    assert not [answer for answer in told if "month" in answer.text or "pregnancy" in answer.text]


def test_concerns_are_listed_with_when_they_were_cleared(world, rest):
    plan = prescribed(rest, world)
    path = f"plans/{plan['id']}/concerns/"
    rest.post(path, SAID)
    rest.post(path, {"topic": "other"})
    concern = Concern.objects.select_related("plan").order_by("pk")[0]
    clear_concern(concern=concern, finding="Later", by=world.owner, now=NOW)

    listed = rest.get(path).json["results"]

    assert sorted(row["cleared_at"] is None for row in listed) == [False, True]
    assert "Later" not in rest.get(path).text


def test_raising_twice_with_one_key_raises_once(world, rest):
    path = f"plans/{prescribed(rest, world)['id']}/concerns/"

    answers = [rest.post(path, SAID, Idempotency_Key="k") for _ in range(2)]

    assert answers[0].text == answers[1].text
    assert Concern.objects.count() == 1


@pytest.mark.parametrize("said", [{}, {"topic": "weather"}, SAID | {"finding": "x"}])
def test_a_concern_has_a_topic_of_the_list(world, rest, said):
    answer = rest.post(f"plans/{prescribed(rest, world)['id']}/concerns/", said)

    assert (answer.status, answer.code) == (400, "malformed")


def test_a_concern_is_refused_when_the_plan_is_not_the_one_that_was_read(world, rest):
    answer = rest.post(f"plans/{prescribed(rest, world)['id']}/concerns/", SAID, If_Match='"7"')

    assert (answer.status, answer.code) == (412, "version_stale")


def test_a_key_that_may_only_read_raises_none(world, rest):
    plan = prescribed(rest, world)
    reader = RestClient(a_key(clinic=world.clinic, scopes=[Scope.CALENDAR_READ])[1])

    answer = reader.post(f"plans/{plan['id']}/concerns/", SAID)

    assert (answer.status, answer.code) == (403, "scope_missing")
