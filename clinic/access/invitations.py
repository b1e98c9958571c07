"""Invitations: how people get in. There is no open registration."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction
from django.db.models import QuerySet
from django.urls import reverse

from clinic.access.account_mail import Letter, post
from clinic.access.accounts import actor_as
from clinic.access.members import NewMember, checked_email, join, open_account, refuse_role
from clinic.audit_trail.write import AuditAction, AuditRecord, record_audit
from clinic.errors import Conflict, NotAllowed, Unknown, refuse_if_any
from clinic.identity.actors import ROLE_NAMES, Actor, ActorKind, Role, Way
from clinic.identity.permissions import Act, may, refuse_unless_may
from clinic.identity.tokens import digest_of, new_token
from clinic.lookup import find
from clinic.models import Clinic, Invitation, Membership, Resource, User
from clinic.plain_text import one_line, text_problems
from clinic.sentences import sentence as _

LASTS = timedelta(days=7)
LONGEST_NAME = 150


@dataclass(frozen=True, slots=True, kw_only=True)
class NewInvitation:
    """Whom to invite, and what they are to be; `practitioner` is the resource whose diary is their own."""

    email: str
    name: str
    role: Role
    practitioner: Resource | None = None


@dataclass(frozen=True, slots=True)
class Invited:
    """The invitation, its link, and whether the mail server took the mail.

    The link is never shown again: only the digest of its token is kept.
    """

    invitation: Invitation
    link: str
    is_mailed: bool


@dataclass(frozen=True, slots=True)
class NewAccount:
    """What someone without an account says when they accept."""

    name: str
    password: str


def invite_member(*, new: NewInvitation, by: Actor, now: datetime) -> Invited:
    """Send someone a link with which they join the clinic; an earlier one to the address works no more.

    Raises NotAllowed (also `owners_only`), Malformed (`malformed_email`), Unknown (`unknown_practitioner`),
    Refused (`name_missing`, `practitioner_missing`) and Conflict (`already_a_member`).
    """
    refuse_unless_may(by=by, act=Act.MANAGE_MEMBERS)
    refuse_role(new.role, practitioner=new.practitioner, by=by)
    email = checked_email(new.email)
    name = one_line(new.name)[:LONGEST_NAME]
    refuse_if_any(text_problems(name, "name", missing=_("Enter the name of whom you invite.")))
    token = new_token()
    with transaction.atomic():
        _refuse_member(email, by)
        for earlier in _open_ones(by.clinic_id, now).filter(email__iexact=email):
            _close(earlier, by, now)
        invitation = Invitation.objects.create(
            clinic_id=by.clinic_id,
            email=email,
            name=name,
            role=new.role,
            practitioner=new.practitioner,
            digest=digest_of(token),
            invited_by_id=by.user_id,
            invited_at=now,
            expires_at=now + LASTS,
        )
        record_audit(
            AuditRecord(AuditAction.INVITED_MEMBER, invitation, after={"role": new.role, "email": email}),
            by=by,
            now=now,
        )
    link = settings.BASE_URL.rstrip("/") + reverse("invitation", args=[token])
    return Invited(invitation, link, post(_letter(invitation, link, by)))


def revoke_invitation(*, invitation: Invitation, by: Actor, now: datetime) -> None:
    """Let the link work no more; again changes nothing. Raises NotAllowed and Unknown."""
    refuse_unless_may(by=by, act=Act.MANAGE_MEMBERS)
    with transaction.atomic():
        rows = Invitation.objects.of_clinic(by.clinic_id).select_for_update()
        row = find(rows, uuid=invitation.uuid)
        if row.is_open(now):
            _close(row, by, now)


def open_invitations(*, by: Actor, now: datetime) -> list[Invitation]:
    """Those that may still be accepted, the newest first. Raises NotAllowed."""
    refuse_unless_may(by=by, act=Act.MANAGE_MEMBERS)
    return list(_open_ones(by.clinic_id, now).select_related("practitioner").order_by("-invited_at", "-pk"))


def invitation_with(*, token: str, now: datetime) -> Invitation:
    """The open invitation of that link. Raises Unknown (`unknown_invitation`)."""
    found = Invitation.objects.filter(digest=digest_of(token)).select_related("clinic").first()
    return _if_it_stands(found, now)


def accept_invitation(
    *, token: str, new: NewAccount | None = None, user: User | None = None, now: datetime
) -> Membership:
    """Join the clinic: with a new account, or as the user who is signed in. Works once.

    Raises Unknown (`unknown_invitation`), NotAllowed (`invitation_for_another`), Refused (`name_missing`,
    `weak_password`) and Conflict (`account_exists`, `already_a_member`).
    """
    with transaction.atomic():
        rows = Invitation.objects.select_for_update(of=("self",)).select_related("clinic", "practitioner")
        invitation = _if_it_stands(rows.filter(digest=digest_of(token)).first(), now)
        if user is None:
            assert new is not None
            user = open_account(email=invitation.email, name=new.name, password=new.password)
        elif user.email.lower() != invitation.email.lower():
            raise NotAllowed(
                "invitation_for_another",
                _("This invitation is for another address. Sign out, then open the link again."),
            )
        invitation.accepted_at = now
        invitation.save(update_fields=["accepted_at"])
        member = NewMember(user, Role(invitation.role), invitation.practitioner)
        return join(new=member, by=_accepting(invitation, user), now=now)


def has_account(invitation: Invitation) -> bool:
    return User.objects.filter(email__iexact=invitation.email).exists()


def _if_it_stands(invitation: Invitation | None, now: datetime) -> Invitation:
    if invitation is None or not invitation.is_open(now) or not _inviter_still_may(invitation):
        raise Unknown(
            "unknown_invitation",
            _(
                "This invitation works no more: it was used, withdrawn, or is older than seven "
                "days. Ask whoever invited you for a new one."
            ),
        )
    return invitation


def _inviter_still_may(invitation: Invitation) -> bool:
    """Invitations go with the person who sent them, as access keys do."""
    if invitation.invited_by_id is None:
        return True
    rows = Membership.objects.of_clinic(invitation.clinic_id).select_related("user")
    inviter = rows.filter(user_id=invitation.invited_by_id, user__is_active=True).first()
    if inviter is None or not may(by=actor_as(inviter, user=inviter.user), act=Act.MANAGE_MEMBERS):
        return False
    return invitation.role != Role.OWNER or inviter.role == Role.OWNER


def _open_ones(clinic_id: int, now: datetime) -> QuerySet[Invitation]:
    return Invitation.objects.of_clinic(clinic_id).filter(
        accepted_at=None, revoked_at=None, expires_at__gt=now
    )


def _close(invitation: Invitation, by: Actor, now: datetime) -> None:
    invitation.revoked_at = now
    invitation.save(update_fields=["revoked_at"])
    record_audit(
        AuditRecord(AuditAction.REVOKED_INVITATION, invitation, after={"revoked_at": now}), by=by, now=now
    )


def _refuse_member(email: str, by: Actor) -> None:
    if Membership.objects.of_clinic(by.clinic_id).filter(user__email__iexact=email).exists():
        raise Conflict(
            "already_a_member", _("{email} is in this clinic already. Change the role there.", email=email)
        )


def _accepting(invitation: Invitation, user: User) -> Actor:
    return Actor(
        clinic_id=invitation.clinic_id,
        kind=ActorKind.USER,
        label=str(user),
        way=Way.LINK,
        reference=str(user.uuid),
        role=Role(invitation.role),
        user_id=user.pk,
    )


def _letter(invitation: Invitation, link: str, by: Actor) -> Letter:
    clinic = Clinic.objects.get(pk=invitation.clinic_id)
    return Letter(
        to=invitation.email,
        sender=clinic.name,
        subject=_("{clinic} invites you to Coursebook", clinic=clinic.name),
        sentences=[
            _("Dear {name},", name=invitation.name),
            _(
                "{name} of {clinic} invites you to its book of treatments as {role}.",
                name=by.label,
                clinic=clinic.name,
                role=ROLE_NAMES[Role(invitation.role)],
            ),
            _("The link below works once, and for seven days."),
        ],
        link=link,
        link_words=_("Accept the invitation"),
        why=_("If you do not know why you get this mail, leave it: nothing happens unless you accept."),
    )
