"""Sites and resources at the desk: changed, retired once it is seen what stands in the way, brought back."""

from datetime import timedelta

import pytest
from django.urls import reverse

from clinic.identity.actors import Role
from clinic.models import Resource, Site
from tests.support.acts.absences import TUESDAY, a_session
from tests.support.builders import a_clinic, a_user
from tests.support.desk import Desk, reception
from tests.support.worlds import World

pytestmark = pytest.mark.django_db


def owners_desk(world: World) -> Desk:
    return Desk(a_user(clinic=world.clinic, role=Role.OWNER))


def test_a_doctor_gets_another_name_and_keeps_her_skills(world):
    desk, doctor = owners_desk(world), world.doctors[0]
    page = desk.get(reverse("resource", args=[doctor.uuid]))

    desk.send(page, "Keep these", name="Dr Osei-Bonsu")

    changed = Resource.objects.get(pk=doctor.pk)
    assert changed.name == "Dr Osei-Bonsu"
    assert [skill.key for skill in changed.skills.all()] == ["doctor"]


def test_who_retires_is_asked_about_what_is_booked_first_and_may_leave_it_so(world):
    desk, doctor = owners_desk(world), world.doctors[0]
    session = a_session(world, "10:00", practitioner=doctor)
    url = reverse("resource-last-day", args=[doctor.uuid])
    last = TUESDAY - timedelta(days=1)

    asked = desk.post(url, {"valid_from": "", "valid_until": last.isoformat()})
    stands = Resource.objects.get(pk=doctor.pk).valid_until
    kept = desk.send(asked, "Keep these", keeps_booked="on")

    assert (asked.status, stands) == (422, None)
    assert "1 session in the way" in asked.text
    assert f"/visits/{session.uuid}/" in asked.seen.links
    assert kept.location == reverse("resource", args=[doctor.uuid])
    assert Resource.objects.get(pk=doctor.pk).valid_until == last


def test_who_retired_is_brought_back(world):
    desk, doctor = owners_desk(world), world.doctors[0]
    url = reverse("resource-last-day", args=[doctor.uuid])
    desk.post(url, {"valid_from": "", "valid_until": "2027-06-30"})

    desk.send(desk.get(url), "Keep these", valid_until="")

    assert Resource.objects.get(pk=doctor.pk).valid_until is None


def test_a_site_gets_an_address_and_a_zone_that_is_none_is_said_at_its_field(world):
    desk, url = owners_desk(world), reverse("site", args=[world.site.uuid])

    desk.send(desk.get(url), "Keep these", address="Keizersgracht 1")
    refused = desk.send(desk.get(url), "Keep these", zone="Mars/Olympus")

    assert Site.objects.get(pk=world.site.pk).address == "Keizersgracht 1"
    assert refused.status == 400
    assert "is not an IANA time zone" in refused.text
    assert refused.form("Keep these").fields["zone"] == ["Mars/Olympus"]


@pytest.mark.parametrize("page", ["site", "resource", "site-last-day", "resource-last-day"])
def test_reception_changes_no_place_and_nobody_sees_another_clinics(world, page):
    place = world.site if page.startswith("site") else world.doctors[0]
    url = reverse(page, args=[place.uuid])
    stranger = Desk(a_user(clinic=a_clinic(), role=Role.OWNER))

    assert reception(world).get(url).status == 403
    assert stranger.get(url).status == 404
