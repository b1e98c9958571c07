"""Who leaves is out at once: keys, PINs and sign-ins end with the membership, and none comes back."""

from datetime import timedelta

import pytest
from allauth.usersessions.models import UserSession

from clinic.access.keys import NewKey, issue_key, key_with
from clinic.access.members import NewMember, add_member, remove_member
from clinic.errors import NotAllowed
from clinic.identity.actors import Role, Scope
from clinic.models import AccessKey, AuditEntry, DeskPin, Membership
from tests.support.builders import a_clinic, a_user, an_actor, an_owner
from tests.support.cast import NOW
from tests.support.desk import Desk
from tests.support.sharing import PIN, a_pin, a_shared_desk, a_trusted_device

pytestmark = pytest.mark.django_db

LATER = NOW + timedelta(hours=1)


@pytest.fixture
def clinic():
    return a_clinic()


@pytest.fixture
def leaver(clinic):
    return a_user(clinic=clinic, role=Role.ADMINISTRATOR, name="Noor Visser")


def a_key_of(user, clinic):
    by = an_actor(clinic=clinic, role=Role.ADMINISTRATOR, user=user)
    return issue_key(new=NewKey("Website", [Scope.PATIENTS_READ]), by=by, now=NOW)


def leave(user, clinic):
    member = Membership.objects.of_clinic(clinic.pk).get(user=user)
    remove_member(member=member, by=an_owner(clinic=clinic), now=LATER)


def test_their_keys_are_revoked_in_the_same_act_and_the_trail_says_so(clinic, leaver):
    key, secret = a_key_of(leaver, clinic)
    stays, other = a_key_of(a_user(clinic=clinic, role=Role.ADMINISTRATOR), clinic)

    leave(leaver, clinic)

    key.refresh_from_db()
    assert key.revoked_at == LATER
    assert key_with(secret=secret, now=LATER) is None
    assert key_with(secret=other, now=LATER) == stays
    assert AuditEntry.objects.filter(act="revoked_key", about=key.uuid).count() == 1


def test_whoever_comes_back_finds_none_of_their_keys_and_pins(clinic, leaver):
    _, secret = a_key_of(leaver, clinic)
    a_pin(device=a_trusted_device(clinic=clinic).device, user=leaver)
    leave(leaver, clinic)

    new = NewMember(user=leaver, role=Role.ADMINISTRATOR)
    add_member(new=new, by=an_owner(clinic=clinic), now=LATER)

    assert key_with(secret=secret, now=LATER) is None
    assert not DeskPin.objects.exists()


def test_their_pin_takes_over_no_desk(clinic, leaver):
    trusted = a_trusted_device(clinic=clinic)
    a_pin(device=trusted.device, user=leaver)
    desk = a_shared_desk(trusted, user=a_user(clinic=clinic))
    leave(leaver, clinic)

    page = desk.post("/desk/switch/", {"who": str(leaver.uuid), "pin": PIN})

    assert page.status == 422
    assert desk.client.session["_auth_user_id"] != str(leaver.pk)


def test_they_are_signed_out_of_every_browser(clinic, leaver):
    browsers = [Desk(leaver), Desk(leaver)]
    assert [browser.get("/patients/").status for browser in browsers] == [200, 200]

    leave(leaver, clinic)

    answers = [browser.get("/patients/") for browser in browsers]
    assert {answer.location.partition("?")[0] for answer in answers} == {"/sign-in/"}
    assert not UserSession.objects.filter(user=leaver).exists()


def test_who_works_in_another_clinic_stays_signed_in_there_and_keeps_what_they_have_there(clinic, leaver):
    second = a_clinic()
    add_member(new=NewMember(user=leaver, role=Role.ADMINISTRATOR), by=an_owner(clinic=second), now=NOW)
    theirs, secret = a_key_of(leaver, second)
    browser = Desk(leaver)
    browser.get("/patients/")

    leave(leaver, clinic)

    assert key_with(secret=secret, now=LATER) == theirs
    page = browser.get("/patients/")
    assert page.status == 200
    assert second.name in page.html


def test_the_page_says_before_what_ends(clinic, leaver):
    a_key_of(leaver, clinic)
    a_pin(device=a_trusted_device(clinic=clinic).device, user=leaver)
    Desk(leaver).get("/patients/")
    owner = Desk(a_user(clinic=clinic, role=Role.OWNER))

    page = owner.get(f"/clinic/members/{leaver.uuid}/")

    assert "1 access key that they made is revoked." in page.text
    assert "Their PIN on 1 device goes." in page.text
    assert "They are signed out of 1 browser." in page.text
    assert "/clinic/feeds/" in page.seen.links


def test_the_list_of_keys_says_whose_they_are_and_which_belong_to_nobody(clinic, leaver):
    a_key_of(leaver, clinic)
    AccessKey.objects.create(
        clinic=clinic, label="Old", prefix="cb_old", digest="x", scopes=["patients:read"], created_at=NOW
    )
    gone, _ = a_key_of(leaver, clinic)
    AccessKey.objects.filter(pk=gone.pk).update(created_by=a_user(clinic=a_clinic()))
    owner = Desk(a_user(clinic=clinic, role=Role.OWNER))

    page = owner.get("/clinic/keys/")

    assert "made by Noor Visser" in page.text
    assert "it belongs to nobody" in page.text
    assert "Opens nothing: whoever made it is in the clinic no more" in page.text
    assert f"/clinic/keys/{gone.uuid}/rotate/" not in page.html


def test_who_may_not_remove_a_member_ends_nothing_of_theirs(clinic, leaver):
    key, _ = a_key_of(leaver, clinic)
    member = Membership.objects.get(user=leaver)

    with pytest.raises(NotAllowed):
        remove_member(member=member, by=an_actor(clinic=clinic), now=LATER)

    key.refresh_from_db()
    assert key.revoked_at is None
