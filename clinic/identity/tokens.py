"""Secrets that open a door without a password: keys, feeds, invitations, trusted devices. Pure."""

import hashlib
import secrets

_BYTES = 32


def new_token() -> str:
    """256 random bits in letters that survive an address."""
    return secrets.token_urlsafe(_BYTES)


def digest_of(secret: str) -> str:
    """What is stored of a secret, SHA-256: so many random bits need no salt and no slow hash."""
    return hashlib.sha256(secret.encode("utf-8", "surrogateescape")).hexdigest()
