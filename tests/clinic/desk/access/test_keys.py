"""Access keys at the desk: issued once, seen once, rotated and revoked."""

import re
from datetime import timedelta

import pytest

from clinic.identity.actors import Role
from clinic.models import AccessKey, AuditEntry
from tests.support.builders import a_key, a_user
from tests.support.cast import NOW
from tests.support.desk import Desk, Page
from tests.support.rest import RestClient

pytestmark = pytest.mark.django_db


@pytest.fixture
def desk(world) -> Desk:
    return Desk(a_user(clinic=world.clinic, role=Role.ADMINISTRATOR, name="Noor Visser"))


def issue(desk: Desk, **typed) -> Page:
    said = {"label": "Website", "scopes": ["patients:read"], "expires_on": ""} | typed
    return desk.post("/clinic/keys/", said)


def secret_on(page: Page) -> str:
    found = re.search(r'<code class="secret">(cb_[\w-]+)</code>', page.html)
    assert found, page.text
    return found[1]


def test_a_key_is_shown_once_and_opens_what_was_ticked(desk):
    secret = secret_on(issue(desk))

    assert RestClient(secret).get("patients/").status == 200
    assert RestClient(secret).get("sessions/").code == "scope_missing"
    listed = desk.get("/clinic/keys/")
    assert "Website" in listed.text
    assert "made by Noor Visser" in listed.text
    assert secret not in listed.html


def test_nobody_is_offered_to_let_a_key_do_more_than_they_may(world, desk):
    owner = Desk(a_user(clinic=world.clinic, role=Role.OWNER))
    doctors = "booking:waive:practitioner"

    assert doctors in owner.get("/clinic/keys/").html
    assert doctors not in desk.get("/clinic/keys/").html
    assert issue(desk, scopes=["booking:waive:administrator"]).status == 201
    assert issue(desk, scopes=[doctors]).status == 422
    assert AccessKey.objects.count() == 1


def test_a_key_that_may_do_more_than_whoever_looks_can_be_shut_by_them_and_not_rotated(world, desk):
    owner = Desk(a_user(clinic=world.clinic, role=Role.OWNER))
    issue(owner, scopes=["booking:waive:practitioner"])
    key = AccessKey.objects.get()

    shown = desk.get("/clinic/keys/").html

    assert f"/clinic/keys/{key.uuid}/rotate/" not in shown
    assert f"/clinic/keys/{key.uuid}/revoke/" in shown
    assert f"/clinic/keys/{key.uuid}/rotate/" in owner.get("/clinic/keys/").html


def test_a_key_with_a_last_day_works_on_that_day_and_not_after(desk):
    secret = secret_on(issue(desk, expires_on="2027-01-05"))

    late = NOW + timedelta(days=1, hours=14)
    assert RestClient(secret, now=late).get("patients/").status == 200
    assert RestClient(secret, now=late + timedelta(hours=2)).get("patients/").code == "key_refused"


@pytest.mark.parametrize(
    ("typed", "sentence"),
    [
        ({"label": " "}, "Name the key"),
        ({"scopes": []}, "Choose what the key may do"),
        ({"expires_on": "2027-01-03"}, "That day is over"),
        ({"expires_on": "soon"}, "That is not a date"),
    ],
)
def test_what_is_wrong_is_said_and_no_key_is_made(typed, sentence, desk):
    page = issue(desk, **typed)

    assert page.status == 422
    assert sentence in page.text
    assert not AccessKey.objects.exists()


def test_a_rotated_key_and_the_new_one_both_work_for_a_day(desk):
    old = secret_on(issue(desk))

    new = secret_on(desk.post(f"/clinic/keys/{AccessKey.objects.get().uuid}/rotate/"))

    soon, later = NOW + timedelta(hours=23), NOW + timedelta(hours=25)
    assert [RestClient(key, now=soon).get("patients/").status for key in (old, new)] == [200, 200]
    assert [RestClient(key, now=later).get("patients/").status for key in (old, new)] == [401, 200]


def test_a_rotated_key_does_not_outlive_its_own_last_day(desk):
    old = secret_on(issue(desk, expires_on="2027-01-04"))

    desk.post(f"/clinic/keys/{AccessKey.objects.get().uuid}/rotate/")

    assert RestClient(old, now=NOW + timedelta(hours=16)).get("patients/").status == 401


def test_a_revoked_key_opens_nothing_from_that_moment_on(desk):
    secret = secret_on(issue(desk))

    page = desk.follow(desk.post(f"/clinic/keys/{AccessKey.objects.get().uuid}/revoke/"))

    assert "opens nothing any more" in page.text
    assert "Revoked on 2027-01-04" in page.text
    assert RestClient(secret).get("patients/").code == "key_refused"


def test_a_dead_key_is_not_rotated(world, desk):
    key, _ = a_key(clinic=world.clinic, revoked_at=NOW)

    page = desk.post(f"/clinic/keys/{key.uuid}/rotate/")

    assert page.status == 422
    assert "Issue a new one instead" in page.text
    assert AccessKey.objects.count() == 1


def test_a_key_of_someone_who_is_disabled_or_left_the_clinic_is_dead_at_once(desk):
    secret = secret_on(issue(desk))
    assert desk.user is not None

    desk.user.memberships.all().delete()
    after_leaving = RestClient(secret).get("patients/").status
    desk.user.is_active = False
    desk.user.save()

    assert (after_leaving, RestClient(secret).get("patients/").status) == (401, 401)


def test_the_trail_tells_who_made_turned_and_shut_a_key_and_no_secret(desk):
    secret = secret_on(issue(desk))
    uuid = AccessKey.objects.get().uuid
    desk.post(f"/clinic/keys/{uuid}/rotate/")
    desk.post(f"/clinic/keys/{uuid}/revoke/")

    entries = AuditEntry.objects.filter(about=uuid).order_by("pk")

    assert [entry.act for entry in entries] == ["issued_key", "rotated_key", "revoked_key"]
    assert {entry.actor for entry in entries} == {str(desk.user and desk.user.uuid)}
    assert secret not in str(list(AuditEntry.objects.values()))
