"""Calendars for phones at the desk: opened, shown once, subscribed to, given another address, shut."""

import re

import pytest

from clinic.identity.actors import Role
from scheduling.models import Feed
from scheduling.privacy.erasure import erase_patient
from tests.support.acts.feeds import a_consultation, a_feed, fetch
from tests.support.acts.mailing import vevents_in
from tests.support.builders import a_patient, a_user
from tests.support.cast import NOW
from tests.support.desk import Desk, Page, doctors_desk
from tests.support.worlds import a_course_world

pytestmark = pytest.mark.django_db

FEEDS = "/clinic/feeds/"


@pytest.fixture
def admin(world) -> Desk:
    return Desk(a_user(clinic=world.clinic, role=Role.ADMINISTRATOR, name="Noor Visser"))


def opened(desk: Desk, whose: object = "", *, page: str = FEEDS, **typed: str) -> Page:
    return desk.post(page, {"label": "Everything", "whose": str(whose), "detail": "initials"} | typed)


def token_on(page: Page) -> str:
    found = re.search(r"/feeds/([\w-]+)\.ics</code>", page.html)
    assert found, page.text
    return found[1]


def test_an_address_is_shown_once_as_text_and_picture_and_a_phone_reads_it(client, world, admin):
    session = a_consultation(world)

    page = opened(admin)

    token = token_on(page)
    assert page.status == 201
    assert "<svg" in page.html
    assert f"webcal://testserver/feeds/{token}.ics" in page.seen.links
    [vevent] = vevents_in(fetch(client, token).content)
    assert vevent["UID"].startswith(str(session.uuid))
    listed = admin.get(FEEDS)
    assert token not in listed.html
    assert "Everything" in listed.text
    assert "Opened by Noor Visser" in listed.text


@pytest.mark.parametrize("kind", ["site", "doctor", "room", "device", "patient"])
def test_whatever_has_sessions_has_a_calendar(client, world, admin, kind):
    a_consultation(world)
    whose = {
        "site": world.site,
        "doctor": world.doctors[0],
        "room": world.treatment_rooms[0],
        "device": world.centrifuges[0],
        "patient": world.patient,
    }[kind]
    page = f"{FEEDS}?patient={world.patient.uuid}" if kind == "patient" else FEEDS

    token = token_on(opened(admin, whose.uuid, page=page))

    feed = Feed.objects.get()
    assert feed.site == (whose if kind == "site" else None)
    assert feed.diary == (None if kind == "site" else whose.diary)
    assert fetch(client, token).status_code == 200


def test_the_list_says_when_a_calendar_was_read_last_and_by_what(client, world, admin):
    _, token = a_feed(clinic=world.clinic)
    assert "never read" in admin.get(FEEDS).text

    fetch(client, token, user_agent="<b>dataaccessd</b>")

    page = admin.get(FEEDS)
    assert "2027-01-04 08:00 UTC" in page.text
    assert "<b>dataaccessd</b>" in page.text
    assert "<b>dataaccessd" not in page.html


def test_a_new_address_ends_the_old_one_and_is_shown_once(client, world, admin):
    feed, token = a_feed(clinic=world.clinic)

    page = admin.post(f"{FEEDS}{feed.uuid}/rotate/")

    new = token_on(page)
    assert page.form("Open the calendar").action == FEEDS
    assert "ends the old one at once" in page.text
    assert fetch(client, token).status_code == 404
    assert fetch(client, new).status_code == 200
    assert new not in admin.get(FEEDS).html


def test_a_calendar_that_is_shut_shows_nothing_and_can_do_no_more(client, world, admin):
    feed, token = a_feed(clinic=world.clinic)

    page = admin.follow(admin.post(f"{FEEDS}{feed.uuid}/revoke/"))

    assert "Shut on 2027-01-04" in page.text
    assert fetch(client, token).status_code == 404
    assert f"{FEEDS}{feed.uuid}/rotate/" not in page.html
    assert admin.post(f"{FEEDS}{feed.uuid}/rotate/").status == 422


@pytest.mark.parametrize(
    ("typed", "status", "sentence"),
    [
        ({"label": " "}, 422, "Name the calendar."),
        ({"label": "\u202e"}, 400, "Name the feed"),
        ({"detail": "all"}, 422, "Select a valid choice"),
        ({"whose": "nobody"}, 422, "Select a valid choice"),
    ],
)
def test_what_makes_no_calendar_is_told_and_opens_none(world, admin, typed, status, sentence):
    page = opened(admin, **typed)

    assert page.status == status
    assert sentence in page.text
    assert not Feed.objects.exists()


def test_a_practitioner_is_offered_their_own_diary_and_sees_no_other_calendar(client, world):
    foreign, _ = a_feed(clinic=world.clinic, label="All of us")
    doctor = doctors_desk(world)

    page = doctor.get(FEEDS)
    assert world.doctors[0].name in page.text
    assert world.doctors[1].name not in page.text
    assert "All of us" not in page.text
    assert opened(doctor).status == 422
    assert opened(doctor, world.doctors[1].uuid).status == 422
    assert doctor.post(f"{FEEDS}{foreign.uuid}/revoke/").status == 404

    assert fetch(client, token_on(opened(doctor, world.doctors[0].uuid))).status_code == 200


def test_nobody_opens_a_calendar_of_another_clinics_patient(admin):
    foreign = a_course_world()

    assert admin.get(FEEDS, patient=str(foreign.patient.uuid)).status == 404
    assert admin.get(FEEDS, patient="nobody").status == 404
    for whose in (foreign.site, foreign.doctors[0], foreign.patient):
        assert opened(admin, whose.uuid).status == 422


def test_the_patients_page_leads_there_and_erasing_shuts_the_calendar(client, world, admin):
    patient = a_patient(clinic=world.clinic)
    leads = f"{FEEDS}?patient={patient.uuid}"
    assert leads in admin.get(f"/patients/{patient.uuid}/").seen.links
    token = token_on(opened(admin, patient.uuid, page=leads, label="Marit"))
    fetch(client, token, user_agent="Marits phone")

    erase_patient(patient=patient, by=world.owner, now=NOW)

    assert fetch(client, token).status_code == 404
    feed = Feed.objects.get()
    assert (feed.label, feed.last_program) == ("Erased patient", "")
