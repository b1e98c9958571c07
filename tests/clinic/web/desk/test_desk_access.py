"""Who may open a desk page."""

import re

import pytest
from django.test import Client
from django.urls import reverse

from clinic.models import Membership, User
from tests.support.builders import a_clinic, a_patient, a_user
from tests.support.cast import PASSWORD
from tests.support.desk import Desk, reception
from tests.support.worlds import a_course_world, a_plan

pytestmark = pytest.mark.django_db


def desk_pages(world, plan):
    """Every page behind the sign-in."""
    patient = plan.patient.uuid
    return [
        reverse("day-sheet"),
        reverse("patients"),
        reverse("patient-new"),
        reverse("patient", args=[patient]),
        reverse("prescribe", args=[patient]),
        reverse("calendars", args=[plan.uuid]),
        reverse("plan", args=[plan.uuid]),
    ]


def test_nobody_sees_a_desk_page_without_signing_in():
    world = a_course_world()
    plan = a_plan(world=world)
    desk = Desk()

    answers = [desk.get(url) for url in desk_pages(world, plan)]

    assert [answer.status for answer in answers] == [302] * len(answers)
    assert all(answer.location.startswith("/sign-in/?next=/") for answer in answers)
    assert "Marit" not in "".join(answer.html for answer in answers)


def test_a_form_sent_without_signing_in_changes_nothing_and_leads_to_the_sign_in():
    world = a_course_world()
    plan = a_plan(world=world)
    desk = Desk()

    answers = [desk.post(url, {"proposal": "x"}) for url in desk_pages(world, plan)[2:6:2]]

    assert [answer.status for answer in answers] == [302, 302]
    assert {answer.location for answer in answers} == {"/sign-in/?next=/"}


def test_an_account_without_a_clinic_is_told_whom_to_ask():
    world = a_course_world()
    plan = a_plan(world=world)
    stranger = User.objects.create_user("stranger@clinic.example", PASSWORD, name="Stranger")
    desk = Desk(stranger)

    answers = [desk.get(url) for url in desk_pages(world, plan)]

    assert [answer.status for answer in answers] == [403] * len(answers)
    assert all("Ask your administrator" in answer.text for answer in answers)
    assert "Marit" not in "".join(answer.html for answer in answers)


def test_what_belongs_to_another_clinic_does_not_exist():
    world = a_course_world()
    plan = a_plan(world=world)
    desk = Desk(a_user(clinic=a_clinic()))

    answers = [desk.get(url) for url in desk_pages(world, plan)[3:]]
    answers += [desk.post(url) for url in desk_pages(world, plan)[4:6]]

    assert [answer.status for answer in answers] == [404] * len(answers)
    assert "Marit" not in "".join(answer.html for answer in answers)


def test_the_lists_of_one_clinic_say_nothing_of_another():
    world = a_course_world()
    a_patient(clinic=world.clinic, given_name="Ingeborg")
    desk = Desk(a_user(clinic=a_clinic()))

    page = desk.get(reverse("patients"), search="ingeborg")

    assert page.status == 200
    assert "Nobody is found by “ingeborg”" in page.text


def test_someone_of_two_clinics_works_in_the_first():
    first, second = a_course_world(), a_course_world()
    user = a_user(clinic=first.clinic)
    Membership.objects.create(clinic=second.clinic, user=user, role="receptionist")
    desk = Desk(user)

    answers = [desk.get(reverse("patient", args=[w.patient.uuid])) for w in (first, second)]

    assert [answer.status for answer in answers] == [200, 404]


def test_an_account_that_is_switched_off_is_out_at_once():
    world = a_course_world()
    desk = reception(world)
    User.objects.update(is_active=False)

    page = desk.get(reverse("day-sheet"))

    assert page.status == 302
    assert page.location.startswith("/sign-in/")


def test_pages_are_kept_by_no_cache_and_framed_by_nobody():
    world = a_course_world()
    desk = reception(world)

    headers = desk.get(reverse("patient", args=[world.patient.uuid])).headers

    assert headers["Cache-Control"] == "no-store"
    assert headers["X-Frame-Options"] == "DENY"
    assert "unsafe-inline" not in headers["Content-Security-Policy"]


def test_pages_hold_no_script_and_no_style_of_their_own():
    world = a_course_world()
    plan = a_plan(world=world)
    desk = reception(world)

    html = "".join(desk.get(url).html for url in desk_pages(world, plan))

    assert "style=" not in html
    assert "<style" not in html
    assert " onclick=" not in html
    assert html.count("<script") == len(
        re.findall(
            r'<script src="/static/(?:clinic|django_htmx)/[\w.-]+\.js" defer(?: data-\w+="[^"]*")*></script>',
            html,
        )
    )


def test_a_form_without_its_token_is_refused_with_a_page_that_says_what_to_do():
    world = a_course_world()
    desk = reception(world)
    desk.client = Client(enforce_csrf_checks=True)

    page = desk.post(reverse("sign-in"), {"username": "a", "password": "b"})

    assert page.status == 403
    assert "reload the page and send it again" in page.text


def test_reading_a_page_never_acts():
    world = a_course_world()
    plan = a_plan(world=world)
    desk = reception(world)

    answers = {desk.get(reverse("sign-out")).status}
    answers |= {desk.get(reverse("calendars", args=[plan.uuid]), proposal="x").status}
    plan.refresh_from_db()

    assert answers == {405, 200}
    assert desk.get(reverse("day-sheet")).status == 200
    assert plan.version == 1


@pytest.mark.parametrize("name", ["day-sheet", "patients"])
def test_pages_that_only_show_refuse_to_be_sent_anything(name):
    desk = reception(a_course_world())

    assert desk.post(reverse(name)).status == 405
