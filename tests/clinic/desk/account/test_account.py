"""One's own account: name, address, password."""

import re
import smtplib

import pytest
from django.contrib.auth.hashers import check_password, identify_hasher, make_password
from django.core import mail
from django.urls import NoReverseMatch, reverse

from clinic import settings as product
from clinic.models import Membership, User
from tests.support.builders import a_clinic, a_user
from tests.support.cast import PASSWORD
from tests.support.desk import Desk
from tests.support.second_step import is_you, password_given

pytestmark = pytest.mark.django_db
NEW = "another long enough password"


@pytest.fixture
def user():
    return a_user(clinic=a_clinic(name="Hair and Skin"), email="noor@clinic.example", name="Noor Bakker")


def link_in(message: mail.EmailMessage) -> str:
    """The path of the one link in a mail."""
    found = re.search(r"https?://[^/\s]+(/\S+)", str(message.body))
    assert found
    return found[1]


def ask_for_a_new_password(email: str) -> str:
    Desk().post("/password/", {"email": email})
    return link_in(mail.outbox[-1])


def ask_for_a_new_address(desk: Desk, email: str) -> str:
    form = is_you(desk, desk.get("/account/e-mail/"))
    desk.send(form, "Send the link", email=email)
    return link_in(mail.outbox[-1])


def test_the_account_is_reached_from_the_name_at_the_top(user):
    desk = Desk(user)

    page = desk.get("/")

    assert "/account/" in page.seen.links
    assert "noor@clinic.example" in desk.get("/account/").text


def test_the_name_is_changed(user):
    desk = Desk(user)

    page = desk.follow(desk.send(desk.get("/account/name/"), "Keep this name", name="Noor de Boer"))

    assert "Noor de Boer" in page.text
    assert User.objects.get().name == "Noor de Boer"


def test_an_empty_name_is_refused(user):
    desk = Desk(user)

    answer = desk.send(desk.get("/account/name/"), "Keep this name", name="  ")

    assert answer.status == 422
    assert "Enter your name" in answer.text


# --- address -------------------------------------------------------------------------------------


def test_a_new_address_counts_from_its_link_on(user, mailoutbox):
    desk = Desk(user)
    link = ask_for_a_new_address(desk, "noor@new.example")
    before = User.objects.get().email
    looked = desk.get(link)
    after_looking = User.objects.get().email

    desk.send(looked, "Use this address")

    assert mailoutbox[0].to == ["noor@new.example"]
    assert before == after_looking == "noor@clinic.example"
    assert User.objects.get().email == "noor@new.example"
    assert password_given(Desk(), "noor@new.example").location == "/"
    assert password_given(Desk(), "noor@clinic.example").status == 422


def test_the_old_address_is_told(user, mailoutbox):
    desk = Desk(user)
    desk.send(desk.get(ask_for_a_new_address(desk, "noor@new.example")), "Use this address")

    told = mailoutbox[-1]

    assert told.to == ["noor@clinic.example"]
    assert "was changed" in told.subject


def test_the_link_of_a_new_address_works_once(user, mailoutbox):
    desk = Desk(user)
    link = ask_for_a_new_address(desk, "noor@new.example")
    desk.send(desk.get(link), "Use this address")

    again = desk.post(link)

    assert again.status == 404
    assert "This link works no more" in again.text


def test_the_link_of_a_new_address_is_of_no_use_to_others(user, mailoutbox):
    link = ask_for_a_new_address(Desk(user), "noor@new.example")
    other = a_user(clinic=a_clinic(), email="ada@clinic.example")

    answers = [Desk(other).post(link).status, Desk().post(link).status]

    assert answers == [404, 302]
    assert set(User.objects.values_list("email", flat=True)) == {user.email, other.email}


def test_the_address_of_another_account_is_refused(user, mailoutbox):
    a_user(clinic=a_clinic(), email="ada@clinic.example")
    desk = Desk(user)
    form = is_you(desk, desk.get("/account/e-mail/"))

    answer = desk.send(form, "Send the link", email="Ada@clinic.example")

    assert answer.status == 409
    assert "the address of another account" in answer.text
    assert mailoutbox == []


# --- password ------------------------------------------------------------------------------------


def test_the_password_is_changed_by_who_knows_the_old_one(user, mailoutbox):
    desk, other = Desk(user), Desk(user)
    form = desk.get("/account/password/")

    desk.send(form, "Change the password", oldpassword=PASSWORD, password1=NEW, password2=NEW)

    assert desk.get("/").status == 200
    assert other.get("/").status == 302
    assert password_given(Desk(), user.email).status == 422
    assert password_given(Desk(), user.email, NEW).location == "/"
    assert mailoutbox[0].subject == "Your password for Coursebook was changed"


def test_without_the_old_password_it_stays(user):
    desk = Desk(user)

    form = desk.get("/account/password/")
    answer = desk.send(form, "Change the password", oldpassword="wrong", password1=NEW, password2=NEW)

    assert answer.status == 422
    assert "That is not the password you have now" in answer.text


@pytest.mark.parametrize("weak", ["short one", "1234567890", "password123"])
def test_a_weak_password_is_refused(user, weak):
    desk = Desk(user)
    form = desk.get("/account/password/")

    answer = desk.send(form, "Change the password", oldpassword=PASSWORD, password1=weak, password2=weak)

    assert answer.status == 422
    assert check_password(PASSWORD, User.objects.get().password)


def test_a_password_of_small_letters_alone_is_good_if_it_is_long(user):
    desk = Desk(user)
    words = "marigold thread bead"
    form = desk.get("/account/password/")

    answer = desk.send(form, "Change the password", oldpassword=PASSWORD, password1=words, password2=words)

    assert answer.location == "/account/"


def test_passwords_are_kept_with_argon2id(settings):
    settings.PASSWORD_HASHERS = product.PASSWORD_HASHERS

    kept = make_password("a long enough password")

    assert kept.startswith("argon2$argon2id$")
    assert identify_hasher(kept).algorithm == "argon2"


# --- forgotten -----------------------------------------------------------------------------------


def test_a_forgotten_password_is_set_by_mail(user, mailoutbox):
    link = ask_for_a_new_password(user.email)
    desk = Desk()
    form = desk.follow(desk.get(link))

    answer = desk.send(form, "Set this password", password1=NEW, password2=NEW)

    assert "Sign in with it from now on" in desk.follow(answer).text
    assert password_given(Desk(), user.email, NEW).location == "/"
    assert [message.to for message in mailoutbox] == [[user.email], [user.email]]


def test_setting_it_signs_out_every_browser(user, mailoutbox):
    lost = Desk(user)
    desk = Desk()
    form = desk.follow(desk.get(ask_for_a_new_password(user.email)))

    desk.send(form, "Set this password", password1=NEW, password2=NEW)

    assert lost.get("/").status == 302


def test_the_link_of_a_forgotten_password_works_once(user, mailoutbox):
    link = ask_for_a_new_password(user.email)
    desk = Desk()
    form = desk.follow(desk.get(link))
    desk.send(form, "Set this password", password1=NEW, password2=NEW)

    assert "This link works no more" in Desk().get(link).text


def test_looking_at_the_link_changes_nothing(user, mailoutbox):
    link = ask_for_a_new_password(user.email)

    for _ in range(3):
        desk = Desk()
        desk.follow(desk.get(link))

    assert password_given(Desk(), user.email).location == "/"


def test_an_address_that_nobody_has_is_answered_alike_and_gets_a_mail_that_says_so(user, mailoutbox):
    known, unknown = Desk(), Desk()

    answers = [
        desk.follow(desk.post("/password/", {"email": email}))
        for desk, email in ((known, user.email), (unknown, "nobody@clinic.example"))
    ]

    assert answers[0].text == answers[1].text
    # One mail each, so that the time it takes tells nothing.
    assert [message.to for message in mailoutbox] == [[user.email], ["nobody@clinic.example"]]
    assert "nobody signs in with this address" in mailoutbox[1].body


def test_a_mail_server_that_is_away_breaks_no_page(user, monkeypatch, mailoutbox):
    def away(self, fail_silently=False):
        raise smtplib.SMTPServerDisconnected("away")

    monkeypatch.setattr(mail.EmailMessage, "send", away)
    desk = Desk(user)
    form = desk.get("/account/password/")

    forgotten = Desk().post("/password/", {"email": user.email})
    changed = desk.send(form, "Change the password", oldpassword=PASSWORD, password1=NEW, password2=NEW)

    assert forgotten.status == 302
    assert changed.location == "/account/"
    assert password_given(Desk(), user.email, NEW).location == "/"


# --- no way in besides ---------------------------------------------------------------------------


def test_nobody_registers_themselves():
    with pytest.raises(NoReverseMatch):
        reverse("account_signup")

    answers = [Desk().get(path).status for path in ("/signup/", "/account/signup/", "/accounts/signup/")]
    assert set(answers) <= {302, 404}
    assert not User.objects.exists()


def test_who_belongs_to_no_clinic_sees_the_own_account_alone(user):
    Membership.objects.all().delete()
    desk = Desk(user)

    assert desk.get("/").status == 403
    assert "belongs to no clinic" in desk.get("/account/").text
