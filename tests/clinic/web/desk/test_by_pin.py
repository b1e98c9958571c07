"""A session that a PIN began: worth less than a full one, and nothing without its device."""

from datetime import timedelta

import pytest
from django.urls import reverse

from clinic.access.shared_desk import MOST_WRONG_TRIES, TRUSTED_FOR, revoke_device
from clinic.identity.actors import Role
from clinic.identity.permissions import NOT_BY_PIN
from clinic.models import Membership
from clinic.web.desk.by_pin import COOKIE
from tests.support.builders import a_clinic, a_user, an_owner
from tests.support.cast import NOW, PASSWORD
from tests.support.matrix.doors import address, doors, is_own_account, paths
from tests.support.matrix.rows import rows_of_a_clinic
from tests.support.second_step import is_you, password_given
from tests.support.sharing import (
    OTHER_PIN,
    PIN,
    WRONG_PIN,
    a_pin,
    a_shared_desk,
    leave_alone,
    take_over,
    unlock,
)

pytestmark = pytest.mark.django_db

# Opening the lock and saying that someone still types is all that a PIN does there.
OPEN_TO_A_PIN = {"desk-unlock", "desk-awake"}
OWNERS_ADDRESS = "marguerite@clinic.example"


def test_coming_in_by_pin_is_no_full_sign_in(trusted, noor, bo):
    desk = a_shared_desk(trusted)
    for _ in range(MOST_WRONG_TRIES):
        take_over(desk, bo, WRONG_PIN)

    take_over(desk, noor, PIN)
    desk.get("/")

    assert take_over(desk, bo, OTHER_PIN).status == 422


def test_who_came_in_by_pin_does_not_change_a_pin(trusted, noor):
    desk = a_shared_desk(trusted)
    take_over(desk, noor, PIN)

    page = desk.get("/desk/")
    answer = desk.post("/desk/pin/", {"pin": OTHER_PIN, "again": OTHER_PIN})

    assert "You came in by PIN" in page.text
    assert answer.status == 403
    assert take_over(desk, noor, PIN).location == "/"


def test_revoking_a_device_ends_what_began_there_by_pin(clinic, trusted, noor):
    desk = a_shared_desk(trusted)
    take_over(desk, noor, PIN)
    assert desk.get("/").status == 200

    revoke_device(device=trusted.device, by=an_owner(clinic=clinic), now=NOW)

    assert desk.get("/").location.startswith("/sign-in/")
    assert desk.client.session.get("_auth_user_id") is None


def test_a_session_by_pin_ends_with_the_trust(trusted, noor):
    desk = a_shared_desk(trusted, now=NOW + TRUSTED_FOR - timedelta(minutes=2))
    take_over(desk, noor, PIN)
    assert desk.get("/").status == 200

    desk.now += timedelta(minutes=2)

    assert desk.get("/").location.startswith("/sign-in/")


def test_a_session_by_pin_is_worth_nothing_on_another_device(trusted, noor):
    desk = a_shared_desk(trusted)
    take_over(desk, noor, PIN)

    del desk.client.cookies[COOKIE]

    assert desk.get("/").location.startswith("/sign-in/")


@pytest.mark.reads_clock
def test_a_pin_of_one_clinic_leads_into_no_other(trusted, clinic, noor):
    elsewhere = a_clinic(name="Elsewhere")
    Membership.objects.create(clinic=elsewhere, user=noor, role="owner")
    desk = a_shared_desk(trusted)
    take_over(desk, noor, PIN)
    assert "Hair and Skin" in desk.get("/").text

    session = desk.client.session
    session["clinic"] = str(elsewhere.uuid)
    with desk.clock():
        session.save()

    assert desk.get("/").location.startswith("/sign-in/")


# --- what a PIN does not open ----------------------------------------------------------------------


@pytest.fixture
def by_pin(trusted, clinic):
    """An owner who came in by PIN."""
    owner = a_user(clinic=clinic, role=Role.OWNER, name="Marguerite van Rijn", email=OWNERS_ADDRESS)
    a_pin(device=trusted.device, user=owner)
    desk = a_shared_desk(trusted)
    take_over(desk, owner, PIN)
    assert desk.get("/").status == 200
    return desk


def is_told_to_sign_in_fully(page):
    return page.status == 403 and "sign in with your password" in page.text


def test_no_page_of_ones_own_account_opens_to_a_pin(by_pin):
    words = {"pk": 1, "token": "x"}
    own = {
        name: reverse(name, kwargs={key: words[key] for key in pattern.pattern.converters})
        for name, pattern in paths()
        if is_own_account(pattern.callback) and name not in OPEN_TO_A_PIN
    }

    answers = {name: (by_pin.get(url), by_pin.post(url)) for name, url in own.items()}

    assert {"account_reauthenticate", "mfa_reauthenticate", "mfa_edit_webauthn", "sessions-end"} < own.keys()
    for name, asked in answers.items():
        told = [is_told_to_sign_in_fully(page) for page in asked if page.status != 405]
        assert told, name
        assert all(told), name


def test_a_pin_goes_on_with_no_sign_in_that_was_just_confirmed(trusted, noor):
    desk = a_shared_desk(trusted)
    password_given(desk, noor.email)
    is_you(desk, desk.get("/account/e-mail/"))
    assert desk.get("/account/e-mail/").status == 200

    take_over(desk, noor, PIN)

    assert is_told_to_sign_in_fully(desk.get("/account/e-mail/"))


def test_a_lock_that_a_pin_opened_leaves_ones_own_account_shut(trusted, noor):
    desk = a_shared_desk(trusted, user=noor)
    assert desk.get("/account/").status == 200
    leave_alone(desk)

    unlock(desk, desk.get("/account/"), PIN)

    assert is_told_to_sign_in_fully(desk.get("/account/"))


def test_by_pin_nobody_lets_others_in_or_changes_how_one_gets_in(by_pin):
    rows = rows_of_a_clinic()
    shut = [door for door in doors() if door.is_page and door.act in NOT_BY_PIN]

    answers = {
        str(door): by_pin.get(url) if door.method == "GET" else by_pin.post(url)
        for door, url in ((door, address(door, rows)) for door in shut)
    }

    assert {"GET members", "POST invite", "POST member-remove", "POST keys", "POST house"} < answers.keys()
    assert all(is_told_to_sign_in_fully(page) for page in answers.values() if page.status != 405)


def test_a_device_is_revoked_by_pin_for_that_shuts_a_door(by_pin, trusted):
    assert by_pin.post(f"/desk/devices/{trusted.device.uuid}/revoke/").location == "/desk/"

    assert by_pin.get("/").location.startswith("/sign-in/")


def test_the_refusal_leads_through_the_full_sign_in_to_the_page_that_was_asked_for(by_pin):
    refusal = by_pin.get("/account/password/")

    sign_in = by_pin.follow(by_pin.send(refusal, "Sign out, then sign in"))
    answer = by_pin.send(sign_in, "Sign in", login=OWNERS_ADDRESS, password=PASSWORD)

    assert answer.location == "/account/password/"
    assert by_pin.follow(answer).status == 200
