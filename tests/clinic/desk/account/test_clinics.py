"""Someone of several clinics chooses where they work."""

import pytest

from clinic.access.members import remove_member
from clinic.models import Clinic, Membership, User
from tests.support.builders import a_clinic, a_user, an_owner
from tests.support.cast import NOW
from tests.support.desk import Desk
from tests.support.worlds import a_course_world

pytestmark = pytest.mark.django_db


def of_two_clinics() -> tuple[User, Clinic, Clinic]:
    first = a_course_world(name="Hair and Skin").clinic
    second = a_clinic(name="Skin and Hair")
    user = a_user(clinic=first)
    Membership.objects.create(clinic=second, user=user, role="auditor")
    return user, first, second


def test_the_clinic_is_chosen_and_kept():
    user, first, second = of_two_clinics()
    desk = Desk(user)
    before = desk.get("/patients/")

    answer = desk.post("/clinics/", {"clinic": str(second.uuid)})

    assert "Hair and Skin" in before.text
    assert answer.location == "/"
    assert desk.get("/patients/").status == 403
    assert "Skin and Hair" in desk.get("/account/").text
    desk.post("/clinics/", {"clinic": str(first.uuid)})
    assert desk.get("/patients/").status == 200


def test_the_page_names_each_clinic_and_what_one_is_there():
    user, *_ = of_two_clinics()

    page = Desk(user).get("/clinics/")

    assert "Hair and Skin" in page.text
    assert "Skin and Hair" in page.text
    assert "auditor" in page.text
    assert "You are here" in page.text


def test_the_bar_leads_there_for_those_of_several_clinics_alone():
    user, *_ = of_two_clinics()

    assert "/clinics/" in Desk(user).get("/patients/").seen.links
    assert "/clinics/" not in Desk(a_user(clinic=a_clinic())).get("/patients/").seen.links


def test_a_clinic_that_one_does_not_belong_to_is_not_there():
    user, *_ = of_two_clinics()
    stranger = a_clinic(name="Far Away")

    answer = Desk(user).post("/clinics/", {"clinic": str(stranger.uuid)})

    assert answer.status == 404
    assert "Far Away" not in answer.text


def test_looking_at_the_page_chooses_nothing():
    user, _, second = of_two_clinics()
    desk = Desk(user)

    desk.get("/clinics/", clinic=str(second.uuid))

    assert desk.get("/patients/").status == 200


def test_a_membership_that_has_gone_falls_back_to_another_clinic():
    user, first, second = of_two_clinics()
    desk = Desk(user)
    desk.post("/clinics/", {"clinic": str(second.uuid)})

    gone = Membership.objects.get(user=user, clinic=second)
    remove_member(member=gone, by=an_owner(clinic=second), now=NOW)

    assert "Hair and Skin" in desk.get("/patients/").text
    assert first.name == "Hair and Skin"


def test_with_the_last_membership_the_desk_shuts():
    user, *_ = of_two_clinics()
    desk = Desk(user)

    Membership.objects.all().delete()

    assert desk.get("/patients/").status == 403


def test_a_second_factor_is_asked_for_where_it_is_demanded():
    user, _, second = of_two_clinics()
    Clinic.objects.filter(pk=second.pk).update(demands_second_factor=True)
    desk = Desk(user)

    before = desk.get("/patients/").status
    desk.post("/clinics/", {"clinic": str(second.uuid)})

    assert before == 200
    assert desk.get("/patients/").location == "/account/second-step/"
