"""A session that a PIN began: worth less than a full one, and nothing without its device."""

from datetime import timedelta

import pytest

from clinic.models import Membership
from clinic.shared_desk import MOST_WRONG_TRIES, TRUSTED_FOR, revoke_device
from clinic.web.by_pin import COOKIE
from tests.builders import a_clinic, a_user, an_owner
from tests.cast import NOW
from tests.sharing import OTHER_PIN, PIN, WRONG_PIN, a_pin, a_shared_desk, a_trusted_device, take_over

pytestmark = pytest.mark.django_db


@pytest.fixture
def clinic():
    return a_clinic(name="Hair and Skin")


@pytest.fixture
def noor(clinic):
    return a_user(clinic=clinic, name="Noor Bakker")


@pytest.fixture
def bo(clinic):
    return a_user(clinic=clinic, name="Bo Smit")


@pytest.fixture
def trusted(clinic, noor, bo):
    """A device on which Noor and Bo have PINs."""
    trusted = a_trusted_device(clinic=clinic)
    a_pin(device=trusted.device, user=noor)
    a_pin(device=trusted.device, user=bo, pin=OTHER_PIN)
    return trusted


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
