"""At the desk: anyone sees that a doctor must look, those who treat see why."""

import pytest
from django.urls import reverse

from scheduling.course_changes.concerns import raise_concern
from tests.support.cast import NOW
from tests.support.desk import Desk, doctors_desk, reception
from treatments.models import Concern, ConcernTopic, Plan

pytestmark = pytest.mark.django_db

BANNER = "A doctor must look before treatment starts"
ANSWER = "Takes a blood thinner"


@pytest.fixture
def concern(world, plan) -> Concern:
    return raise_concern(plan=plan, topic=ConcernTopic.MEDICINES, answer=ANSWER, by=world.reception, now=NOW)


def course(desk: Desk, plan: Plan):
    return desk.get(reverse("plan", args=[plan.uuid]))


def test_reception_asks_a_doctor_to_look(world, plan):
    desk = reception(world)
    assert BANNER not in course(desk, plan).text
    page = desk.get(reverse("concern-new", args=[plan.uuid]))

    answer = desk.send(page, "Ask a doctor to look", topic="medicines", answer=ANSWER)

    shown = desk.follow(answer)
    assert BANNER in shown.text
    assert "Find calendars" in shown.text
    assert Concern.objects.get().answer == ANSWER


def test_reception_sees_that_a_doctor_must_look_and_not_why(world, plan, concern):
    desk = reception(world)

    page = course(desk, plan)

    assert BANNER in page.text
    assert "Medicines" not in page.text
    assert "thinner" not in page.html
    assert reverse("plan-concerns", args=[plan.uuid]) not in page.seen.links
    assert desk.get(reverse("plan-concerns", args=[plan.uuid])).status == 403


def test_a_doctor_reads_the_answer_and_clears_it(world, plan, concern):
    desk = doctors_desk(world)
    assert reverse("plan-concerns", args=[plan.uuid]) in course(desk, plan).seen.links
    page = desk.get(reverse("plan-concerns", args=[plan.uuid]))
    assert ANSWER in page.text

    answer = desk.send(page, "Clear it", finding="Low dose")

    assert BANNER not in desk.follow(answer).text
    after = desk.get(reverse("plan-concerns", args=[plan.uuid]))
    assert "Low dose" in after.text
    assert not any("Clear it" in " ".join(form.buttons) for form in after.seen.forms)


def test_clearing_without_a_finding_says_what_is_missing(world, plan, concern):
    desk = doctors_desk(world)
    page = desk.get(reverse("plan-concerns", args=[plan.uuid]))

    answer = desk.send(page, "Clear it")

    assert answer.status == 422
    assert "Write what you found" in answer.text


def test_a_form_without_its_concern_clears_nothing(world, plan, concern):
    answer = doctors_desk(world).post(reverse("plan-concerns", args=[plan.uuid]), {"finding": "Fine"})

    assert answer.status == 422
    assert Concern.objects.get().cleared_at is None


def test_an_answer_that_is_too_long_is_said_beside_its_field(world, plan):
    desk = reception(world)
    page = desk.get(reverse("concern-new", args=[plan.uuid]))

    answer = desk.send(page, "Ask a doctor to look", topic="other", answer="x" * 2001)

    assert answer.status == 422
    assert "2000 letters or fewer" in answer.text
