"""Invitations: the one way in."""

from datetime import timedelta

import pytest

from clinic.access.invitations import (
    NewAccount,
    NewInvitation,
    accept_invitation,
    invitation_with,
    invite_member,
    open_invitations,
    revoke_invitation,
)
from clinic.errors import ClinicError
from clinic.identity.actors import Role
from clinic.identity.tokens import digest_of
from clinic.models import AuditEntry, Clinic, Invitation, Membership, User
from tests.support.builders import a_clinic, a_practitioner, a_site, a_user, an_actor, an_owner
from tests.support.cast import NOW, PASSWORD
from tests.support.desk import Desk
from tests.support.second_step import password_given

pytestmark = pytest.mark.django_db


@pytest.fixture
def clinic():
    return a_clinic(name="Hair and Skin")


def invited(clinic: Clinic, email: str = "noor@clinic.example", **fields) -> str:
    """The token of an invitation's link."""
    new = NewInvitation(**{"email": email, "name": "Noor", "role": Role.RECEPTIONIST} | fields)
    link = invite_member(new=new, by=an_owner(clinic=clinic), now=NOW).link
    return link.rstrip("/").rpartition("/")[2]


def joins(token: str, now=NOW, name: str = "Noor Bakker", password: str = PASSWORD) -> Membership:
    return accept_invitation(token=token, new=NewAccount(name, password), now=now)


def code_of(act, *args, **named) -> str:
    with pytest.raises(ClinicError) as refused:
        act(*args, **named)
    return refused.value.code


def test_who_is_invited_gets_a_mail_with_the_link(clinic, mailoutbox):
    new = NewInvitation(email="noor@clinic.example", name="Noor", role=Role.RECEPTIONIST)

    done = invite_member(new=new, by=an_owner(clinic=clinic), now=NOW)

    (letter,) = mailoutbox
    assert letter.to == ["noor@clinic.example"]
    assert letter.subject == "Hair and Skin invites you to Coursebook"
    assert done.link in letter.body
    assert done.is_mailed


def test_only_a_digest_of_the_token_is_kept(clinic):
    token = invited(clinic)

    kept = Invitation.objects.get()

    assert kept.digest == digest_of(token)
    assert len(token) >= 43


def test_the_page_of_an_invitation_makes_an_account_and_signs_in(clinic):
    token = invited(clinic)
    desk = Desk()
    page = desk.get(f"/invitation/{token}/")

    answer = desk.send(page, "Join", name="Noor Bakker", password=PASSWORD)

    assert "Join Hair and Skin" in page.text
    assert "receptionist" in page.text
    assert answer.location == "/"
    home = desk.get("/")
    assert "Noor Bakker" in home.text
    assert "Hair and Skin" in home.text


def test_looking_at_an_invitation_changes_nothing(clinic):
    token = invited(clinic)

    for _ in range(3):
        Desk().get(f"/invitation/{token}/")

    assert not User.objects.filter(email="noor@clinic.example").exists()
    assert joins(token).role == "receptionist"


def test_an_invitation_works_once(clinic):
    token = invited(clinic)
    joins(token)

    page = Desk().get(f"/invitation/{token}/")

    assert page.status == 404
    assert "This invitation works no more" in page.text
    assert code_of(joins, token) == "unknown_invitation"


def test_it_works_for_seven_days(clinic):
    token = invited(clinic)
    last = NOW + timedelta(days=7) - timedelta(seconds=1)

    assert invitation_with(token=token, now=last).email == "noor@clinic.example"
    assert code_of(joins, token, now=NOW + timedelta(days=7)) == "unknown_invitation"


def test_a_revoked_invitation_works_no_more(clinic):
    token = invited(clinic)

    revoke_invitation(invitation=Invitation.objects.get(), by=an_owner(clinic=clinic), now=NOW)

    assert code_of(joins, token) == "unknown_invitation"
    assert open_invitations(by=an_owner(clinic=clinic), now=NOW) == []
    assert AuditEntry.objects.filter(act="revoked_invitation").count() == 1


def test_another_clinic_cannot_revoke_it(clinic):
    invited(clinic)
    stranger = an_owner(clinic=a_clinic())

    code = code_of(revoke_invitation, invitation=Invitation.objects.get(), by=stranger, now=NOW)

    assert code == "unknown_invitation"
    assert open_invitations(by=stranger, now=NOW) == []
    assert len(open_invitations(by=an_owner(clinic=clinic), now=NOW)) == 1


def test_a_second_invitation_puts_the_first_out(clinic):
    first, second = invited(clinic), invited(clinic, email="Noor@Clinic.example")

    assert code_of(joins, first) == "unknown_invitation"
    assert joins(second).clinic == clinic


def test_the_role_and_the_own_diary_come_with_it(clinic):
    doctor = a_practitioner(clinic=clinic)
    token = invited(clinic, role=Role.PRACTITIONER, practitioner=doctor)

    membership = joins(token)

    assert (membership.role, membership.practitioner) == ("practitioner", doctor)


@pytest.mark.parametrize("role", [Role.RECEPTIONIST, Role.PRACTITIONER, Role.AUDITOR])
def test_those_who_manage_no_members_invite_nobody(clinic, role):
    by = an_actor(clinic=clinic, role=role)
    new = NewInvitation(email="noor@clinic.example", name="Noor", role=Role.RECEPTIONIST)

    assert code_of(invite_member, new=new, by=by, now=NOW) == "not_allowed"


def test_an_administrator_makes_no_owner_by_mail(clinic):
    by = an_actor(clinic=clinic, role=Role.ADMINISTRATOR)
    new = NewInvitation(email="noor@clinic.example", name="Noor", role=Role.OWNER)

    assert code_of(invite_member, new=new, by=by, now=NOW) == "owners_only"


@pytest.mark.parametrize(
    ("said", "code"),
    [
        ({"email": "no address"}, "malformed_email"),
        ({"name": "  "}, "name_missing"),
        ({"role": Role.PRACTITIONER}, "practitioner_missing"),
    ],
)
def test_an_invitation_that_says_too_little_is_refused(clinic, said, code):
    assert code_of(invited, clinic, **said) == code


def test_a_practitioner_of_another_clinic_is_unknown(clinic):
    stranger = a_practitioner(clinic=a_clinic())

    code = code_of(invited, clinic, role=Role.PRACTITIONER, practitioner=stranger)

    assert code == "unknown_practitioner"


def test_a_member_is_not_invited_again(clinic):
    a_user(clinic=clinic, email="noor@clinic.example")

    assert code_of(invited, clinic) == "already_a_member"


def test_a_weak_password_is_refused_and_the_invitation_stays_good(clinic):
    token = invited(clinic)
    desk = Desk()

    answer = desk.send(desk.get(f"/invitation/{token}/"), "Join", name="Noor", password="short")

    assert answer.status == 422
    assert "at least 10 characters" in answer.text
    assert joins(token).clinic == clinic


# --- with an account already ---------------------------------------------------------------------


def test_who_has_an_account_joins_after_signing_in(clinic):
    user = a_user(clinic=a_clinic(), email="noor@clinic.example")
    token = invited(clinic, role=Role.AUDITOR)
    desk = Desk()
    sign_in = desk.follow(desk.send(desk.get(f"/invitation/{token}/"), "Sign in"))

    page = desk.follow(desk.send(sign_in, "Sign in", login=user.email, password=PASSWORD))
    desk.send(page, "Join")

    assert page.url == f"/invitation/{token}/"
    assert Membership.objects.get(user=user, clinic=clinic).role == "auditor"
    assert "Hair and Skin" in desk.get("/account/").text


def test_no_password_is_set_for_an_account_that_exists(clinic):
    user = a_user(clinic=a_clinic(), email="noor@clinic.example")
    token = invited(clinic)

    Desk().post(f"/invitation/{token}/", {"name": "Thief", "password": "the thief's own password"})

    assert code_of(joins, token) == "account_exists"
    assert password_given(Desk(), user.email).location == "/"


def test_an_invitation_for_another_address_is_not_taken(clinic):
    other = a_user(clinic=a_clinic(), email="ada@clinic.example")
    token = invited(clinic)
    desk = Desk(other)

    page = desk.get(f"/invitation/{token}/")
    answer = desk.post(f"/invitation/{token}/")

    assert "Sign out, then open the link again" in page.text
    assert answer.status == 403
    assert not Membership.objects.filter(user=other, clinic=clinic).exists()


# --- whose word it is ----------------------------------------------------------------------------


def an_invitation_by(clinic: Clinic, inviter: User, role: Role = Role.RECEPTIONIST) -> str:
    by = an_owner(clinic=clinic, user=inviter)
    new = NewInvitation(email="noor@clinic.example", name="Noor", role=role)
    return invite_member(new=new, by=by, now=NOW).link.rstrip("/").rpartition("/")[2]


def test_an_invitation_goes_with_who_sent_it(clinic):
    inviter = a_user(clinic=clinic, role=Role.OWNER)
    token = an_invitation_by(clinic, inviter)

    User.objects.filter(pk=inviter.pk).update(is_active=False)

    assert code_of(joins, token) == "unknown_invitation"


def test_an_owner_is_made_by_an_owner_who_still_is_one(clinic):
    inviter = a_user(clinic=clinic, role=Role.OWNER)
    token = an_invitation_by(clinic, inviter, Role.OWNER)

    Membership.objects.filter(user=inviter).update(role=Role.ADMINISTRATOR)

    assert code_of(joins, token) == "unknown_invitation"


def test_the_trail_is_told_of_the_invitation_and_of_the_new_member(clinic):
    joins(invited(clinic))

    acts = list(AuditEntry.objects.filter(clinic_id=clinic.pk).order_by("pk").values_list("act", "way"))

    assert acts[-2:] == [("invited_member", "page"), ("added_member", "link")]


def test_a_clinic_that_demands_a_second_factor_asks_for_it_at_once(clinic):
    Clinic.objects.update(demands_second_factor=True)
    token = invited(clinic)
    desk = Desk()

    desk.send(desk.get(f"/invitation/{token}/"), "Join", name="Noor Bakker", password=PASSWORD)

    assert desk.get("/").location == "/account/second-step/"


def test_the_name_of_a_clinic_puts_no_line_into_the_mail(mailoutbox):
    clinic = a_clinic()
    a_site(clinic=clinic)
    Clinic.objects.filter(pk=clinic.pk).update(name="Hair\r\nBcc: all@clinic.example")

    invited(clinic)

    (letter,) = mailoutbox
    assert "\n" not in letter.subject
    assert letter.recipients() == ["noor@clinic.example"]
    assert letter.message()["Bcc"] is None
