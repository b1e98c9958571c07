"""The page that books one session: choose what and when, one click books."""

from datetime import date, timedelta

import pytest
from django.urls import reverse

from clinic.models import AuditEntry
from scheduling.models import Session
from tests.support.acts.courses import away
from tests.support.builders import a_clinic, a_patient, a_practitioner, a_room, a_site, a_user, hours_at
from tests.support.cast import NOW
from tests.support.desk import Desk, reception
from tests.support.worlds import a_course_world

pytestmark = pytest.mark.django_db

TUESDAY = date(2027, 1, 5)


def page_of(patient, desk, **asked):
    return desk.get(reverse("book-session", args=[patient.uuid]), **asked)


def click(desk, page, clock):
    """Send the form of the first place with the start that says so."""
    form = next(form for form in page.seen.forms if clock in form.buttons)
    day, offset = form.fields["on"][0], "+01:00"
    return desk.post(page.url.partition("?")[0], {**form.fields, "starts_at": f"{day}T{clock}:00{offset}"})


def test_the_patients_page_leads_to_it():
    world = a_course_world()

    page = reception(world).get(reverse("patient", args=[world.patient.uuid]))

    assert reverse("book-session", args=[world.patient.uuid]) in page.seen.links


def test_it_opens_with_a_consultation_on_the_next_day_that_has_a_free_time():
    world = a_course_world()
    away(world, *world.doctors, first=NOW.date())

    page = page_of(world.patient, reception(world))

    assert page.status == 200
    assert "Tuesday 5 January 2027" in page.text
    assert page.form("09:00").fields["session_type"] == [str(world.session_types["consultation"].uuid)]


def test_the_strip_says_how_many_times_are_free_each_day():
    world = a_course_world()

    page = page_of(world.patient, reception(world), on=str(TUESDAY))

    assert "Mon (today) 4 January 31 free" in page.text
    assert "Sun 10 January 0 free" in page.text


def test_one_click_books_the_session_and_says_so():
    world = a_course_world()
    desk = reception(world)

    answer = click(desk, page_of(world.patient, desk, on=str(TUESDAY)), "10:15")

    session = Session.objects.get()
    assert (session.patient, session.session_type) == (world.patient, world.session_types["consultation"])
    assert f"{session.local_date} {session.local_time:%H:%M}" == "2027-01-05 10:15"
    told = desk.follow(answer)
    assert told.url == reverse("patient", args=[world.patient.uuid])
    assert "Consultation is booked: Tue 5 Jan, 10:15 to 10:45, with Dr Osei." in told.text


def test_whom_one_asks_for_is_who_serves():
    world = a_course_world()
    desk, lindqvist = reception(world), world.doctors[1]

    click(desk, page_of(world.patient, desk, on=str(TUESDAY), practitioner=str(lindqvist.uuid)), "09:00")

    [claim] = Session.objects.get().claims.filter(asked_for=True)
    assert claim.diary_id == lindqvist.diary_id


def test_a_time_that_is_gone_books_nothing_and_shows_what_is_left():
    world = a_course_world()
    desk = reception(world)
    page = page_of(world.patient, desk, on=str(TUESDAY))
    click(desk, page, "10:15")

    again = click(desk, page, "10:15")

    assert again.status == 409
    assert "Nothing was booked. The times below were looked up just now" in again.text
    assert Session.objects.count() == 1
    assert not [form for form in again.seen.forms if "10:15" in form.buttons]
    assert [form for form in again.seen.forms if "10:45" in form.buttons]


def test_a_day_without_a_free_time_leads_to_the_next_one():
    world = a_course_world()
    away(world, *world.doctors, first=TUESDAY, days=2)

    page = page_of(world.patient, reception(world), on=str(TUESDAY))

    assert "No free time on Tuesday 5 January 2027" in page.text
    assert any(link.endswith("&on=2027-01-07") for link in page.seen.links)


def test_a_day_that_is_over_is_today():
    world = a_course_world()

    page = page_of(world.patient, reception(world), on="2026-12-01")

    assert "Monday 4 January 2027" in page.text
    assert "One week earlier" not in page.text


def test_who_does_not_serve_in_such_a_session_is_said():
    world = a_course_world()

    page = page_of(world.patient, reception(world), practitioner=str(world.assistants[0].uuid))

    assert page.status == 200
    assert "Amara does not serve in this kind of session" in page.text


@pytest.mark.parametrize(
    ("asked", "words"),
    [
        ({"on": "someday"}, "That is not a date. Write it as"),
        ({"on": "2031-01-01"}, "A search begins 730 days ahead at most."),
        ({"session_type": "00000000-0000-4000-8000-000000000000"}, "Select a valid choice"),
    ],
)
def test_what_makes_no_sense_is_said_beside_its_field(asked, words):
    world = a_course_world()

    page = page_of(world.patient, reception(world), **asked)

    assert page.status == 422
    assert words in page.text


def test_a_clinic_with_several_sites_says_where_and_books_there():
    world = a_course_world()
    twin = a_site(clinic=world.clinic, name="Prinsengracht")
    hours_at(site=twin)
    a_practitioner(clinic=world.clinic, name="Dr Grant", works_at=twin)
    a_room(site=twin, name="Room 1")
    desk = reception(world)

    page = page_of(world.patient, desk, on=str(TUESDAY), site=str(twin.uuid))
    click(desk, page, "09:00")

    assert "Tuesday 5 January 2027, Prinsengracht" in page.text
    assert Session.objects.get().site == twin


def test_a_clinic_without_a_catalogue_is_told_whom_to_ask():
    clinic = a_clinic()
    patient = a_patient(clinic=clinic)

    page = page_of(patient, Desk(a_user(clinic=clinic)))

    assert page.status == 200
    assert "Ask your administrator to load the catalogue" in page.text


def test_looking_leaves_an_entry_that_names_the_patient():
    world = a_course_world()

    page_of(world.patient, reception(world))

    assert AuditEntry.objects.get(act="saw_calendars").patients == world.patient.uuid.hex


def test_a_full_week_takes_as_many_queries_as_an_empty_one(django_assert_num_queries):
    world = a_course_world()
    desk = reception(world)
    desk.get("/clinics/")
    asked = {"on": str(TUESDAY + timedelta(days=7))}

    with django_assert_num_queries(24):
        page = page_of(world.patient, desk, **asked)
    for clock in ("09:00", "10:00", "11:00"):
        other = a_patient(clinic=world.clinic)
        click(desk, page_of(other, desk, **asked), clock)

    with django_assert_num_queries(24):
        page = page_of(world.patient, desk, **asked)
    assert page.status == 200
