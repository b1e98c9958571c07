"""The second step at signing in."""

from datetime import timedelta

import pytest
from allauth.mfa.models import Authenticator
from django.test import override_settings

from clinic.models import AuditEntry, Clinic
from tests.support.builders import a_clinic, a_user
from tests.support.desk import Desk, reception
from tests.support.second_step import code_at, is_you, password_given, set_up_app
from tests.support.worlds import a_course_world

pytestmark = pytest.mark.django_db


def test_with_an_app_the_password_alone_opens_nothing(user):
    set_up_app(Desk(user))
    desk = Desk()

    answer = password_given(desk, user.email)

    assert answer.location == "/sign-in/second-step/"
    assert "The second step" in desk.follow(answer).text
    assert desk.get("/").location.startswith("/sign-in/")


def test_the_code_of_the_app_opens_the_second_step(user):
    desk = Desk(user)
    secret, _ = set_up_app(desk)
    later = Desk(now=desk.now)
    step = later.follow(password_given(later, user.email))

    answer = later.send(step, "Sign in", code=code_at(secret, later.now))

    assert answer.location == "/"
    assert later.get("/").status == 200


def test_a_code_of_the_app_opens_it_once(user):
    first = Desk(user)
    secret, _ = set_up_app(first)
    code = code_at(secret, first.now)
    thief = Desk(now=first.now)
    other = Desk(now=first.now)
    other.send(other.follow(password_given(other, user.email)), "Sign in", code=code)

    answer = thief.send(thief.follow(password_given(thief, user.email)), "Sign in", code=code)

    assert "This code is not right" in answer.text
    assert thief.get("/").status == 302


def test_a_recovery_code_opens_it_once(user):
    _, codes = set_up_app(Desk(user))
    first, second = Desk(), Desk()

    answer = first.send(first.follow(password_given(first, user.email)), "Sign in", code=codes[0])
    again = second.send(second.follow(password_given(second, user.email)), "Sign in", code=codes[0])

    assert len(codes) == 10
    assert answer.location == "/"
    assert "This code is not right" in again.text


def test_recovery_codes_are_shown_once(user):
    desk = Desk(user)
    _, codes = set_up_app(desk)

    page = desk.get("/account/second-step/codes/")

    assert "10 codes left" in page.text
    assert not any(code in page.html for code in codes)


def test_new_recovery_codes_put_the_old_ones_out(user):
    desk = Desk(user)
    _, old = set_up_app(desk)

    shown = desk.follow(desk.send(desk.get("/account/second-step/codes/new/"), "Make new codes"))

    other = Desk(now=desk.now)
    answer = other.send(other.follow(password_given(other, user.email)), "Sign in", code=old[1])
    assert "Print them or write them down now" in shown.text
    assert "This code is not right" in answer.text


@pytest.mark.parametrize(
    "path",
    [
        "/account/second-step/app/",
        "/account/second-step/keys/new/",
        "/account/e-mail/",
    ],
)
def test_nobody_changes_how_one_signs_in_at_a_desk_left_open(user, path):
    desk = Desk(user)

    answer = desk.get(path)

    assert answer.status == 302
    assert answer.location.startswith("/account/again/password/")
    refused = desk.send(desk.follow(answer), "Go on", password="not the password")
    assert "That is not your password" in refused.text


def test_five_minutes_later_one_is_asked_again(user):
    desk = Desk(user)
    set_up_app(desk)
    soon = desk.get("/account/second-step/app/off/").status
    desk.now += timedelta(minutes=6)

    late = desk.get("/account/second-step/app/off/")

    assert soon == 200
    assert late.status == 302
    assert late.location.startswith("/account/again/")


def test_an_app_that_is_taken_off_is_asked_for_no_more(user):
    desk = Desk(user)
    set_up_app(desk)

    desk.send(desk.get("/account/second-step/app/off/"), "Take it off")

    assert password_given(Desk(), user.email).location == "/"
    assert not Authenticator.objects.exists()


@pytest.mark.reads_clock
def test_a_security_key_is_renamed_by_its_owner_alone(user):
    key = Authenticator.objects.create(
        user=user, type=Authenticator.Type.WEBAUTHN, data={"name": "Security key 1", "credential": {}}
    )
    desk, stranger = Desk(user), Desk(a_user(clinic=a_clinic()))
    path = f"/account/second-step/keys/{key.pk}/name/"
    form = is_you(desk, desk.get(path))

    refused = desk.send(form, "Keep this name", name=" ")
    renamed = desk.follow(desk.follow(desk.send(form, "Keep this name", name="The blue one")))

    assert refused.status == 422
    assert "Enter this: name of the key." in refused.text
    assert "The blue one" in renamed.text
    key.refresh_from_db()
    assert key.wrap().name == "The blue one"
    assert is_you(stranger, stranger.get(path)).status == 404


def test_the_secrets_lie_encrypted_in_the_database(user):
    secret, _ = set_up_app(Desk(user))

    kept = str(list(Authenticator.objects.values_list("data", flat=True)))

    assert secret not in kept
    assert "seed" in kept


def test_under_another_key_of_the_service_no_code_fits_not_even_a_recovery_code(user):
    desk = Desk(user)
    secret, codes = set_up_app(desk)

    with override_settings(SECRET_KEY="another key altogether"):
        other = Desk(now=desk.now)
        step = other.follow(password_given(other, user.email))
        answers = [other.send(step, "Sign in", code=code) for code in (code_at(secret, desk.now), codes[0])]

    assert all("This code is not right" in answer.text for answer in answers)


def test_the_key_before_is_read_while_it_is_named(user, settings):
    desk = Desk(user)
    secret, _ = set_up_app(desk)
    settings.SECRET_KEY_FALLBACKS = [settings.SECRET_KEY]
    settings.SECRET_KEY = "the next key of the service"

    other = Desk(now=desk.now)
    step = other.follow(password_given(other, user.email))

    assert other.send(step, "Sign in", code=code_at(secret, other.now)).location == "/"


@pytest.mark.django_db(transaction=True)
def test_the_first_factor_signs_out_who_came_in_without_it(user):
    stranger, owner = Desk(), Desk()
    password_given(stranger, user.email)
    password_given(owner, user.email)
    before = stranger.get("/").status

    set_up_app(owner)

    assert before == 200
    assert stranger.get("/").status == 302
    assert owner.get("/").status == 200


def test_a_wrong_code_is_told_to_the_trail(user):
    set_up_app(Desk(user))
    desk = Desk()

    desk.send(desk.follow(password_given(desk, user.email)), "Sign in", code="000000")

    assert AuditEntry.objects.filter(act="sign_in_refused", actor=str(user.uuid)).count() == 1


# --- whose clinic demands it ---------------------------------------------------------------------


def test_without_a_second_factor_no_page_of_a_clinic_that_demands_one_opens():
    world = a_course_world(demands_second_factor=True)
    desk = reception(world)
    paths = ["/", "/patients/", f"/patients/{world.patient.uuid}/", "/patients/new/"]

    answers = [desk.get(path) for path in paths]

    assert [answer.location for answer in answers] == ["/account/second-step/"] * len(paths)
    led = desk.follow(answers[2])
    assert "asks for a second step" in led.text
    assert "Marit" not in "".join(answer.html for answer in [*answers, led])


def test_a_form_sent_without_it_changes_nothing():
    world = a_course_world(demands_second_factor=True)
    desk = reception(world)
    said = {"given_name": "Ada", "family_name": "Blom", "language": "en", "message_consent": "yes"}

    answer = desk.post("/patients/new/", said)

    assert answer.location == "/account/second-step/"
    assert "Ada" not in reception(a_course_world()).get("/patients/").text
    assert not type(world.patient).objects.filter(given_name="Ada").exists()


def test_who_has_set_one_up_gets_to_the_pages():
    world = a_course_world(demands_second_factor=True)
    desk = reception(world)

    set_up_app(desk)

    assert "Marit" in desk.get("/patients/").html


def test_recovery_codes_alone_are_no_second_factor():
    world = a_course_world(demands_second_factor=True)
    desk = reception(world)
    set_up_app(desk)
    Authenticator.objects.exclude(type=Authenticator.Type.RECOVERY_CODES).delete()

    assert desk.get("/patients/").location == "/account/second-step/"


def test_the_demand_bites_on_the_next_request():
    world = a_course_world()
    desk = reception(world)
    before = desk.get("/patients/").status

    Clinic.objects.update(demands_second_factor=True)

    assert before == 200
    assert desk.get("/patients/").location == "/account/second-step/"


def test_one_may_sign_out_and_see_the_own_account_without_it():
    world = a_course_world(demands_second_factor=True)
    desk = reception(world)

    page = desk.get("/account/")

    assert "Set up a second step" in page.text
    assert desk.send(page, "Sign out").location == "/sign-in/"


def test_a_new_clinic_demands_it():
    assert Clinic._meta.get_field("demands_second_factor").default is True


def test_taking_it_off_needs_more_than_a_look(user):
    desk = Desk(user)
    set_up_app(desk)

    desk.get("/account/second-step/app/off/")

    assert Authenticator.objects.filter(type="totp").exists()


def test_reauthentication_goes_on_to_where_one_was_going(user):
    desk = Desk(user)

    page = is_you(desk, desk.get("/account/e-mail/"))

    assert "Change your e-mail" in page.text
