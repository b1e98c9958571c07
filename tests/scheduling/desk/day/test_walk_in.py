"""A patient who is here without a time, from their own page."""

import pytest
from django.urls import reverse

from scheduling.models import Session
from tests.support.acts.attendance import S, again, due_number
from tests.support.acts.courses import a_booked_course
from tests.support.desk import Desk, Page
from tests.support.worlds import World, a_plan, a_second_site

pytestmark = pytest.mark.django_db


def page_of(world: World, desk: Desk) -> Page:
    return desk.get(reverse("session-walk-in", args=[world.patient.uuid]))


def test_the_page_of_a_patient_leads_there(world, desk):
    page = desk.get(reverse("patient", args=[world.patient.uuid]))

    assert reverse("session-walk-in", args=[world.patient.uuid]) in page.seen.links


def test_one_click_takes_up_the_session_that_is_due_next(world, desk):
    due = due_number(a_plan(world=world), 1)
    page = page_of(world, desk)
    assert "session 1 of 4" in page.text
    assert "session 2 of 4" not in page.text

    sheet = desk.follow(desk.send(page, "Here for this", session=str(due.uuid)))

    assert "Marit de Vries is here, without a time." in sheet.text
    assert "Here without a time" in sheet.text
    assert again(due).status == S.ARRIVED


def test_a_slip_is_undone_from_the_notice(world, desk):
    due = due_number(a_plan(world=world), 1)
    sheet = desk.follow(desk.send(page_of(world, desk), "Here for this", session=str(due.uuid)))

    said = desk.follow(desk.send(sheet, "Undo"))

    assert "Undone: Marit de Vries is due again." in said.text
    assert again(due).status == S.DUE


def test_a_session_of_its_own_is_of_the_kind_and_at_the_site_that_were_chosen(world, desk):
    other = a_second_site(world)
    page = page_of(world, desk)
    kind = world.session_types["consultation"]

    desk.send(page, "Here for this session", session_type=str(kind.uuid), site=str(other.uuid))

    here = Session.objects.get()
    assert (here.status, here.session_type_id, here.site_id) == (S.ARRIVED, kind.pk, other.pk)


def test_who_is_booked_for_today_is_asked_about_that_session(world, desk):
    session = a_booked_course(world=world)[0]

    page = page_of(world, desk)
    assert "Booked for today at 09:00" in page.text
    desk.send(page, "Arrived")

    assert again(session).status == S.ARRIVED


def test_a_course_that_rests_is_not_taken_up(world, desk):
    plan = a_plan(world=world)
    plan.state = "paused"
    plan.save()

    page = page_of(world, desk)

    assert "For their course" not in page.text


def test_what_is_due_no_more_is_refused_in_words(world, desk):
    due = due_number(a_plan(world=world), 1)
    page = page_of(world, desk)
    desk.send(page, "Here for this", session=str(due.uuid))

    answer = desk.send(page, "Here for this", session=str(due.uuid))

    assert answer.status == 422
    assert "That session is not due any more." in answer.text
