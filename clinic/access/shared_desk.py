"""A shared desk: a device that the clinic trusts, on which staff take over from each other by an own PIN.

A PIN is short, so it is worth something on one trusted device only, for five wrong tries, and never more
than what a full sign-in there has set.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import NamedTuple
from uuid import UUID

from django.contrib.auth.hashers import check_password, make_password
from django.db import transaction
from django.db.models import QuerySet

from clinic.access.accounts import actor_as
from clinic.audit_trail.write import AuditAction, AuditRecord, record_audit
from clinic.errors import NotAllowed, Problem, ProblemKind, Refused, Unknown, refuse_if_any
from clinic.identity.actors import Actor
from clinic.identity.permissions import Act, refuse_unless_may
from clinic.identity.tokens import digest_of, new_token
from clinic.models import DeskPin, Membership, TrustedDevice, User
from clinic.plain_text import one_line, text_problems
from clinic.sentences import counted, joined
from clinic.sentences import sentence as _

TRUSTED_FOR = timedelta(days=30)
MOST_WRONG_TRIES = 5
SHORTEST_PIN, LONGEST_PIN = 4, 8
LONGEST_LABEL = 100
_PIN = re.compile(rf"[0-9]{{{SHORTEST_PIN},{LONGEST_PIN}}}")
# A run may go on from 9 to 0 or from 0 to 9.
_RUNS = ("01234567890123456", "65432109876543210")


class NewlyTrusted(NamedTuple):
    """A device and the secret of its cookie, of which only a digest is kept."""

    device: TrustedDevice
    secret: str


@dataclass(frozen=True, slots=True)
class Colleague:
    """One who may take over on a device; a void PIN works again after a full sign-in there."""

    user: User
    is_void: bool


def refuse_by_pin(*, is_by_pin: bool) -> None:
    """Raise NotAllowed (`full_sign_in_needed`) if a PIN opened the session that asks."""
    if is_by_pin:
        sentence = _("A PIN does not let you do this. Sign out, then sign in with your password.")
        raise NotAllowed("full_sign_in_needed", sentence)


def trust_device(*, label: str, is_by_pin: bool, by: Actor, now: datetime) -> NewlyTrusted:
    """Let staff take over by PIN on this device for 30 days.

    An owner or administrator decides it: from then on everyone who works there gets in with less than a
    password. Raises NotAllowed (also `full_sign_in_needed`) and Refused (`label_missing`).
    """
    refuse_unless_may(by=by, act=Act.MANAGE_DEVICES)
    refuse_by_pin(is_by_pin=is_by_pin)
    label = one_line(label)[:LONGEST_LABEL]
    refuse_if_any(text_problems(label, "label", missing=_("Name the device: say where it stands.")))
    secret = new_token()
    with transaction.atomic():
        device = TrustedDevice.objects.create(
            clinic_id=by.clinic_id,
            label=label,
            digest=digest_of(secret),
            trusted_by_id=by.user_id,
            trusted_at=now,
            expires_at=now + TRUSTED_FOR,
        )
        after = {"label": label, "expires_at": device.expires_at}
        record_audit(AuditRecord(AuditAction.TRUSTED_DEVICE, device, after=after), by=by, now=now)
    return NewlyTrusted(device, secret)


def revoke_device(*, device: TrustedDevice, by: Actor, now: datetime) -> None:
    """Trust a device no more, at once and for ever; again changes nothing.

    Raises NotAllowed and Unknown (`unknown_trusted_device`).
    """
    refuse_unless_may(by=by, act=Act.MANAGE_DEVICES)
    with transaction.atomic():
        rows = TrustedDevice.objects.of_clinic(by.clinic_id).select_for_update()
        row: TrustedDevice | None = rows.filter(pk=device.pk).first()
        if row is None:
            raise Unknown("unknown_trusted_device", _("There is no such device in this clinic."))
        if row.revoked_at is None:
            row.revoked_at = now
            row.save(update_fields=["revoked_at"])
            record_audit(
                AuditRecord(AuditAction.REVOKED_DEVICE, row, after={"revoked_at": now}), by=by, now=now
            )


def device_with(*, secret: str, now: datetime) -> TrustedDevice | None:
    """The device whose cookie holds that secret, if it is trusted now."""
    device: TrustedDevice | None = TrustedDevice.objects.filter(digest=digest_of(secret)).first()
    return device if device is not None and device.is_trusted(now) else None


def set_pin(*, device: TrustedDevice, pin: str, is_by_pin: bool, by: Actor, now: datetime) -> None:
    """Give the actor a PIN on the device, in place of an earlier one.

    Raises NotAllowed (also `full_sign_in_needed`, `device_not_trusted`) and Refused (`pin_not_digits`,
    `pin_trivial`).
    """
    refuse_unless_may(by=by, act=Act.SEE_CALENDAR)
    refuse_by_pin(is_by_pin=is_by_pin)
    _refuse_untrusted(device, now)
    if device.clinic_id != by.clinic_id or by.user_id is None:
        raise _not_trusted()
    refuse_if_any(_problems_with(pin))
    # Hashed before the row is locked: that takes a while.
    hashed = make_password(pin)
    with transaction.atomic():
        DeskPin.objects.update_or_create(
            device=device,
            user_id=by.user_id,
            defaults={"clinic_id": by.clinic_id, "pin": hashed, "wrong_tries": 0, "set_at": now},
        )
        record_audit(AuditRecord(AuditAction.SET_PIN, device), by=by, now=now)


def colleagues_at(*, device: TrustedDevice) -> list[Colleague]:
    """Everyone with a PIN on the device who still works in its clinic, by name."""
    rows = (
        DeskPin.objects.of_clinic(device.clinic_id)
        .filter(device=device, user__is_active=True, user__memberships__clinic_id=device.clinic_id)
        .select_related("user")
    )
    return [Colleague(row.user, _is_void(row)) for row in rows.order_by("user__name", "user_id")]


def take_over(*, device: TrustedDevice, user: UUID, pin: str, now: datetime) -> User:
    """The user with that public id acts on the device from now on.

    Raises NotAllowed (`device_not_trusted`) and Refused (`pin_refused`, `pin_void`).
    """
    _refuse_untrusted(device, now)
    member = _claimed(device, user)
    by = actor_as(member, user=member.user)
    refuse_wrong_pin(device=device, pin=pin, by=by, now=now)
    record_audit(AuditRecord(AuditAction.TOOK_OVER_DESK, device), by=by, now=now)
    return member.user


def is_pin(typed: str) -> bool:
    """Whether that has the shape of a PIN; no password is as short."""
    return _PIN.fullmatch(typed) is not None


def refuse_wrong_pin(*, device: TrustedDevice, pin: str, by: Actor, now: datetime) -> None:
    """Raise Refused (`pin_refused`, `pin_void`) unless that is the actor's PIN on the device."""
    row = _with_one_try_more(device, by)
    if row is not None and not row.is_beyond and check_password(pin, row.hashed):
        DeskPin.objects.of_clinic(device.clinic_id).filter(pk=row.pk).update(wrong_tries=0)
        return
    with transaction.atomic():
        record_audit(AuditRecord(AuditAction.PIN_REFUSED, device), by=by, now=now)
    raise Refused([_refusal_of(row, by)])


def renew_pin(*, device: TrustedDevice, by: Actor) -> None:
    """After a full sign-in on the device the actor's PIN works again, if it was void."""
    _pins_of(by, device).filter(wrong_tries__gt=0).update(wrong_tries=0)


def has_pin(*, device: TrustedDevice, by: Actor) -> bool:
    """Whether the actor has a PIN on the device that is not void."""
    return _pins_of(by, device).filter(wrong_tries__lt=MOST_WRONG_TRIES).exists()


def _pins_of(by: Actor, device: TrustedDevice) -> QuerySet[DeskPin]:
    rows: QuerySet[DeskPin] = DeskPin.objects.of_clinic(device.clinic_id)
    return rows.none() if by.user_id is None else rows.filter(device=device, user_id=by.user_id)


class _Try(NamedTuple):
    """One try at a PIN, counted already."""

    pk: int
    hashed: str
    left: int
    is_beyond: bool


def _with_one_try_more(device: TrustedDevice, by: Actor) -> _Try | None:
    """Count the try before anyone looks whether it is right.

    The row's lock makes tries at the same moment take turns, so that many at once are worth no more than
    one after the other; it is held for the count alone, not while the slow hash is reckoned.
    """
    with transaction.atomic():
        row = _pins_of(by, device).select_for_update().first()
        if row is None:
            return None
        if _is_void(row):
            return _Try(row.pk, row.pin, left=0, is_beyond=True)
        row.wrong_tries += 1
        row.save(update_fields=["wrong_tries"])
    return _Try(row.pk, row.pin, left=MOST_WRONG_TRIES - row.wrong_tries, is_beyond=False)


def _is_void(row: DeskPin) -> bool:
    return row.wrong_tries >= MOST_WRONG_TRIES


def _refusal_of(row: _Try | None, by: Actor) -> Problem:
    if row is not None and row.left == 0:
        sentence = _(
            "The PIN of {name} is void after {tries} wrong tries. Sign in with the password on "
            "this device, and it works again.",
            name=by.label,
            tries=MOST_WRONG_TRIES,
        )
        return Problem("pin_void", ProblemKind.BLOCKER, sentence)
    wrong = _("That is not the PIN of {name}.", name=by.label)
    if row is not None:
        left = counted("{count} try is left.", "{count} tries are left.", count=row.left)
        wrong = joined([wrong, left])
    return Problem("pin_refused", ProblemKind.BLOCKER, wrong)


def _claimed(device: TrustedDevice, user: UUID) -> Membership:
    """The member as whom someone wants to act."""
    membership: Membership | None = (
        Membership.objects.of_clinic(device.clinic_id)
        .filter(user__uuid=user, user__is_active=True)
        .select_related("user")
        .first()
    )
    if membership is None:
        sentence = _("Nobody of that name takes over here. Choose someone from the list.")
        raise Refused([Problem("pin_refused", ProblemKind.BLOCKER, sentence)])
    return membership


def _problems_with(pin: str) -> Iterator[Problem]:
    if not is_pin(pin):
        sentence = _(
            "A PIN has {shortest} to {longest} digits and nothing else.",
            shortest=SHORTEST_PIN,
            longest=LONGEST_PIN,
        )
        yield Problem("pin_not_digits", ProblemKind.BLOCKER, sentence)
    elif len(set(pin)) < 3 or any(pin in run for run in _RUNS):
        sentence = _(
            "This PIN is among the first that anyone tries. Take one with three different digits, no run."
        )
        yield Problem("pin_trivial", ProblemKind.BLOCKER, sentence)


def _refuse_untrusted(device: TrustedDevice, now: datetime) -> None:
    """The row as it stands: it may have been revoked since it was read."""
    if not TrustedDevice.objects.of_clinic(device.clinic_id).get(pk=device.pk).is_trusted(now):
        raise _not_trusted()


def _not_trusted() -> NotAllowed:
    return NotAllowed(
        "device_not_trusted",
        _("This device is not trusted. Sign in with your password, or ask an administrator to trust it."),
    )
