"""Who a REST request comes from, and what its key may do."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.db.models import Q
from django.http.response import HttpResponseBase
from rest_framework.authentication import BaseAuthentication
from rest_framework.exceptions import AuthenticationFailed
from rest_framework.permissions import BasePermission
from rest_framework.request import Request

from clinic.actors import Actor, ActorKind, Scope
from clinic.errors import NotAllowed
from clinic.keys import digest_of
from clinic.models import AccessKey
from clinic.web.clock import now

View = Callable[..., HttpResponseBase]


class KeyAuthentication(BaseAuthentication):
    """`Authorization: Bearer <key>`; the key is looked up by its digest."""

    def authenticate(self, request: Request) -> tuple[None, AccessKey] | None:
        scheme, _, secret = request.headers.get("Authorization", "").partition(" ")
        if scheme.lower() != "bearer":
            return None
        # Keys go with the person who made them: a disabled user leaves no door open.
        key: AccessKey | None = AccessKey.objects.filter(
            Q(created_by__isnull=True) | Q(created_by__is_active=True), digest=digest_of(secret.strip())
        ).first()
        if key is None or not key.is_valid(now()):
            raise AuthenticationFailed("This access key is unknown, expired or revoked. Ask for a new one.")
        return None, key

    def authenticate_header(self, request: Request) -> str:
        return 'Bearer realm="Coursebook"'


class HasKey(BasePermission):
    """Nothing is shown without a key."""

    message = "Send an access key: “Authorization: Bearer <key>”."

    def has_permission(self, request: Request, view: Any) -> bool:
        return isinstance(request.auth, AccessKey)


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
        reference=str(key.uuid),
        key_id=key.pk,
    )


def needs(scope: Scope) -> Callable[[View], View]:
    """Refuse keys without the scope (`scope_missing`), before anything is looked up."""

    def guard(view: View) -> View:
        @wraps(view)
        def guarded(request: Request, **path: Any) -> HttpResponseBase:
            if scope not in key_of(request).scopes:
                raise NotAllowed("scope_missing", f"This access key may not do that: it lacks “{scope}”.")
            return view(request, **path)

        return guarded

    return guard
