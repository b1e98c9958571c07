"""All courses together, on two pages of the desk."""

from datetime import timedelta

import pytest
from django.urls import reverse

from clinic.models import AuditEntry
from scheduling.models import Session
from tests.support.acts.courses import a_booked_course
from tests.support.builders import a_patient, a_user
from tests.support.cast import NOW
from tests.support.desk import Desk, doctors_desk
from tests.support.worlds import a_plan

pytestmark = pytest.mark.django_db

TO_BE_BOOKED, ADHERENCE = reverse("to-be-booked"), reverse("adherence")


@pytest.fixture
def desk(world) -> Desk:
    return Desk(a_user(clinic=world.clinic, name="Lena"))


def test_what_is_due_leads_to_its_calendars_the_overdue_first(world, desk):
    new = a_plan(world=world)
    old = a_plan(world=world, patient=a_patient(clinic=world.clinic), now=NOW - timedelta(days=90))

    page = desk.get(TO_BE_BOOKED)

    links = [link for link in page.seen.links if link.endswith("/calendars/")]
    assert links == [reverse("calendars", args=[plan.uuid]) for plan in [old] * 4 + [new] * 4]
    assert "Session 1 of 4 PRP + mesotherapy" in page.text
    assert page.text.count("Overdue since") == 4
    assert AuditEntry.objects.filter(act="saw_sessions").exists()


def test_a_due_review_leads_to_its_own_time(world, desk):
    a_booked_course(world=world, protocol="svf-combination", sessions=1)
    review = Session.objects.filter(kind="review").first()
    assert review is not None

    page = desk.get(TO_BE_BOOKED)

    assert "Review 1" in page.text
    assert reverse("session-move", args=[review.uuid]) in page.seen.links


def test_nothing_due_is_said(desk):
    assert "Nothing is to be booked" in desk.get(TO_BE_BOOKED).text


def test_many_due_sessions_come_in_pages(world, desk):
    for _ in range(7):
        a_plan(world=world, patient=a_patient(clinic=world.clinic))

    first, second = desk.get(TO_BE_BOOKED), desk.get(TO_BE_BOOKED, page=2)

    assert "1 to 25 of 28" in first.text
    assert "26 to 28 of 28" in second.text


def test_the_report_is_by_protocol_and_in_words(world, desk):
    plan = a_plan(world=world)
    first, second, *_ = Session.objects.filter(plan=plan).order_by("number")
    for session, off in ((first, 0), (second, 6)):
        assert session.target_on is not None
        Session.objects.filter(pk=session.pk).update(
            status="completed", is_done_elsewhere=True, local_date=session.target_on + timedelta(days=off)
        )

    page = desk.get(ADHERENCE, last_on="2027-03-01")

    assert "PRP + mesotherapy 1 on time 50 % of 2 0 early 1 late 0 missed 3.0 days off" in page.text
    assert "All together" in page.text
    assert world.patient.family_name not in page.text


def test_a_reversed_stretch_is_told(desk):
    page = desk.get(ADHERENCE, first_on="2027-01-02", last_on="2027-01-01")

    assert page.status == 422
    assert "This day lies before the first." in page.text


def test_a_stretch_without_sessions_is_said(desk):
    assert "No sessions then" in desk.get(ADHERENCE).text


def test_a_practitioner_is_shown_their_own_patients(world):
    a_plan(world=world, patient=a_patient(clinic=world.clinic), prescribed_by=world.doctors[1])

    assert "Nothing is to be booked" in doctors_desk(world).get(TO_BE_BOOKED).text
