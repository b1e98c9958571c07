"""Members at the desk: roles, removal, and what the clinic asks of its staff."""

import re
from datetime import date

import pytest

from clinic.identity.actors import Role
from clinic.models import AuditDetail, AuditEntry, Clinic, Invitation, Membership, Resource
from clinic.running.ports import free_port
from tests.support.builders import a_user
from tests.support.desk import Desk, Page

pytestmark = pytest.mark.django_db


@pytest.fixture
def desk(world) -> Desk:
    return Desk(a_user(clinic=world.clinic, role=Role.OWNER, name="Marguerite van Rijn"))


def test_the_list_says_who_is_what(world, desk):
    a_user(
        clinic=world.clinic,
        name="Ama Osei",
        email="osei@clinic.example",
        role=Role.PRACTITIONER,
        practitioner=world.doctors[0],
    )

    page = desk.get("/clinic/members/")

    assert "Ama Osei osei@clinic.example Practitioner Dr Osei" in page.text
    assert "Marguerite van Rijn" in page.text


def test_a_role_is_changed_on_the_members_page(world, desk):
    clerk = a_user(clinic=world.clinic, name="Thijs Bakker")
    page = desk.get(f"/clinic/members/{clerk.uuid}/")

    changed = desk.follow(desk.send(page, "Keep these", role="administrator"))

    assert "Thijs Bakker is an administrator" in changed.text
    assert Membership.objects.get(user=clerk).role == Role.ADMINISTRATOR


def test_a_practitioner_needs_a_diary_and_gets_the_one_that_was_chosen(world, desk):
    clerk = a_user(clinic=world.clinic)
    page = desk.get(f"/clinic/members/{clerk.uuid}/")

    refused = desk.send(page, "Keep these", role="practitioner")
    desk.send(page, "Keep these", role="practitioner", practitioner=str(world.doctors[1].uuid))

    assert refused.status == 422
    assert "Say whose diary is theirs" in refused.text
    assert Membership.objects.get(user=clerk).practitioner == world.doctors[1]


def test_an_assistant_has_a_diary_of_their_own_and_keeps_it_though_it_is_retired(world, desk):
    clerk = a_user(clinic=world.clinic)
    assistant = world.assistants[0]
    page = desk.get(f"/clinic/members/{clerk.uuid}/")
    desk.send(page, "Keep these", practitioner=str(assistant.uuid))
    assert assistant.name in desk.get("/clinic/members/").text
    Resource.objects.filter(pk=assistant.pk).update(valid_until=date(2026, 1, 1))

    desk.send(desk.get(f"/clinic/members/{clerk.uuid}/"), "Keep these", role="administrator")

    assert Membership.objects.get(user=clerk).practitioner == assistant


def test_an_administrator_is_told_that_owners_are_made_by_owners(world):
    clerk = a_user(clinic=world.clinic)
    desk = Desk(a_user(clinic=world.clinic, role=Role.ADMINISTRATOR))

    page = desk.send(desk.get(f"/clinic/members/{clerk.uuid}/"), "Keep these", role="owner")

    assert page.status == 403
    assert "Only an owner can make someone an owner" in page.text


def test_who_is_removed_is_gone_from_the_list(world, desk):
    clerk = a_user(clinic=world.clinic, name="Thijs Bakker")
    page = desk.get(f"/clinic/members/{clerk.uuid}/")

    after = desk.follow(desk.send(page, "Remove from the clinic"))

    assert "Thijs Bakker gets in no more" in after.text
    assert not Membership.objects.filter(user=clerk).exists()


def test_the_last_owner_is_told_to_make_another_first(desk):
    assert desk.user is not None
    page = desk.get(f"/clinic/members/{desk.user.uuid}/")

    refused = desk.send(page, "Remove from the clinic")

    assert refused.status == 422
    assert "Make someone else an owner first" in refused.text


def test_the_clinics_page_leads_to_everything_that_lets_someone_in(desk):
    page = desk.get("/clinic/")

    assert {"/clinic/members/", "/clinic/keys/", "/desk/"} <= set(page.seen.links)


def test_the_house_rules_are_kept_and_told_to_the_trail(world, desk):
    page = desk.get("/clinic/")

    desk.follow(desk.send(page, "Keep these", idle_lock_minutes="5"))

    clinic = Clinic.objects.get(pk=world.clinic.pk)
    assert (clinic.idle_lock_minutes, clinic.demands_second_factor) == (5, world.clinic.demands_second_factor)
    entry = AuditEntry.objects.get(act="set_clinic")
    assert '"idle_lock_minutes": 10' in AuditDetail.objects.get(entry_uuid=entry.uuid).values


@pytest.mark.parametrize("minutes", ["0", "61", "", "ten"])
def test_a_desk_that_never_locks_is_refused(minutes, world, desk):
    page = desk.send(desk.get("/clinic/"), "Keep these", idle_lock_minutes=minutes)

    assert page.status == 422
    assert Clinic.objects.get(pk=world.clinic.pk).idle_lock_minutes == 10


@pytest.mark.parametrize("minutes", ["0", "121", ""])
def test_a_calendar_is_held_for_a_minute_to_two_hours(minutes, world, desk):
    page = desk.send(desk.get("/clinic/"), "Keep these", hold_minutes=minutes)

    assert page.status == 422
    desk.follow(desk.send(desk.get("/clinic/"), "Keep these", hold_minutes="45"))
    assert Clinic.objects.get(pk=world.clinic.pk).hold_minutes == 45


def invite(desk: Desk, **typed: str) -> Page:
    page = desk.get("/clinic/members/invite/")
    said = {"name": "Ama Osei", "email": "ama@clinic.example", "role": "receptionist"} | typed
    return desk.send(page, "Send the invitation", **said)


def test_someone_is_invited_by_mail_and_stands_among_the_members_to_come(desk, mailoutbox):
    page = invite(desk)

    assert page.status == 201
    assert [mail.to for mail in mailoutbox] == [["ama@clinic.example"]]
    listed = desk.get("/clinic/members/").text
    assert "ama@clinic.example, until 2027-01-11" in listed


def test_the_link_stands_in_the_mail_and_not_on_the_page(desk, mailoutbox):
    page = invite(desk)

    link = re.search(r"/invitation/[\w-]+/", str(mailoutbox[0].body))
    assert link
    assert link[0] not in page.html


def test_when_the_mail_cannot_go_out_the_link_is_shown_once(desk, settings):
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", free_port()

    page = invite(desk)

    assert page.status == 201
    assert "did not take the mail" in page.text
    assert re.search(r"/invitation/[\w-]+/", page.html)


@pytest.mark.parametrize(
    ("typed", "sentence"),
    [
        ({"name": ""}, "Enter the name"),
        ({"email": "ama"}, "is not an e-mail address"),
        ({"role": "practitioner"}, "Say whose diary is theirs"),
        ({"role": "king"}, "Select a valid choice"),
    ],
)
def test_what_is_wrong_with_an_invitation_is_said_and_nobody_is_invited(typed, sentence, desk, mailoutbox):
    page = invite(desk, **typed)

    assert page.status in (400, 422)
    assert sentence in page.text
    assert not mailoutbox
    assert not Invitation.objects.exists()


@pytest.mark.reads_clock
def test_an_invitation_that_is_taken_back_opens_nothing(desk, mailoutbox, client):
    invite(desk)
    link = re.search(r"/invitation/[\w-]+/", str(mailoutbox[0].body))
    assert link

    after = desk.follow(desk.send(desk.get("/clinic/members/"), "Take back"))

    assert "works no more" in after.text
    assert client.get(link[0]).status_code == 404
