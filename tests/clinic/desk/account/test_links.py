"""Links in mails about accounts lead to the service, whatever host a request was sent to."""

import re

import pytest
from django.test import Client

from clinic.identity.actors import Role
from tests.support.builders import a_clinic, a_user
from tests.support.cast import PASSWORD
from tests.support.desk import Desk

pytestmark = pytest.mark.django_db
NEW = "another long enough password"


@pytest.fixture(params=["evil.example", "localhost:1", "book.clinic.example:8443"])
def elsewhere(request, settings):
    """A browser, or a forger, that names another host than the service's; every name is let in."""
    settings.BASE_URL = "https://book.clinic.example"
    settings.ALLOWED_HOSTS = ["*"]
    return lambda user=None: Desk(user, client=Client(headers={"host": request.param}))


def hosts_in(mails) -> set[str]:
    bodies = [str(mail.body) for mail in mails] + [str(mail.alternatives[0][0]) for mail in mails]
    return {host for body in bodies for host in re.findall(r"https?://[^/\s\"<]+", body)}


def test_the_link_of_a_forgotten_password_leads_to_the_service(elsewhere, mailoutbox):
    user = a_user(clinic=a_clinic())

    elsewhere().post("/password/", {"email": user.email})
    elsewhere().post("/password/", {"email": "nobody@clinic.example"})

    assert len(mailoutbox) == 2
    assert hosts_in(mailoutbox) == {"https://book.clinic.example"}


def test_every_other_mail_about_an_account_leads_to_the_service_too(elsewhere, mailoutbox):
    user = a_user(clinic=a_clinic(), role=Role.ADMINISTRATOR)
    desk = elsewhere(user)
    form = desk.get("/account/password/")

    desk.send(form, "Change the password", oldpassword=PASSWORD, password1=NEW, password2=NEW)

    assert hosts_in(mailoutbox) == {"https://book.clinic.example"}


def test_the_link_that_came_still_sets_a_new_password(mailoutbox):
    user = a_user(clinic=a_clinic())
    Desk().post("/password/", {"email": user.email})
    found = re.search(r"https?://[^/\s]+(/\S+)", str(mailoutbox[-1].body))
    assert found

    desk = Desk()
    form = desk.follow(desk.get(found[1]))
    desk.send(form, "Set this password", password1=NEW, password2=NEW)

    user.refresh_from_db()
    assert user.check_password(NEW)
