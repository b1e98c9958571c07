"""Places at the desk: listed, opened and added; skills given; holidays on which a site is open."""

from datetime import date, time

import pytest
from django.urls import reverse

from clinic.hours.opening import Horizon
from clinic.hours.working_time import working_at
from clinic.identity.actors import Role
from clinic.models import Clinic, DayHours, Resource, Site, Skill
from tests.support.builders import a_clinic, a_practitioner, a_room, a_site, a_skill, a_user, hours_at
from tests.support.cast import OVER
from tests.support.desk import Desk

pytestmark = pytest.mark.django_db

KINGS_DAY = date(2027, 4, 27)


@pytest.fixture
def clinic() -> Clinic:
    return a_clinic()


@pytest.fixture
def desk(clinic) -> Desk:
    return Desk(a_user(clinic=clinic, role=Role.OWNER))


def test_all_places_are_listed_those_given_up_too(clinic, desk):
    a_site(clinic=clinic, name="East", valid_until=OVER)
    doctor = a_practitioner(clinic=clinic)
    Resource.objects.filter(pk=doctor.pk).update(valid_until=OVER)

    text = desk.get(reverse("places")).text

    assert "East Given up" in text
    assert "Dr Osei Retired" in text


def test_a_site_is_opened_and_chairs_are_added_there(clinic, desk):
    a_skill(clinic=clinic, key="draw-chair")
    opened = desk.post(reverse("site-new"), {"name": "West", "zone": "Europe/Amsterdam", "country": "nl"})
    site = Site.objects.get()
    said = {"kind": "room", "name": "Chair", "count": "4", "site": str(site.uuid), "skills": ["draw-chair"]}

    added = desk.post(reverse("resource-new"), said)

    assert opened.location == added.location == reverse("places")
    assert (site.name, site.country) == ("West", "NL")
    chairs = Resource.objects.order_by("name").values_list("name", "group")
    assert list(chairs) == [(f"Chair {number}", "Chair") for number in range(1, 5)]


def test_a_room_with_no_site_is_refused_at_its_field(desk):
    page = desk.post(reverse("resource-new"), {"kind": "room", "name": "Room 1"})

    assert page.status == 422
    assert "Say at which site the room “Room 1” is." in page.text
    assert not Resource.objects.exists()


def test_a_skill_that_nobody_has_is_given_to_somebody(clinic, desk):
    doctor = a_practitioner(clinic=clinic)
    added = desk.post(reverse("skills"), {"name": "Prepares blood"})
    page = desk.get(added.location)

    desk.post(added.location, {"resource": str(doctor.uuid)})

    assert "Nobody and nothing: what needs it cannot be booked yet." in page.text
    assert {skill.name for skill in doctor.skills.all()} == {"Doctor", "Prepares blood"}


def test_a_skill_is_renamed_and_taken_out(clinic, desk):
    skill = a_skill(clinic=clinic, key="laser")

    desk.post(reverse("skill", args=[skill.uuid]), {"name": "Diode laser"})
    named = Skill.objects.get().name
    desk.post(reverse("skill-retire", args=[skill.uuid]))

    assert named == "Diode laser"
    assert not Skill.objects.exists()


def test_a_site_is_open_on_a_holiday_all_the_same_and_closed_again(clinic, desk):
    site = a_site(clinic=clinic)
    hours_at(site=site)
    room, url = a_room(site=site), reverse("site-holidays", args=[site.uuid])

    def is_open() -> bool:
        horizon = Horizon(site.tz, KINGS_DAY, KINGS_DAY)
        return bool(working_at(site=site, horizon=horizon).open[room.diary_id])

    before, page = is_open(), desk.get(url)
    desk.post(url, {"on": KINGS_DAY.isoformat(), "opens": "10:00", "closes": "14:00"})
    opened, shown = is_open(), desk.get(url)
    desk.post(url, {"on": KINGS_DAY.isoformat(), "closed": "on"})

    assert "King's Day" in page.text
    assert [before, opened, is_open()] == [False, True, False]
    assert "10:00–14:00" in shown.text


@pytest.mark.parametrize(
    ("said", "sentence"),
    [
        ({"on": "2027-04-28", "opens": "10:00", "closes": "14:00"}, ""),
        ({"on": KINGS_DAY.isoformat(), "opens": "14:00", "closes": "10:00"}, "The hours end before they"),
        ({"on": KINGS_DAY.isoformat(), "opens": "ten", "closes": "14:00"}, "That is not a time of day."),
        ({"on": "2027-02-30", "closed": "on"}, "Choose a day of the list."),
        ({"on": "2027-04-28", "closed": "on"}, "is no public holiday at"),
    ],
)
def test_hours_of_a_holiday_that_make_no_sense_are_refused(clinic, desk, said, sentence):
    site = a_site(clinic=clinic)

    page = desk.post(reverse("site-holidays", args=[site.uuid]), said)

    assert page.status in (400, 422)
    assert sentence in page.text
    assert not DayHours.objects.exists()


def test_hours_of_a_holiday_take_the_place_of_those_before(clinic, desk):
    site = a_site(clinic=clinic)
    url = reverse("site-holidays", args=[site.uuid])

    for opens in ("10:00", "11:00"):
        desk.post(url, {"on": KINGS_DAY.isoformat(), "opens": opens, "closes": "14:00"})

    assert [row.opens for row in DayHours.objects.all()] == [time(11)]


def test_what_patients_read_of_the_clinic_is_set(clinic, desk):
    said = {
        "name": "Grachten",
        "phone": "+31 20 123 4567",
        "email": "desk@grachten.example",
        "web": "https://grachten.example",
        "language": "nl",
    }

    desk.post(reverse("clinic-facts"), said)
    refused = desk.post(reverse("clinic-facts"), said | {"web": "javascript:alert(1)"})

    clinic.refresh_from_db()
    assert {name: getattr(clinic, name) for name in said} == said
    assert refused.status == 422
    assert "is no web address" in refused.text


def test_reminders_and_quiet_hours_are_set(clinic, desk):
    said = {
        "reminder_days_before": "3",
        "reminder_time": "11:30",
        "reminder_hours_before": "0",
        "quiet_from": "20:00",
        "quiet_until": "07:30",
        "names_treatments": "on",
    }

    desk.post(reverse("reminder-rules"), said)
    refused = desk.post(reverse("reminder-rules"), said | {"quiet_from": "07:00", "quiet_until": "06:00"})

    clinic.refresh_from_db()
    assert (clinic.reminder_days_before, clinic.reminder_time) == (3, time(11, 30))
    assert (clinic.quiet_from, clinic.quiet_until, clinic.names_treatments) == (time(20), time(7, 30), True)
    assert refused.status == 422
    assert "Quiet hours last 18 hours at the most." in refused.text
