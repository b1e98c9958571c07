"""What ends with a membership: access keys, PINs, and the sign-ins of whoever works nowhere else."""

from dataclasses import dataclass
from datetime import datetime

from allauth.usersessions.models import UserSession
from django.db.models import QuerySet

from clinic.audit_trail.write import AuditAction, AuditRecord, record_audit
from clinic.identity.actors import Actor
from clinic.models import AccessKey, DeskPin, Membership


@dataclass(frozen=True, slots=True)
class Leaving:
    """How many of each end when the member leaves; who `is_elsewhere` stays signed in, for other clinics."""

    keys: int
    pins: int
    sign_ins: int
    is_elsewhere: bool


def what_ends(*, member: Membership) -> Leaving:
    """Before they are let in no more."""
    return Leaving(
        keys=_keys(member).count(),
        pins=_pins(member).count(),
        sign_ins=UserSession.objects.filter(user=member.user_id).count(),
        is_elsewhere=_is_elsewhere(member),
    )


def end_ways_in(*, member: Membership, by: Actor, now: datetime) -> None:
    """Revoke the keys that the locked member made and drop their PINs, within the act that removes them.

    Whoever is in no other clinic is signed out everywhere. Whoever comes back gets new ones: none of these
    opens anything again. Locks: keys.
    """
    for key in _keys(member).select_for_update().order_by("pk"):
        key.revoked_at = now
        key.save(update_fields=["revoked_at"])
        record_audit(AuditRecord(AuditAction.REVOKED_KEY, key, after={"revoked_at": now}), by=by, now=now)
    _pins(member).delete()
    if not _is_elsewhere(member):
        for sign_in in UserSession.objects.filter(user=member.user_id):
            sign_in.end()


def _keys(member: Membership) -> QuerySet[AccessKey]:
    return AccessKey.objects.of_clinic(member.clinic_id).filter(
        created_by=member.user_id, revoked_at__isnull=True
    )


def _pins(member: Membership) -> QuerySet[DeskPin]:
    return DeskPin.objects.of_clinic(member.clinic_id).filter(user=member.user_id)


def _is_elsewhere(member: Membership) -> bool:
    return Membership.objects.filter(user=member.user_id).exclude(pk=member.pk).exists()
