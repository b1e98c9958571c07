"""Adherence, what is to be booked and capacity over REST."""

from datetime import timedelta

import pytest

from clinic.identity.actors import Scope
from clinic.models import AuditEntry
from scheduling.models import Session
from tests.support.builders import a_key, a_patient
from tests.support.cast import NOW
from tests.support.rest import RestClient
from tests.support.worlds import a_plan

pytestmark = pytest.mark.django_db


def done_on_target(session: Session) -> None:
    Session.objects.filter(pk=session.pk).update(
        status="completed", is_done_elsewhere=True, local_date=session.target_on
    )


def test_a_course_says_how_it_kept_its_rhythm(world, rest):
    plan = a_plan(world=world)
    done_on_target(Session.objects.get(plan=plan, number=1))

    answer = rest.get(f"plans/{plan.uuid}/adherence/")

    assert answer.status == 200
    assert (answer.json["plan"], answer.json["on_time"]) == (str(plan.uuid), 1)
    assert (answer.json["share_on_time"], answer.json["mean_days_off_target"]) == (1.0, 0.0)
    [session] = answer.json["sessions"]
    assert (session["timing"], session["days_outside"], session["days_off_target"]) == ("on_time", 0, 0)
    assert AuditEntry.objects.filter(act="saw_plan", about=plan.uuid).exists()


def test_the_clinic_looks_back_on_ninety_days_unless_asked(world, rest):
    plan = a_plan(world=world)
    done_on_target(Session.objects.get(plan=plan, number=1))

    answer = rest.get("adherence/")

    assert (answer.json["from"], answer.json["until"]) == ("2026-10-06", "2027-01-04")
    assert [(one["key"], one["on_time"]) for one in answer.json["protocols"]] == [("prp-mesotherapy", 1)]
    assert rest.get("adherence/", until="2027-01-03").json["share_on_time"] is None
    reversed_stretch = rest.get("adherence/", **{"from": "2027-01-05", "until": "2027-01-04"})
    assert (reversed_stretch.status, reversed_stretch.code) == (422, "horizon_reversed")


def test_what_is_due_comes_in_pages_or_with_the_overdue_first(world, rest):
    a_plan(world=world, now=NOW - timedelta(days=300))
    a_plan(world=world, patient=a_patient(clinic=world.clinic))

    first = rest.get("to-be-booked/", limit=5)
    second = rest.get(first.json["next"])

    walked = [*first.json["results"], *second.json["results"]]
    rows = rest.get("to-be-booked/", order="due").json["results"]
    assert {row["id"] for row in walked} == {row["id"] for row in rows}
    assert [row["is_overdue"] for row in rows] == [True] * 4 + [False] * 4
    assert [row["window"]["latest"] for row in rows] == sorted(row["window"]["latest"] for row in rows)
    assert second.json["next"] is None


def test_capacity_is_told_for_as_many_weeks_as_asked(world, rest):
    a_plan(world=world)

    answer = rest.get("capacity/", weeks=2)

    assert answer.status == 200
    assert {len(one["weeks"]) for one in answer.json["resources"] + answer.json["pools"]} == {2}
    assert {pool["skill"] for pool in answer.json["pools"]} >= {"Doctor", "Assistant", "Centrifuge"}


@pytest.mark.parametrize("weeks", ["0", "53", "x"])
def test_too_many_weeks_are_malformed(rest, weeks):
    answer = rest.get("capacity/", weeks=weeks)

    assert (answer.status, answer.code) == (400, "malformed")


@pytest.mark.parametrize("path", ["adherence/", "to-be-booked/", "capacity/"])
def test_reports_need_the_calendars_scope(world, path):
    _, secret = a_key(clinic=world.clinic, scopes=[Scope.PATIENTS_READ])

    answer = RestClient(secret).get(path)

    assert (answer.status, answer.code) == (403, "scope_missing")
