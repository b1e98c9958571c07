"""Holding a calendar at the desk, and what becomes of it."""

from dataclasses import replace
from datetime import timedelta

import pytest
from django.urls import reverse

from scheduling.models import Claim, Hold, Session
from tests.support.acts.holds import A_WHILE, TOMORROW, a_hold
from tests.support.builders import a_user
from tests.support.cast import NOW
from tests.support.desk import Desk, Page, doctors_desk
from treatments.models import Plan

pytestmark = pytest.mark.django_db

BOOK, HOLD, UNTIL = "Book this calendar", "Hold 10 minutes", "Hold until then"


@pytest.fixture
def desk(world) -> Desk:
    return Desk(a_user(clinic=world.clinic, name="Lena"))


def calendars(plan: Plan) -> str:
    return reverse("calendars", args=[plan.uuid])


def course(desk: Desk, plan: Plan) -> Page:
    return desk.get(reverse("plan", args=[plan.uuid]))


def from_tomorrow(desk: Desk, plan: Plan) -> Page:
    return desk.get(calendars(plan), search="yes", first_on=str(TOMORROW))


def test_a_calendar_is_held_for_ten_minutes_at_one_press(desk, plan):
    page = from_tomorrow(desk, plan)
    assert sum(HOLD in form.buttons for form in page.seen.forms) == sum(
        BOOK in form.buttons for form in page.seen.forms
    )

    answer = desk.send(page, HOLD, hold="a while")

    assert answer.location == reverse("plan", args=[plan.uuid])
    assert "The calendar is held until 09:10." in desk.follow(answer).text
    assert Hold.objects.get().expires_at == NOW + A_WHILE
    assert set(Session.objects.values_list("status", flat=True)) == {"held"}


def test_a_calendar_is_held_until_a_named_end_with_a_reason(desk, plan):
    page = desk.get(calendars(plan), search="yes", first_on="2027-01-07")

    desk.send(page, UNTIL, hold="until", until_on="2027-01-05", until_at="12:00", reason="will call back")

    assert "Held until Tue 5 Jan, 12:00 by Lena: will call back" in course(desk, plan).text


@pytest.mark.parametrize(
    ("typed", "sentence"),
    [
        ({}, "Say until when to hold the calendar"),
        ({"until_on": "2027-01-04", "until_at": "08:30"}, "That end is in the past"),
        ({"until_on": "2027-01-09", "until_at": "09:00"}, "You may hold time for 3 days at most"),
        ({"until_on": "2027-01-06", "until_at": "18:00"}, "The first session begins before the hold ends"),
    ],
)
def test_an_end_that_cannot_be_is_refused_beside_new_calendars(desk, plan, typed, sentence):
    answer = desk.send(from_tomorrow(desk, plan), UNTIL, hold="until", **typed)

    assert answer.status == 422
    assert sentence in answer.text
    assert BOOK in answer.text
    assert not Claim.objects.exists()


def test_what_is_held_is_booked_from_the_page_of_the_course(desk, world, plan):
    a_hold(world=world, plan=plan)
    held = list(Session.objects.order_by("number").values_list("starts_at", flat=True))

    answer = desk.send(course(desk, plan), "Book what is held")

    assert "All 4 sessions are booked." in desk.follow(answer).text
    assert list(Session.objects.order_by("number").values_list("starts_at", flat=True)) == held
    assert "Held until" not in course(desk, plan).text


def test_what_is_held_is_released_from_the_page_of_the_course(desk, world, plan):
    a_hold(world=world, plan=plan)

    answer = desk.send(course(desk, plan), "Release it")

    page = desk.follow(answer)
    assert "Released: the time is free again." in page.text
    assert "Find calendars" in page.text
    assert not Claim.objects.exists()


def test_the_calendars_of_a_held_course_say_that_it_is_held(desk, world, plan):
    a_hold(world=world, plan=plan, reason="deposit")

    page = desk.get(calendars(plan))

    assert "Held until 09:10: deposit" in page.text
    assert "Booking or holding another calendar gives it back." in page.text
    assert BOOK in page.text


def test_a_hold_that_ran_out_while_nobody_looked_can_be_booked_again_at_one_press(desk, world, plan):
    a_hold(world=world, plan=plan)
    held = list(Session.objects.order_by("number").values_list("starts_at", flat=True))
    page = course(replace(desk, now=NOW + timedelta(minutes=9)), plan)
    late = replace(desk, now=NOW + A_WHILE)

    refused = late.send(page, "Book what is held")
    answer = late.send(refused, "Book the same calendar again")

    assert refused.status == 409
    assert "This hold ran out." in refused.text
    assert "All 4 sessions are booked." in late.follow(answer).text
    assert list(Session.objects.order_by("number").values_list("starts_at", flat=True)) == held


def test_until_it_is_swept_a_hold_that_ran_out_says_so(desk, world, plan):
    a_hold(world=world, plan=plan)

    page = course(replace(desk, now=NOW + A_WHILE + timedelta(seconds=30)), plan)

    assert "Was held until 09:10" in page.text


def test_held_sessions_stand_with_the_course_and_are_neither_next_nor_past_sessions(desk, world, plan):
    a_hold(world=world, plan=plan)

    page = desk.get(reverse("patient", args=[world.patient.uuid]))

    assert page.text.count("Held") == 5, "Four sessions, and until when"
    assert "None booked." in page.text
    assert "Past sessions" not in page.text


def test_a_day_sheet_shows_no_held_session(desk, world, plan):
    a_hold(world=world, plan=plan)

    page = desk.get("/", on=str(TOMORROW))

    assert "de Vries" not in page.html


def test_a_practitioner_holds_for_a_patient_in_their_care_and_no_other_sees_it(world, plan):
    desk = doctors_desk(world)

    answer = desk.send(from_tomorrow(desk, plan), HOLD, hold="a while")

    assert answer.status == 302
    assert "Held until 09:10" in course(desk, plan).text
