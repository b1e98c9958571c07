"""Accounts: what their owners may change themselves, and what the trails of their clinics are told of it."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.core import signing
from django.db import transaction
from django.db.models import OuterRef, QuerySet, Subquery

from clinic.access.members import checked_email
from clinic.audit_trail.write import AuditAction, AuditRecord, record_audit
from clinic.changelog.numbers import number_beside
from clinic.errors import Conflict, Unknown, refuse_if_any
from clinic.identity.actors import Actor, ActorKind, Role, Way
from clinic.models import Membership, Site, User
from clinic.plain_text import one_line, text_problems
from clinic.sentences import sentence as _

NEW_EMAIL_LASTS = timedelta(days=1)
LONGEST_NAME = 150
_NEW_EMAIL = "clinic.access.accounts.new_email"


@dataclass(frozen=True, slots=True)
class Seat:
    """What somebody is in a clinic; the country is that of the clinic's first site.

    `last_change` is the number of the clinic's last change when this was read.
    """

    membership: Membership
    country: str
    last_change: int


def memberships_of(user: User) -> list[Membership]:
    """What the user is in which clinic, the oldest first; one query."""
    return list(_memberships_of(user))


def seats_of(user: User) -> list[Seat]:
    """The same, each with the country and the last change of its clinic; one query."""
    first_site = Site.objects.filter(clinic=OuterRef("clinic")).order_by("pk")
    rows = _memberships_of(user).annotate(
        last_change=number_beside(), country=Subquery(first_site.values("country")[:1])
    )
    return [Seat(row, row.country or "", row.last_change) for row in rows]


def actor_as(membership: Membership, *, user: User, way: Way = Way.PAGE) -> Actor:
    """The user, acting as what they are in that clinic."""
    return Actor(
        clinic_id=membership.clinic_id,
        kind=ActorKind.USER,
        label=str(user),
        way=way,
        reference=str(user.uuid),
        role=Role(membership.role),
        practitioner_id=membership.practitioner_id,
        user_id=user.pk,
    )


def note_everywhere(
    deed: AuditAction, *, user: User, now: datetime, after: Mapping[str, Any] | None = None
) -> None:
    """Tell the trail of every clinic the user belongs to. What belongs to no clinic is told to none."""
    for membership in memberships_of(user):
        record_audit(AuditRecord(deed, user, after=after or {}), by=actor_as(membership, user=user), now=now)


def rename(*, user: User, name: str, now: datetime) -> None:
    """Change how the user is called. Raises Refused (`name_missing`)."""
    name = one_line(name)[:LONGEST_NAME]
    refuse_if_any(text_problems(name, "name", missing=_("Enter your name.")))
    with transaction.atomic():
        User.objects.filter(pk=user.pk).update(name=name)
        note_everywhere(AuditAction.CHANGED_SIGN_IN, user=user, after={"name": name}, now=now)
    user.name = name


def new_email_token(*, user: User, email: str) -> str:
    """The token of a link that proves the new address is the user's; nothing is changed yet.

    Raises Malformed (`malformed_email`) and Conflict (`account_exists`).
    """
    email = checked_email(email)
    _refuse_taken(email, user)
    return signing.dumps({"user": str(user.uuid), "from": user.email, "to": email}, salt=_NEW_EMAIL)


def new_email_of(*, token: str, user: User) -> str:
    """The address that the token is for. Raises Unknown (`email_link_invalid`)."""
    try:
        said = signing.loads(token, salt=_NEW_EMAIL, max_age=NEW_EMAIL_LASTS)
    except signing.BadSignature:
        said = {}
    # Once the address is another, the link has done its work.
    if (said.get("user"), said.get("from")) != (str(user.uuid), user.email):
        raise Unknown(
            "email_link_invalid",
            _(
                "This link works no more: it was used, is older than a day, or is for another "
                "account. Ask for a new one under “Name and e-mail”."
            ),
        )
    return str(said["to"])


def change_email(*, token: str, user: User, now: datetime) -> str:
    """Sign in with the new address from now on; returns the old one.

    Raises Unknown (`email_link_invalid`) and Conflict (`account_exists`).
    """
    with transaction.atomic():
        row = User.objects.select_for_update().get(pk=user.pk)
        email, before = new_email_of(token=token, user=row), row.email
        _refuse_taken(email, row)
        row.email = email
        row.save(update_fields=["email"])
        # The trail says that it changed; the addresses are the user's own.
        note_everywhere(AuditAction.CHANGED_SIGN_IN, user=row, after={"changed": "email"}, now=now)
    user.email = email
    return before


def _memberships_of(user: User) -> QuerySet[Membership]:
    rows = Membership.objects.filter(user=user).select_related("clinic", "practitioner")
    return rows.order_by("pk")


def _refuse_taken(email: str, user: User) -> None:
    if User.objects.filter(email__iexact=email).exclude(pk=user.pk).exists():
        raise Conflict(
            "account_exists", _("{email} is the address of another account. Give another one.", email=email)
        )
