"""The shared desk at the screen: trusting it, one's own PIN, and who takes over."""

import pytest
from django.test import override_settings

from clinic.access.shared_desk import MOST_WRONG_TRIES, TRUSTED_FOR
from clinic.identity.actors import Role
from clinic.models import DeskPin, TrustedDevice
from clinic.web.desk.by_pin import COOKIE
from tests.support.builders import a_clinic, a_user
from tests.support.cast import NOW
from tests.support.desk import Desk
from tests.support.sharing import OTHER_PIN, PIN, WRONG_PIN, a_shared_desk, a_trusted_device, take_over

pytestmark = pytest.mark.django_db


def test_an_administrator_trusts_the_device_for_thirty_days(clinic):
    desk = Desk(a_user(clinic=clinic, role=Role.ADMINISTRATOR))

    answer = desk.send(desk.get("/desk/"), "Trust it", label="Front desk, left")

    page = desk.follow(answer)
    assert "“Front desk, left” is trusted until Wednesday 3 February 2027" in page.text
    cookie = desk.client.cookies[COOKIE]
    assert (cookie["httponly"], cookie["samesite"]) == (True, "Lax")
    assert cookie["max-age"] == TRUSTED_FOR.total_seconds()
    assert not cookie["secure"]
    assert cookie.value not in page.html


@override_settings(SESSION_COOKIE_SECURE=True)
def test_the_cookie_of_a_device_travels_encrypted_where_sessions_do(clinic):
    desk = Desk(a_user(clinic=clinic, role=Role.ADMINISTRATOR))

    desk.send(desk.get("/desk/"), "Trust it", label="Front desk")

    assert desk.client.cookies[COOKIE]["secure"]


def test_a_receptionist_is_told_who_may_trust_the_device(noor):
    page = Desk(noor).get("/desk/")

    assert "once an owner or administrator trusts this device" in page.text
    assert "Trust it" not in page.text
    assert Desk(noor).post("/desk/trust/", {"label": "Mine"}).status == 403
    assert not TrustedDevice.objects.exists()


def test_a_device_without_a_name_is_not_trusted(clinic):
    desk = Desk(a_user(clinic=clinic, role=Role.OWNER))

    page = desk.send(desk.get("/desk/"), "Trust it", label=" ")

    assert page.status == 422
    assert "say where it stands" in page.text


def test_everyone_sets_a_pin_of_their_own(clinic, noor):
    desk = a_shared_desk(a_trusted_device(clinic=clinic), user=noor)

    answer = desk.send(desk.get("/desk/"), "Set the PIN", pin=PIN, again=PIN)

    assert "Your PIN is set" in desk.follow(answer).text
    assert take_over(desk, noor, PIN).location == "/"


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ({"pin": PIN, "again": OTHER_PIN}, "not the same"),
        ({"pin": "1234", "again": "1234"}, "first that anyone tries"),
        ({"pin": "12", "again": "12"}, "4 to 8 digits and nothing else"),
        ({"pin": "", "again": ""}, "Enter 4 to 8 digits"),
    ],
)
def test_a_pin_that_will_not_do_is_refused_beside_its_field(clinic, noor, typed, said):
    desk = a_shared_desk(a_trusted_device(clinic=clinic), user=noor)

    page = desk.send(desk.get("/desk/"), "Set the PIN", **typed)

    assert page.status == 422
    assert said in page.text
    assert not DeskPin.objects.exists()


def test_no_pin_is_set_on_a_device_that_is_not_trusted(noor):
    desk = Desk(noor)

    page = desk.follow(desk.post("/desk/pin/", {"pin": PIN, "again": PIN}))

    assert "a PIN is of no use here" in page.text
    assert not DeskPin.objects.exists()


def test_people_switch_and_the_bar_says_who_acts(trusted, noor, bo):
    desk = a_shared_desk(trusted, user=noor)
    first = desk.get("/")

    people = desk.get("/desk/switch/")
    chosen = desk.get(f"/desk/switch/{next(link for link in people.seen.links if str(bo.uuid) in link)}")
    answer = desk.send(chosen, "Take over", pin=OTHER_PIN)

    assert "Noor Bakker" in first.text
    assert "Noor Bakker is acting" in people.text
    second = desk.follow(answer)
    assert "Bo Smit" in second.text
    assert "Receptionist · Hair and Skin" in second.text
    assert "Noor Bakker" not in second.text


def test_who_is_signed_out_comes_in_by_pin(trusted, noor):
    desk = a_shared_desk(trusted)

    way_in = desk.get("/sign-in/")
    answer = take_over(desk, noor, PIN)

    assert "/desk/switch/" in way_in.seen.links
    assert "Noor Bakker" in desk.follow(answer).text


def test_the_sign_in_of_any_other_device_offers_no_pin(noor):
    desk = Desk()

    page = desk.get("/desk/switch/")

    assert "/desk/switch/" not in desk.get("/sign-in/").seen.links
    assert page.status == 403
    assert "not trusted" in page.text
    assert take_over(desk, noor, PIN).status == 403


@pytest.mark.reads_clock
def test_taking_over_begins_a_session_that_keeps_nothing_of_the_one_before(trusted, noor, bo):
    desk = a_shared_desk(trusted, user=noor)
    desk.get("/")
    session = desk.client.session
    session["half done"] = "Noor’s"
    with desk.clock():
        session.save()
    before = session.session_key

    take_over(desk, bo, OTHER_PIN)

    assert desk.client.session.session_key != before
    assert "half done" not in desk.client.session
    assert not desk.client.session.exists(str(before))


def test_a_wrong_pin_says_how_many_tries_are_left_and_lets_nobody_in(trusted, noor, bo):
    desk = a_shared_desk(trusted, user=noor)

    page = take_over(desk, bo, WRONG_PIN)

    assert page.status == 422
    assert "not the PIN of Bo Smit. 4 tries are left." in page.text
    assert WRONG_PIN not in page.html
    assert "Noor Bakker" in desk.get("/").text


def test_a_void_pin_is_shown_as_void_and_works_again_after_a_full_sign_in(trusted, noor, bo):
    desk = a_shared_desk(trusted)
    for _ in range(MOST_WRONG_TRIES):
        take_over(desk, bo, WRONG_PIN)
    void = desk.get("/desk/switch/")
    refused = take_over(desk, bo, OTHER_PIN)

    a_shared_desk(trusted, user=bo).get("/")

    assert "PIN void" in void.text
    assert refused.status == 422
    assert "void" in refused.text
    assert take_over(desk, bo, OTHER_PIN).location == "/"


def test_taking_over_leads_on_to_a_page_of_ours_alone(trusted, noor):
    desk = a_shared_desk(trusted)

    ours = take_over(desk, noor, PIN, next="/patients/?search=vries")
    others = [
        take_over(desk, noor, PIN, next=there)
        for there in ("https://evil.example/", "//evil.example/", "javascript:alert(1)", "\\\\evil.example")
    ]

    assert ours.location == "/patients/?search=vries"
    assert {answer.location for answer in others} == {"/"}


def test_the_owner_sees_every_trusted_device_and_revokes_it(clinic, trusted):
    desk = Desk(a_user(clinic=clinic, role=Role.OWNER))
    a_trusted_device(clinic=a_clinic(), label="Foreign desk")

    page = desk.get("/desk/")
    answer = desk.send(page, "Trust no more")

    assert "Front desk" in page.text
    assert "Foreign desk" not in page.text
    assert "trusted no more" in desk.follow(answer).text
    assert not TrustedDevice.objects.get(pk=trusted.device.pk).is_trusted(NOW)


def test_reading_the_pages_of_the_desk_never_acts(trusted, noor):
    desk = a_shared_desk(trusted, user=noor)
    urls = ["/desk/trust/", "/desk/pin/", f"/desk/devices/{trusted.device.uuid}/revoke/", "/desk/unlock/"]

    answers = {desk.get(url).status for url in urls}
    desk.get("/desk/switch/", who=str(noor.uuid), pin=PIN)

    assert answers == {405}
    assert trusted.device.is_trusted(NOW)
