"""At the desk: cancelling a session or a course, amending it, pausing it and going on."""

import pytest
from django.urls import reverse

from scheduling.course_changes.elsewhere import record_elsewhere
from scheduling.courses.done_elsewhere import Elsewhere
from scheduling.models import Session
from tests.support.acts.courses import offers
from tests.support.acts.rhythm import as_it_is
from tests.support.cast import NOW
from tests.support.desk import Desk, doctors_desk, reception
from tests.support.worlds import a_plan
from treatments.models import Plan

pytestmark = pytest.mark.django_db


@pytest.fixture
def plan(course) -> Plan:
    return as_it_is(course[0].plan)


def opened(desk: Desk, name: str, uuid):
    return desk.get(reverse(name, args=[uuid]))


def statuses(plan: Plan) -> list[str]:
    rows = Session.objects.filter(plan=plan).order_by("number", "attempt")
    return list(rows.values_list("status", flat=True))


def test_the_page_of_a_course_leads_to_whatever_can_become_of_it(world, course, plan):
    page = opened(reception(world), "plan", plan.uuid)

    named = [
        ("session-cancel", course[1].uuid),
        *((f"plan-{act}", plan.uuid) for act in ("cancel", "amend", "pause")),
    ]
    assert {reverse(name, args=[uuid]) for name, uuid in named} <= set(page.seen.links)


def test_a_session_is_cancelled_with_a_reason_and_due_again(world, course, plan):
    desk = reception(world)
    page = opened(desk, "session-cancel", course[1].uuid)

    answer = desk.send(page, "Cancel the session", cancelled_by="patient", reason="Flu")

    assert "1 session is cancelled." in desk.follow(answer).text
    assert statuses(plan) == ["booked", "cancelled", "due", "booked", "booked"]


def test_without_a_reason_nothing_is_cancelled(world, course, plan):
    desk = reception(world)
    page = opened(desk, "session-cancel", course[1].uuid)

    answer = desk.send(page, "Cancel the session", reason="")

    assert answer.status == 422
    assert "Say why" in answer.text
    assert statuses(plan) == ["booked"] * 4


def test_that_it_is_late_is_said_before_and_after(world, course):
    desk = reception(world)
    page = opened(desk, "session-cancel", course[0].uuid)
    assert "Late: patients are asked to cancel at least 24 hours before." in page.text
    assert "Do not count it as late" not in page.text

    answer = desk.send(page, "Cancel the session", cancelled_by="patient", reason="Flu")

    assert "Session 1 is cancelled late" in desk.follow(answer).text


def test_a_doctor_does_not_count_it_as_late(world, course):
    desk = doctors_desk(world)
    page = opened(desk, "session-cancel", course[0].uuid)

    desk.send(page, "Cancel the session", cancelled_by="patient", reason="Ambulance", waive="on")

    stored = Session.objects.get(pk=course[0].pk)
    assert not stored.is_late_cancel
    assert stored.waived[0]["reason"] == "Ambulance"


@pytest.mark.parametrize(
    ("what", "state", "left"),
    [("rest", "stopped", "cancelled"), ("plan", "stopped", "cancelled"), ("times", "active", "due")],
)
def test_what_is_left_of_a_course_is_cancelled(world, plan, what, state, left):
    desk = reception(world)
    page = opened(desk, "plan-cancel", plan.uuid)

    answer = desk.send(page, "Cancel these sessions", what=what, cancelled_by="clinic", reason="Moved away")

    assert "4 sessions are cancelled." in desk.follow(answer).text
    assert as_it_is(plan).state == state
    assert statuses(plan)[-1] == left


def test_four_sessions_become_six(world, plan):
    desk = reception(world)
    page = opened(desk, "plan-amend", plan.uuid)
    assert page.form("Amend the course").fields["session_count"] == ["4"]

    answer = desk.send(page, "Amend the course", session_count="6")

    shown = desk.follow(answer).text
    assert "The course is amended." in shown
    assert "6 sessions" in shown


def test_sessions_outside_their_windows_are_named(world, plan):
    desk = reception(world)
    page = opened(desk, "plan-amend", plan.uuid)

    answer = desk.send(page, "Amend the course", interval_days="21")

    assert "outside the window it has now" in desk.follow(answer).text


def test_another_practitioner_is_wished_for_the_rest(world, plan):
    desk = reception(world)
    page = opened(desk, "plan-amend", plan.uuid)

    desk.send(page, "Amend the course", practitioner=str(world.doctors[1].uuid))

    assert as_it_is(plan).wishes == {"practitioner": str(world.doctors[1].uuid)}


def test_what_is_refused_stands_beside_its_field(world, plan):
    desk = reception(world)
    page = opened(desk, "plan-amend", plan.uuid)

    answer = desk.send(page, "Amend the course", session_count="8")

    assert answer.status == 422
    assert "is a course of 4 to 6 sessions, not 8" in answer.text
    assert as_it_is(plan).session_count == 4


def test_a_course_rests_and_goes_on(world, plan):
    desk = reception(world)
    page = opened(desk, "plan-pause", plan.uuid)
    refused = desk.send(page, "Pause the course", reason="Abroad", asked_by="patient")
    assert "Booked already" in refused.text

    answer = desk.send(page, "Pause the course", reason="Abroad", asked_by="patient", give_back="on")
    paused = desk.follow(answer)
    assert as_it_is(plan).state == "paused"
    goes_on = desk.follow(desk.send(paused, "Resume it"))

    assert "The course goes on." in goes_on.text
    assert offers(plan=as_it_is(plan), now=NOW)


def test_a_session_done_elsewhere_is_shown_with_its_place(world):
    plan = a_plan(world=world)
    first = plan.sessions.get(number=1)
    done = Elsewhere(NOW.date(), "Clinic at Utrecht")
    record_elsewhere(session=first, done=done, by=world.reception, now=NOW)

    pages = [
        opened(reception(world), name, uuid)
        for name, uuid in (("plan", plan.uuid), ("patient", plan.patient.uuid))
    ]

    assert [page.status for page in pages] == [200, 200]
    assert "Clinic at Utrecht" in pages[0].text
