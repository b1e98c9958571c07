"""Authentication of REST requests by access key."""

from typing import Any

from rest_framework.authentication import BaseAuthentication
from rest_framework.exceptions import AuthenticationFailed
from rest_framework.permissions import BasePermission
from rest_framework.request import Request

from clinic.access.keys import key_with
from clinic.identity.actors import Actor, ActorKind, Scope, Way
from clinic.models import AccessKey
from clinic.web.clock import now
from clinic.web.limits import KEY_REQUESTS, refuse_if_too_many


class KeyAuthentication(BaseAuthentication):
    """`Authorization: Bearer <key>`; the key is looked up by its digest."""

    def authenticate(self, request: Request) -> tuple[None, AccessKey] | None:
        scheme, _, secret = request.headers.get("Authorization", "").partition(" ")
        if scheme.lower() != "bearer":
            return None
        key = key_with(secret=secret.strip(), now=now())
        if key is None:
            raise AuthenticationFailed("This access key is unknown, expired or revoked. Ask for a new one.")
        return None, key

    def authenticate_header(self, request: Request) -> str:
        return 'Bearer realm="Coursebook"'


class HasKey(BasePermission):
    """Nothing is shown without a key."""

    message = "Send an access key: “Authorization: Bearer <key>”."

    def has_permission(self, request: Request, view: Any) -> bool:
        if not isinstance(request.auth, AccessKey):
            return False
        refuse_if_too_many(KEY_REQUESTS, who=str(request.auth.uuid), now=now())
        return True


def key_of(request: Request) -> AccessKey:
    assert isinstance(request.auth, AccessKey)
    return request.auth


def actor_of(request: Request) -> Actor:
    """The key as the one who acts, in the key's own clinic."""
    key = key_of(request)
    return Actor(
        clinic_id=key.clinic_id,
        kind=ActorKind.KEY,
        label=key.label,
        way=Way.REST,
        reference=str(key.uuid),
        scopes=frozenset(Scope(scope) for scope in key.scopes if scope in set(Scope)),
        key_id=key.pk,
    )
