"""What the trail is told of signing in and out."""

import json

import pytest

from clinic.models import AuditDetail, AuditEntry, Membership, User
from tests.support.builders import a_clinic, a_user
from tests.support.cast import PASSWORD
from tests.support.desk import Desk
from tests.support.second_step import password_given, set_up_app

pytestmark = pytest.mark.django_db


@pytest.fixture
def user():
    """Someone of two clinics."""
    user = a_user(clinic=a_clinic(), email="noor@clinic.example")
    Membership.objects.create(clinic=a_clinic(), user=user, role="auditor")
    return user


def told(user: User, act: str) -> list[tuple[int, str]]:
    rows = AuditEntry.objects.filter(actor=str(user.uuid), act=act).order_by("pk")
    return [(row.clinic_id, row.role) for row in rows]


def clinics_of(user: User) -> list[tuple[int, str]]:
    return [(row.clinic_id, row.role) for row in Membership.objects.filter(user=user).order_by("pk")]


def test_each_clinic_is_told_who_signed_in(user):
    password_given(Desk(), user.email)

    assert told(user, "signed_in") == clinics_of(user)


def test_each_clinic_is_told_who_signed_out(user):
    desk = Desk(user)

    desk.send(desk.get("/account/"), "Sign out")

    assert told(user, "signed_out") == clinics_of(user)


def test_each_clinic_is_told_of_a_refused_sign_in(user):
    password_given(Desk(), user.email, "a wrong password")

    assert told(user, "sign_in_refused") == clinics_of(user)
    assert told(user, "signed_in") == []


def test_an_address_that_nobody_has_is_told_to_no_one(user, caplog):
    before = AuditEntry.objects.count()

    password_given(Desk(), "a.secret@clinic.example", "a wrong password")

    assert AuditEntry.objects.count() == before
    assert "a.secret" not in caplog.text


def test_the_password_is_not_in_the_trail_and_not_in_the_log(user, caplog):
    password_given(Desk(), user.email, "kwikstaart kwikstaart")
    password_given(Desk(), user.email)

    kept = " ".join(AuditDetail.objects.values_list("values", flat=True)) + caplog.text
    assert "kwikstaart" not in kept
    assert PASSWORD not in kept


@pytest.mark.django_db(transaction=True)
def test_each_clinic_is_told_of_a_changed_sign_in(user):
    desk = Desk(user)
    new = "another long enough password"

    set_up_app(desk)
    form = desk.get("/account/password/")
    desk.send(form, "Change the password", oldpassword=PASSWORD, password1=new, password2=new)

    details = AuditDetail.objects.filter(
        entry_uuid__in=AuditEntry.objects.filter(act="changed_sign_in").values("uuid")
    )
    changed = [json.loads(detail.values)["after"]["changed"] for detail in details.order_by("pk")]
    assert told(user, "changed_sign_in") == clinics_of(user) * 2
    assert changed == ["totp_activated"] * 2 + ["password_changed"] * 2


@pytest.mark.django_db(transaction=True)
def test_the_owner_of_the_account_gets_a_mail_about_it(user, mailoutbox):
    set_up_app(Desk(user))

    (told_by_mail,) = mailoutbox

    assert told_by_mail.to == [user.email]
    assert "authenticator app was set up" in told_by_mail.subject
    assert "If it was you, there is nothing to do" in told_by_mail.body
