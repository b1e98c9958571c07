"""Trusting a device, PINs on it, and taking over from each other."""

from datetime import timedelta
from uuid import uuid4

import pytest

from clinic.access.members import remove_member
from clinic.access.shared_desk import (
    MOST_WRONG_TRIES,
    TRUSTED_FOR,
    colleagues_at,
    device_with,
    renew_pin,
    revoke_device,
    set_pin,
    take_over,
    trust_device,
)
from clinic.errors import NotAllowed, Refused, Unknown
from clinic.identity.actors import Role
from clinic.models import AuditDetail, AuditEntry, DeskPin, Membership, TrustedDevice, User
from tests.support.builders import a_clinic, a_user, an_actor, an_owner
from tests.support.cast import NOW
from tests.support.sharing import OTHER_PIN, PIN, WRONG_PIN, a_pin, a_trusted_device

pytestmark = pytest.mark.django_db


@pytest.fixture
def clinic():
    return a_clinic()


@pytest.fixture
def trusted(clinic):
    return a_trusted_device(clinic=clinic)


@pytest.fixture
def device(trusted):
    return trusted.device


@pytest.fixture
def noor(clinic):
    return a_user(clinic=clinic, name="Noor")


def guess(device, user, pin=WRONG_PIN, times=1):
    codes = []
    for _ in range(times):
        try:
            take_over(device=device, user=user.uuid, pin=pin, now=NOW)
        except Refused as refused:
            codes.append(refused.code)
    return codes


def test_a_device_is_known_by_its_secret_for_thirty_days(trusted):
    last = NOW + TRUSTED_FOR - timedelta(seconds=1)

    assert timedelta(days=30) == TRUSTED_FOR
    assert device_with(secret=trusted.secret, now=last) == trusted.device
    assert device_with(secret=trusted.secret, now=NOW + TRUSTED_FOR) is None
    assert device_with(secret="another", now=NOW) is None


def test_only_the_digest_of_the_secret_is_stored(trusted):
    row = TrustedDevice.objects.values().get()

    assert trusted.secret not in str(row)
    assert len(trusted.secret) >= 43


@pytest.mark.parametrize("role", Role)
def test_owners_and_administrators_trust_devices(clinic, role):
    def trust():
        trust_device(label="Desk", is_by_pin=False, by=an_actor(clinic=clinic, role=role), now=NOW)

    if role in (Role.OWNER, Role.ADMINISTRATOR):
        trust()
    else:
        with pytest.raises(NotAllowed):
            trust()
    assert TrustedDevice.objects.exists() == (role in (Role.OWNER, Role.ADMINISTRATOR))


def test_who_came_in_by_pin_neither_trusts_a_device_nor_sets_a_pin(clinic, device, noor):
    with pytest.raises(NotAllowed) as trusting:
        trust_device(label="Desk", is_by_pin=True, by=an_owner(clinic=clinic), now=NOW)
    with pytest.raises(NotAllowed) as setting:
        set_pin(device=device, pin=PIN, is_by_pin=True, by=an_actor(clinic=clinic, user=noor), now=NOW)

    assert trusting.value.code == setting.value.code == "full_sign_in_needed"
    assert not DeskPin.objects.exists()


def test_a_device_needs_a_name(clinic):
    with pytest.raises(Refused) as refused:
        trust_device(label=" \n", is_by_pin=False, by=an_owner(clinic=clinic), now=NOW)

    assert refused.value.code == "label_missing"


@pytest.mark.parametrize("pin", ["", "123", "123456789", "12a4", "４７１１", "47 11", " 4711"])
def test_a_pin_has_four_to_eight_digits(device, noor, pin):
    with pytest.raises(Refused) as refused:
        a_pin(device=device, user=noor, pin=pin)

    assert refused.value.code == "pin_not_digits"


@pytest.mark.parametrize(
    "pin", ["0000", "1234", "4321", "7890", "98765432", "1212", "1122", "55555555", "8901"]
)
def test_a_pin_that_anyone_tries_first_is_refused(device, noor, pin):
    with pytest.raises(Refused) as refused:
        a_pin(device=device, user=noor, pin=pin)

    assert refused.value.code == "pin_trivial"


def test_a_pin_is_stored_as_a_password_is(device, noor):
    a_pin(device=device, user=noor)

    row = DeskPin.objects.get()
    assert PIN not in row.pin
    assert "$" in row.pin
    assert PIN not in "".join(AuditDetail.objects.values_list("values", flat=True))


def test_the_right_pin_takes_over(device, noor):
    a_pin(device=device, user=noor)

    assert take_over(device=device, user=noor.uuid, pin=PIN, now=NOW) == noor
    entry = AuditEntry.objects.get(act="took_over_desk")
    assert (entry.actor, entry.about, entry.role) == (str(noor.uuid), device.uuid, "receptionist")


def test_a_new_pin_replaces_the_old_one(device, noor):
    a_pin(device=device, user=noor)

    a_pin(device=device, user=noor, pin=OTHER_PIN)

    assert guess(device, noor, PIN) == ["pin_refused"]
    assert take_over(device=device, user=noor.uuid, pin=OTHER_PIN, now=NOW) == noor


def test_a_wrong_pin_is_refused_and_told_to_the_trail(device, noor):
    a_pin(device=device, user=noor)

    assert guess(device, noor) == ["pin_refused"]
    entry = AuditEntry.objects.get(act="pin_refused")
    assert (entry.actor, entry.about) == (str(noor.uuid), device.uuid)


def test_after_five_wrong_tries_the_right_pin_is_void_too(device, noor):
    a_pin(device=device, user=noor)

    codes = guess(device, noor, times=MOST_WRONG_TRIES)

    assert codes == ["pin_refused"] * 4 + ["pin_void"]
    assert guess(device, noor, PIN) == ["pin_void"]


def test_a_right_try_forgives_the_wrong_ones_before_it(device, noor):
    a_pin(device=device, user=noor)

    for _ in range(3):
        guess(device, noor, times=MOST_WRONG_TRIES - 1)
        take_over(device=device, user=noor.uuid, pin=PIN, now=NOW)

    assert DeskPin.objects.get().wrong_tries == 0


def test_a_full_sign_in_makes_a_void_pin_work_again(clinic, device, noor):
    a_pin(device=device, user=noor)
    guess(device, noor, times=MOST_WRONG_TRIES)

    renew_pin(device=device, by=an_actor(clinic=clinic, user=noor))

    assert take_over(device=device, user=noor.uuid, pin=PIN, now=NOW) == noor


def test_the_pin_of_one_opens_nothing_for_another(clinic, device, noor):
    bo = a_user(clinic=clinic, name="Bo")
    a_pin(device=device, user=noor)
    a_pin(device=device, user=bo, pin=OTHER_PIN)

    assert guess(device, bo, PIN) == ["pin_refused"]


def test_a_pin_works_on_its_own_device_alone(clinic, device, noor):
    a_pin(device=device, user=noor)
    second = a_trusted_device(clinic=clinic, label="Back office").device

    assert guess(second, noor, PIN) == ["pin_refused"]


def test_a_pin_is_set_on_a_device_of_the_own_clinic_alone(clinic, noor):
    foreign = a_trusted_device(clinic=a_clinic()).device

    with pytest.raises(NotAllowed) as refused:
        set_pin(device=foreign, pin=PIN, is_by_pin=False, by=an_actor(clinic=clinic, user=noor), now=NOW)

    assert refused.value.code == "device_not_trusted"


def test_a_revoked_or_expired_device_takes_nobody(clinic, device, noor):
    a_pin(device=device, user=noor)

    with pytest.raises(NotAllowed):
        take_over(device=device, user=noor.uuid, pin=PIN, now=NOW + TRUSTED_FOR)
    revoke_device(device=device, by=an_owner(clinic=clinic), now=NOW)
    with pytest.raises(NotAllowed) as refused:
        take_over(device=device, user=noor.uuid, pin=PIN, now=NOW)
    with pytest.raises(NotAllowed):
        a_pin(device=device, user=noor)

    assert refused.value.code == "device_not_trusted"


def test_who_left_the_clinic_or_is_switched_off_takes_over_no_more(clinic, device, noor):
    bo = a_user(clinic=clinic, name="Bo")
    a_pin(device=device, user=noor)
    a_pin(device=device, user=bo)
    remove_member(member=Membership.objects.get(user=noor), by=an_owner(clinic=clinic), now=NOW)
    User.objects.filter(pk=bo.pk).update(is_active=False)

    assert guess(device, noor, PIN) == guess(device, bo, PIN) == ["pin_refused"]
    assert colleagues_at(device=device) == []


def test_nobody_takes_over_as_someone_who_never_was(device):
    with pytest.raises(Refused) as refused:
        take_over(device=device, user=uuid4(), pin=PIN, now=NOW)

    assert refused.value.code == "pin_refused"


def test_colleagues_are_listed_by_name_with_those_whose_pin_is_void(clinic, device, noor):
    bo = a_user(clinic=clinic, name="Bo")
    a_user(clinic=clinic, name="Ada")
    a_pin(device=device, user=noor)
    a_pin(device=device, user=bo)
    guess(device, noor, times=MOST_WRONG_TRIES)

    found = colleagues_at(device=device)

    assert [(one.user, one.is_void) for one in found] == [(bo, False), (noor, True)]


def test_a_device_of_another_clinic_cannot_be_revoked(device):
    with pytest.raises(Unknown) as refused:
        revoke_device(device=device, by=an_owner(clinic=a_clinic()), now=NOW)

    assert refused.value.code == "unknown_trusted_device"
    device.refresh_from_db()
    assert device.revoked_at is None


def test_trusting_setting_and_revoking_are_in_the_trail(clinic, device, noor):
    a_pin(device=device, user=noor)
    revoke_device(device=device, by=an_owner(clinic=clinic), now=NOW)
    revoke_device(device=device, by=an_owner(clinic=clinic), now=NOW)

    acts = AuditEntry.objects.filter(about=device.uuid).order_by("pk").values_list("act", flat=True)

    assert list(acts) == ["trusted_device", "set_pin", "revoked_device"]
