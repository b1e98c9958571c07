"""Single dates at the desk, and time that is kept free."""

from datetime import date, time

import pytest
from django.urls import reverse

from clinic.identity.actors import Role
from clinic.models import Closure, DayHours, Leave, LeaveKind
from tests.support.acts.absences import a_session, at
from tests.support.builders import a_user
from tests.support.desk import Desk, reception
from tests.support.worlds import a_course_world

pytestmark = pytest.mark.django_db

SET, KEEP = "Set it", "Keep it free"


@pytest.fixture
def boss(world) -> Desk:
    return Desk(a_user(clinic=world.clinic, role=Role.ADMINISTRATOR))


def days_of(world, resource=None) -> str:
    if resource is None:
        return reverse("site-days", args=[world.site.uuid])
    return reverse("resource-days", args=[world.site.uuid, resource.uuid])


def test_a_date_gets_other_hours_and_goes_by_the_week_again(world, boss):
    page = boss.get(days_of(world))

    listed = boss.follow(
        boss.send(page, SET, on="2027-01-06", opens_1="10:00", closes_1="12:00", note="Training")
    )

    assert "10:00–12:00" in listed.text
    assert "Training" in listed.text
    assert [(row.on, row.opens) for row in DayHours.objects.all()] == [(date(2027, 1, 6), time(10))]
    again = boss.follow(boss.send(listed, "Back to the week"))
    assert "Every date ahead goes by the week." in again.text
    assert not DayHours.objects.exists()


def test_a_room_is_closed_on_a_date_after_a_look_at_what_is_booked(world, boss):
    session = a_session(world, "10:00", practitioner=world.doctors[0])
    page = boss.get(days_of(world, world.doctors[0]))

    looked_over = boss.send(page, SET, on="2027-01-05", becomes="closed")

    assert "1 session in the way" in looked_over.text
    assert not DayHours.objects.exists()
    boss.send(looked_over, "keep them as they are", confirmed="yes")
    assert DayHours.objects.get().opens is None
    session.refresh_from_db()
    assert session.status == "booked"


@pytest.mark.parametrize(
    ("typed", "sentence"),
    [
        ({"on": "2027-02-30"}, "That is not a date."),
        ({"on": "0000-01-01"}, "That is not a date."),
        ({}, "Enter the hours of that date"),
        ({"opens_1": "10:00"}, "Enter both times, or none."),
        ({"opens_1": "10:00", "closes_1": "10:00"}, "Enter another end"),
        ({"opens_1": "10:00", "closes_1": "12:00", "opens_2": "11:00", "closes_2": "13:00"}, "overlap"),
        ({"becomes": "closed", "note": "x" * 201}, "200 letters or fewer"),
    ],
)
def test_a_date_that_cannot_be_is_said_and_nothing_is_saved(world, boss, typed, sentence):
    page = boss.send(boss.get(days_of(world)), SET, **{"on": "2027-01-06"} | typed)

    assert page.status == 422
    assert sentence in page.text
    assert not DayHours.objects.exists()


def keep(desk: Desk, what, **typed: str):
    page = desk.get(reverse("keep-free"))
    said = {"what": str(what.uuid), "on": "2027-01-05", "starts": "10:00", "ends": "12:00"}
    return desk.send(page, KEEP, **said | typed)


def test_time_is_kept_free_and_shown_and_taken_back_with_absences(world, boss):
    page = boss.follow(keep(boss, world.doctors[0], note="Paperwork"))

    kept = Leave.objects.get()
    assert (kept.kind, kept.starts_at, kept.ends_at) == (LeaveKind.KEPT_FREE, at("10:00"), at("12:00"))
    assert "Kept free from" in page.text
    assert "Kept free" in boss.get(reverse("absences")).text
    week = boss.get(reverse("resource-hours", args=[world.site.uuid, world.doctors[0].uuid]))
    assert "Kept free, 5 Jan 2027, 10:00 – 5 Jan 2027, 12:00 : Paperwork" in week.text
    boss.send(page, "End it then", back_on="2027-01-04")
    assert not Leave.objects.exists()


def test_what_is_booked_there_is_looked_over_first_and_stays(world, boss):
    session = a_session(world, "10:00", practitioner=world.doctors[0])

    looked_over = keep(boss, world.doctors[0])

    assert "1 session in the way" in looked_over.text
    assert not Leave.objects.exists()
    boss.send(looked_over, "keep them as they are", confirmed="yes")
    assert Leave.objects.count() == 1
    session.refresh_from_db()
    assert session.status == "booked"


def test_a_whole_site_is_kept_free_as_a_closure(world, boss):
    boss.follow(keep(boss, world.site, note="Fire drill"))

    assert Closure.objects.get().reason == "Fire drill"


@pytest.mark.parametrize(
    ("typed", "sentence"),
    [
        ({"ends": "10:00"}, "ends before it begins"),
        ({"ends": ""}, "Enter the time."),
        ({"note": "x" * 201}, "200 letters or fewer"),
    ],
)
def test_time_that_cannot_be_kept_free_is_said(world, boss, typed, sentence):
    page = keep(boss, world.doctors[0], **typed)

    assert page.status == 422
    assert sentence in page.text
    assert not Leave.objects.exists()


def test_nobody_but_who_manages_the_places_and_nothing_of_another_clinic(world, boss):
    theirs = a_course_world(zone="Europe/Berlin")

    assert reception(world).get(reverse("keep-free")).status == 403
    assert reception(world).get(days_of(world)).status == 403
    assert keep(boss, theirs.doctors[0]).status == 422
    assert boss.get(days_of(theirs)).status == 404
    assert not Leave.objects.exists()
