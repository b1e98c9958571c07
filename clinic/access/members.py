"""Members: who has an account, and what each is in the clinic."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import transaction

from clinic.access.leaving import end_ways_in
from clinic.audit_trail.write import AuditAction, AuditRecord, record_audit
from clinic.errors import Conflict, Malformed, NotAllowed, Problem, ProblemKind, Unknown, refuse_if_any
from clinic.identity.actors import Actor, Role
from clinic.identity.permissions import Act, refuse_unless_may
from clinic.models import Membership, Resource, ResourceKind, User
from clinic.plain_text import one_line, text_problems
from clinic.sentences import sentence as _
from clinic.sentences import verbatim


@dataclass(frozen=True, slots=True)
class NewMember:
    """What a user is to be in the clinic; `practitioner` is the resource whose diary is their own."""

    user: User
    role: Role
    practitioner: Resource | None = None


def open_account(*, email: str, name: str, password: str) -> User:
    """Make an account to sign in with; what its owner may do is said by memberships.

    Raises Malformed (`malformed_email`), Refused (`name_missing`, `weak_password`) and Conflict
    (`account_exists`).
    """
    email = checked_email(email)
    user = User(email=email, name=one_line(name))
    named = text_problems(user.name, "name", missing=_("Enter the user's name."))
    refuse_if_any([*named, *_password_problems(password, user)])
    with transaction.atomic():
        if User.objects.filter(email__iexact=email).exists():
            raise Conflict(
                "account_exists",
                _("{email} has an account already. Add that one to the clinic.", email=email),
            )
        user.set_password(password)
        user.save()
    return user


def checked_email(email: str) -> str:
    """The address as accounts keep it. Raises Malformed (`malformed_email`)."""
    email = User.objects.normalize_email(email.strip())
    try:
        validate_email(email)
    except ValidationError:
        raise Malformed("malformed_email", _("“{email}” is not an e-mail address.", email=email)) from None
    return email


def add_member(*, new: NewMember, by: Actor, now: datetime) -> Membership:
    """Let a user be something in the clinic.

    Raises NotAllowed (also `owners_only`: only an owner makes owners), Unknown (`unknown_practitioner`),
    Refused (`practitioner_missing`) and Conflict (`already_a_member`).
    """
    refuse_unless_may(by=by, act=Act.MANAGE_MEMBERS)
    refuse_role(new.role, practitioner=new.practitioner, by=by)
    return join(new=new, by=by, now=now)


def join(*, new: NewMember, by: Actor, now: datetime) -> Membership:
    """The same for one who was invited: whoever invited them was asked whether they may."""
    with transaction.atomic():
        if Membership.objects.of_clinic(by.clinic_id).filter(user=new.user).exists():
            raise Conflict(
                "already_a_member",
                _("{user} is in this clinic already. Change the role there.", user=new.user),
            )
        membership = Membership.objects.create(
            clinic_id=by.clinic_id, user=new.user, role=new.role, practitioner=new.practitioner
        )
        added = {"role": new.role, "practitioner": new.practitioner and new.practitioner.uuid}
        record_audit(AuditRecord(AuditAction.ADDED_MEMBER, new.user, after=added), by=by, now=now)
    return membership


def change_role(
    *, member: Membership, role: Role, practitioner: Resource | None, by: Actor, now: datetime
) -> None:
    """Make a member something else, from their next request on.

    Raises what `add_member` raises, Unknown (`unknown_member`) and Refused (`last_owner`).
    """
    refuse_unless_may(by=by, act=Act.MANAGE_MEMBERS)
    refuse_role(role, practitioner=practitioner, by=by)
    with transaction.atomic():
        row = _locked(member, by=by)
        before = {"role": row.role, "practitioner": row.practitioner_id}
        _refuse_losing_the_last_owner(row, becomes=role)
        row.role, row.practitioner = role, practitioner
        row.save(update_fields=["role", "practitioner"])
        after = {"role": row.role, "practitioner": row.practitioner_id}
        record_audit(
            AuditRecord(AuditAction.CHANGED_ROLE, row.user, before=before, after=after), by=by, now=now
        )


def remove_member(*, member: Membership, by: Actor, now: datetime) -> None:
    """Let a member in no more, from their next request on; their account stays for other clinics.

    Keys that they made are revoked and their PINs go, and whoever is in no other clinic is signed out. Raises
    NotAllowed, Unknown (`unknown_member`) and Refused (`last_owner`). Locks: members, keys.
    """
    refuse_unless_may(by=by, act=Act.MANAGE_MEMBERS)
    with transaction.atomic():
        row = _locked(member, by=by)
        _refuse_losing_the_last_owner(row, becomes=None)
        record_audit(
            AuditRecord(AuditAction.REMOVED_MEMBER, row.user, before={"role": row.role}), by=by, now=now
        )
        end_ways_in(member=row, by=by, now=now)
        row.delete()


def refuse_role(role: Role, *, practitioner: Resource | None, by: Actor) -> None:
    """Raise what stands against the actor giving that role, with that diary as the member's own."""
    if role is Role.OWNER and by.role not in (Role.OWNER, None):
        raise NotAllowed("owners_only", _("Only an owner can make someone an owner. Ask one."))
    if practitioner is not None and (
        practitioner.clinic_id != by.clinic_id or practitioner.kind != ResourceKind.PRACTITIONER
    ):
        raise Unknown("unknown_practitioner", _("There is no such practitioner in this clinic."))
    if role is Role.PRACTITIONER and practitioner is None:
        sentence = _("Say whose diary is theirs: a practitioner sees their own patients, and nobody else’s.")
        refuse_if_any([Problem("practitioner_missing", ProblemKind.BLOCKER, sentence)])


def _locked(member: Membership, *, by: Actor) -> Membership:
    """The member as they stand now. The clinic's owners are locked together, so that one of them stays."""
    rows = Membership.objects.of_clinic(by.clinic_id).select_for_update(of=("self",)).select_related("user")
    found = {row.pk: row for row in rows.order_by("pk")}
    if member.pk not in found:
        raise Unknown("unknown_member", _("There is no such member in this clinic."))
    row = found[member.pk]
    if row.role == Role.OWNER and by.role not in (Role.OWNER, None):
        raise NotAllowed("owners_only", _("Only an owner can change what an owner is. Ask one."))
    return row


def _refuse_losing_the_last_owner(member: Membership, *, becomes: Role | None) -> None:
    if member.role != Role.OWNER or becomes is Role.OWNER:
        return
    owners = Membership.objects.of_clinic(member.clinic_id).filter(role=Role.OWNER, user__is_active=True)
    if not owners.exclude(pk=member.pk).exists():
        sentence = _("This is the clinic’s only owner. Make someone else an owner first.")
        refuse_if_any([Problem("last_owner", ProblemKind.BLOCKER, sentence)])


def _password_problems(password: str, user: User) -> Iterator[Problem]:
    try:
        validate_password(password, user)
    except ValidationError as weak:
        # Django words them.
        for words in weak.messages:
            yield Problem("weak_password", ProblemKind.BLOCKER, verbatim(words))
