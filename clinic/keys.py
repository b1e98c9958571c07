"""Access keys: what a REST client shows instead of a password."""

import hashlib
import secrets
from collections.abc import Iterable
from datetime import datetime
from typing import NamedTuple

from clinic.actors import Actor, Scope
from clinic.models import AccessKey

_MARK = "cb_"
_SHOWN_LETTERS = 10


class IssuedKey(NamedTuple):
    """A new key and its secret, which is never shown again: only a digest is kept."""

    key: AccessKey
    secret: str


def issue_key(*, clinic_id: int, label: str, scopes: Iterable[Scope], by: Actor, now: datetime) -> IssuedKey:
    """Make a key for a client that may do what the scopes say, until it is revoked."""
    secret = _MARK + secrets.token_urlsafe(32)
    key = AccessKey.objects.create(
        clinic_id=clinic_id,
        label=label,
        prefix=secret[:_SHOWN_LETTERS],
        digest=digest_of(secret),
        scopes=sorted(str(scope) for scope in scopes),
        created_by_id=by.user_id,
        created_at=now,
    )
    return IssuedKey(key, secret)


def digest_of(secret: str) -> str:
    """What is stored of a secret. 256 random bits need no salt and no slow hash."""
    return hashlib.sha256(secret.encode("utf-8", "surrogateescape")).hexdigest()
