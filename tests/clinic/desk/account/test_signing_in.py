"""Signing in and out."""

import pytest
from django.urls import reverse

from clinic.models import User
from tests.support.builders import a_clinic, a_user
from tests.support.cast import PASSWORD
from tests.support.desk import Desk

pytestmark = pytest.mark.django_db


def test_who_signs_in_arrives_at_the_day_sheet():
    user = a_user(clinic=a_clinic(name="Hair and Skin"), email="noor@clinic.example", name="Noor Bakker")
    desk = Desk()

    answer = desk.send(desk.get("/sign-in/"), "Sign in", login=user.email, password=PASSWORD)

    assert answer.location == "/"
    page = desk.follow(answer)
    assert "Noor Bakker" in page.text
    assert "Hair and Skin" in page.text


def test_who_was_on_the_way_to_a_page_arrives_there():
    user = a_user(clinic=a_clinic())
    desk = Desk()
    sign_in = desk.follow(desk.get("/patients/?search=vries"))

    answer = desk.send(sign_in, "Sign in", login=user.email, password=PASSWORD)

    assert answer.location == "/patients/?search=vries"


@pytest.mark.parametrize("elsewhere", ["https://evil.example/", "//evil.example/", "javascript:alert(1)"])
def test_signing_in_never_leads_away_from_the_service(elsewhere):
    user = a_user(clinic=a_clinic())
    desk = Desk()

    answer = desk.post("/sign-in/", {"login": user.email, "password": PASSWORD, "next": elsewhere})

    assert answer.location == "/"


def test_a_wrong_password_says_what_to_do_and_not_which_half_was_wrong():
    user = a_user(clinic=a_clinic())
    desk = Desk()

    known = desk.post("/sign-in/", {"login": user.email, "password": "wrong"})
    unknown = desk.post("/sign-in/", {"login": "nobody@clinic.example", "password": "wrong"})

    assert known.status == unknown.status == 422
    sentence = "E-mail and password do not belong together. Check both, or ask your administrator."
    assert sentence in known.text
    assert sentence in unknown.text
    assert "wrong" not in known.html


def test_an_account_that_is_switched_off_does_not_sign_in():
    user = a_user(clinic=a_clinic())
    User.objects.update(is_active=False)
    desk = Desk()

    answer = desk.post("/sign-in/", {"login": user.email, "password": PASSWORD})

    assert answer.status == 422


@pytest.mark.reads_clock
def test_signing_in_changes_the_session_so_that_a_planted_one_is_worth_nothing():
    user = a_user(clinic=a_clinic())
    desk = Desk()
    desk.client.session.save()
    planted = desk.client.session.session_key

    desk.post("/sign-in/", {"login": user.email, "password": PASSWORD})

    assert desk.client.session.session_key != planted


def test_who_signs_out_is_out():
    desk = Desk(a_user(clinic=a_clinic()))

    answer = desk.send(desk.get("/"), "Sign out")

    assert answer.location == "/sign-in/"
    assert desk.get("/").status == 302


def test_who_is_signed_in_already_goes_on():
    desk = Desk(a_user(clinic=a_clinic()))

    assert desk.get(reverse("sign-in")).location == "/"
