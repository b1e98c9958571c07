"""Access keys: what a REST client shows instead of a password."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import NamedTuple

from django.db import OperationalError, connection, transaction
from django.db.models import Exists, F, OuterRef, Q, QuerySet

from clinic.audit_trail.write import AuditAction, AuditRecord, record_audit
from clinic.errors import Problem, ProblemKind, refuse_if_any
from clinic.identity.actors import Actor, Scope
from clinic.identity.permissions import Act, may_give, refuse_unless_may
from clinic.identity.tokens import digest_of, new_token
from clinic.lookup import find
from clinic.models import AccessKey, Membership
from clinic.plain_text import one_line, text_problems
from clinic.sentences import sentence as _

_MARK = "cb_"
_SHOWN_LETTERS = 10
LONGEST_LABEL = 100
# Both keys work so long after a rotation: a client is not cut off while it is given the new one.
ROTATION_GRACE = timedelta(hours=24)
# When a key was last used is kept as exactly as that: not every request is a write.
LAST_USED_GRAIN = timedelta(minutes=5)


@dataclass(frozen=True, slots=True)
class NewKey:
    """What a client is to be let do, and until when."""

    label: str
    scopes: Iterable[Scope]
    expires_at: datetime | None = None


class IssuedKey(NamedTuple):
    """A new key and its secret, which is never shown again: only a digest is kept."""

    key: AccessKey
    secret: str


def keys_seen_by(by: Actor) -> QuerySet[AccessKey]:
    """Keys, of each with `maker_is_in`: whether whoever made it, if that is known, is in the clinic still."""
    members = Membership.objects.of_clinic(by.clinic_id).filter(user__is_active=True)
    is_in = Exists(members.filter(user=OuterRef("created_by")))
    return AccessKey.objects.seen_by(by).annotate(maker_is_in=Q(created_by__isnull=True) | Q(is_in))


def issue_key(*, new: NewKey, by: Actor, now: datetime) -> IssuedKey:
    """Make a key for a client that may do what the scopes say, until it expires or is revoked.

    Raises NotAllowed and Refused (`label_missing`, `scopes_missing`, `scopes_beyond_own`,
    `expiry_in_the_past`).
    """
    refuse_unless_may(by=by, act=Act.MANAGE_KEYS)
    label, scopes = one_line(new.label)[:LONGEST_LABEL], sorted({str(scope) for scope in new.scopes})
    problems = [*_problems_with(label, scopes, new.expires_at, now), *_scope_problems(scopes, by)]
    refuse_if_any(problems)
    with transaction.atomic():
        issued = _made(AccessKey(clinic_id=by.clinic_id, label=label, scopes=scopes), new.expires_at, by, now)
        after = {"label": label, "scopes": scopes, "expires_at": new.expires_at}
        record_audit(AuditRecord(AuditAction.ISSUED_KEY, issued.key, after=after), by=by, now=now)
    return issued


def _problems_with(
    label: str, scopes: Sequence[str], expires_at: datetime | None, now: datetime
) -> Iterator[Problem]:
    yield from text_problems(label, "label", missing=_("Name the key: say who uses it and what for."))
    if not scopes:
        yield Problem("scopes_missing", ProblemKind.BLOCKER, _("Choose what the key may do."))
    if expires_at is not None and expires_at <= now:
        sentence = _("That day is over. Let the key expire later, or never.")
        yield Problem("expiry_in_the_past", ProblemKind.BLOCKER, sentence)


def _scope_problems(scopes: Iterable[str], by: Actor) -> Iterator[Problem]:
    beyond = [scope for scope in scopes if scope in set(Scope) and not may_give(by=by, scope=Scope(scope))]
    if beyond:
        sentence = _(
            "A key may do no more than whoever makes it. Leave out {scopes}, or ask the clinic’s owner.",
            scopes=", ".join(beyond),
        )
        yield Problem("scopes_beyond_own", ProblemKind.BLOCKER, sentence)


def may_rotate(*, key: AccessKey, by: Actor, now: datetime) -> bool:
    """Whether the key works and does no more than whoever would read its new secret."""
    return key.is_valid(now) and not any(_scope_problems(key.scopes, by))


def rotate_key(*, key: AccessKey, by: Actor, now: datetime) -> IssuedKey:
    """A new key in place of this one, which works for one day more.

    Raises NotAllowed, Unknown (`unknown_access_key`) and Refused (`key_not_valid`, `scopes_beyond_own`).
    """
    refuse_unless_may(by=by, act=Act.MANAGE_KEYS)
    with transaction.atomic():
        old = _locked(key, by=by)
        if not old.is_valid(now):
            sentence = _("This key works no more. Issue a new one instead.")
            refuse_if_any([Problem("key_not_valid", ProblemKind.BLOCKER, sentence)])
        # Who rotates it reads the secret.
        refuse_if_any(_scope_problems(old.scopes, by))
        draft = AccessKey(clinic_id=by.clinic_id, label=old.label, scopes=old.scopes)
        issued = _made(draft, old.expires_at, by, now)
        old.expires_at = min(now + ROTATION_GRACE, old.expires_at or datetime.max.replace(tzinfo=now.tzinfo))
        old.save(update_fields=["expires_at"])
        record_audit(
            AuditRecord(AuditAction.ROTATED_KEY, old, after={"replaced_by": issued.key.uuid}), by=by, now=now
        )
    return issued


def revoke_key(*, key: AccessKey, by: Actor, now: datetime) -> None:
    """Shut a key at once and for ever; again changes nothing.

    Raises NotAllowed and Unknown (`unknown_access_key`).
    """
    refuse_unless_may(by=by, act=Act.MANAGE_KEYS)
    with transaction.atomic():
        row = _locked(key, by=by)
        if row.revoked_at is None:
            row.revoked_at = now
            row.save(update_fields=["revoked_at"])
            record_audit(AuditRecord(AuditAction.REVOKED_KEY, row, after={"revoked_at": now}), by=by, now=now)


def key_with(*, secret: str, now: datetime) -> AccessKey | None:
    """The valid key with that secret, marked as used. Keys go with the person who made them.

    A user who is disabled, or of the clinic no more, leaves no door open.
    """
    maker_is_in = Q(created_by__is_active=True, created_by__memberships__clinic_id=F("clinic_id"))
    found: AccessKey | None = AccessKey.objects.filter(
        Q(created_by__isnull=True) | maker_is_in, digest=digest_of(secret)
    ).first()
    if found is None or not found.is_valid(now):
        return None
    if found.last_used_at is None or now - found.last_used_at >= LAST_USED_GRAIN:
        _note_use(found, now)
    return found


def _note_use(key: AccessKey, now: datetime) -> None:
    """Who reads is served though nothing can be written: on a full disk, say."""
    try:
        AccessKey.objects.filter(pk=key.pk).update(last_used_at=now)
    except OperationalError:
        if connection.in_atomic_block:
            raise


def _made(draft: AccessKey, expires_at: datetime | None, by: Actor, now: datetime) -> IssuedKey:
    secret = _MARK + new_token()
    draft.prefix, draft.digest = secret[:_SHOWN_LETTERS], digest_of(secret)
    draft.created_by_id, draft.created_at, draft.expires_at = by.user_id, now, expires_at
    draft.save(force_insert=True)
    return IssuedKey(draft, secret)


def _locked(key: AccessKey, *, by: Actor) -> AccessKey:
    return find(AccessKey.objects.of_clinic(by.clinic_id).select_for_update(), uuid=key.uuid)
