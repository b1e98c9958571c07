"""Access keys of REST clients: issue, rotate, revoke."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID
from zoneinfo import ZoneInfo

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext
from django.views.decorators.http import require_http_methods, require_POST

from clinic.access.keys import IssuedKey, issue_key, keys_seen_by, may_rotate, revoke_key, rotate_key
from clinic.desk.access.forms import SCOPE_WORDS, KeyFields
from clinic.identity.actors import Actor, Scope
from clinic.identity.permissions import Act
from clinic.lookup import find
from clinic.models import AccessKey
from clinic.places.sites import zone_at_home
from clinic.plain_text import isolated
from clinic.time.wall_clock import local_date
from clinic.web.clock import now
from clinic.web.desk.desk_access import desk_page
from clinic.web.desk.form_actions import send

FIELDS = {
    "label_missing": "label",
    "scopes_missing": "scopes",
    "scopes_beyond_own": "scopes",
    "expiry_in_the_past": "expires_on",
}


@dataclass(frozen=True, slots=True)
class KeyShown:
    """One key as the list shows it: never its secret."""

    key: AccessKey
    state: str
    is_valid: bool
    may_be_rotated: bool
    may_do: tuple[str, ...]


@require_http_methods(["GET", "HEAD", "POST"])
@desk_page(Act.MANAGE_KEYS)
def keys(request: HttpRequest, *, actor: Actor) -> HttpResponse:
    form = KeyFields(request.POST if request.method == "POST" else None, by=actor)

    def issue() -> IssuedKey:
        new = form.new_key(zone=zone_at_home(clinic_id=actor.clinic_id))
        return issue_key(new=new, by=actor, now=now())

    sent = send(request, form, issue, fields=FIELDS)
    if sent.done is None:
        return _page(request, actor, form, status=sent.status)
    return _page(request, actor, KeyFields(by=actor), issued=sent.done, status=201)


@require_POST
@desk_page(Act.MANAGE_KEYS)
def key_rotate(request: HttpRequest, *, actor: Actor, uuid: UUID) -> HttpResponse:
    key = find(AccessKey.objects.seen_by(actor), uuid=uuid)
    issued = rotate_key(key=key, by=actor, now=now())
    return _page(request, actor, KeyFields(by=actor), issued=issued, status=201)


@require_POST
@desk_page(Act.MANAGE_KEYS)
def key_revoke(request: HttpRequest, *, actor: Actor, uuid: UUID) -> HttpResponse:
    key = find(AccessKey.objects.seen_by(actor), uuid=uuid)
    revoke_key(key=key, by=actor, now=now())
    messages.info(request, gettext("“{key}” opens nothing any more.").format(key=isolated(key.label)))
    return redirect("keys")


def _page(
    request: HttpRequest, actor: Actor, form: KeyFields, issued: IssuedKey | None = None, status: int = 200
) -> HttpResponse:
    rows = keys_seen_by(actor).select_related("created_by").order_by("-created_at", "-pk")
    zone = zone_at_home(clinic_id=actor.clinic_id)
    listed = [_shown(row, now(), zone, by=actor) for row in rows]
    shown = {"keys": listed, "form": form, "issued": issued}
    return render(request, "clinic/access/keys.html", shown, status=status)


def _shown(key: AccessKey, at: datetime, zone: ZoneInfo, *, by: Actor) -> KeyShown:
    is_theirs = bool(getattr(key, "maker_is_in", True))
    if key.revoked_at is not None:
        state = gettext("Revoked on {date}").format(date=local_date(key.revoked_at, zone))
    elif not is_theirs:
        state = gettext("Opens nothing: whoever made it is in the clinic no more")
    elif key.expires_at is not None:
        until = gettext("Works until {date}") if at < key.expires_at else gettext("Ended on {date}")
        state = until.format(date=local_date(key.expires_at, zone))
    else:
        state = gettext("Works until revoked")
    words = tuple(str(SCOPE_WORDS[scope]) for scope in Scope if scope in key.scopes)
    is_valid = is_theirs and key.is_valid(at)
    return KeyShown(key, state, key.is_valid(at), is_valid and may_rotate(key=key, by=by, now=at), words)
