"""Seats: which session belongs to whom, at which clinic's desk; read for many sessions at once."""

from collections import defaultdict
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime

from django.contrib.auth import HASH_SESSION_KEY, SESSION_KEY
from django.contrib.sessions.models import Session
from django.db.models import Exists, OuterRef
from django.utils.crypto import constant_time_compare

from clinic.access.accounts import actor_as
from clinic.changelog.numbers import number_beside
from clinic.identity.actors import Actor
from clinic.models import Membership, TrustedDevice, User
from clinic.web.desk.at_desk import Kept
from clinic.web.desk.by_pin import pinned_to
from clinic.web.desk.desk_access import chosen_of
from clinic.web.desk.idle_lock import locks_at
from clinic.web.desk.second_factor import second_factors

# Sessions, memberships, and devices where a PIN opened a session.
MOST_STATEMENTS = 3


@dataclass(frozen=True, slots=True)
class Seat:
    """Someone at a desk, as the database said at `read_at`.

    `number` is the clinic's last change, `locks_at` when the idle lock falls unless the desk is used, both
    instants in seconds by the wall clock. `device` is the digest of the secret that the browser must show.
    """

    actor: Actor
    clinic: str
    number: int
    read_at: float
    locks_at: int | None = None
    device: str | None = None

    def is_locked(self, now: datetime) -> bool:
        return self.locks_at is not None and now.timestamp() >= self.locks_at

    def may_have_been_used(self, now: datetime) -> bool:
        """Whether it should be locked by now and was read before: someone may have touched it since."""
        return self.is_locked(now) and self.locks_at is not None and self.read_at < self.locks_at


def seats_of(*, session_keys: Collection[str], now: datetime) -> dict[str, Seat]:
    """By session key, without those who may open no page of a desk.

    Nothing is written and no session is refreshed. At most MOST_STATEMENTS queries, however many are asked
    about.
    """
    rows = Session.objects.filter(session_key__in=session_keys, expire_date__gt=now)
    kept = {row.session_key: row.get_decoded() for row in rows}
    signed_in = {key: session for key, session in kept.items() if SESSION_KEY in session}
    memberships = _memberships(signed_in.values()) if signed_in else {}
    places = {
        key: chosen_of(memberships[user], session)
        for key, session in signed_in.items()
        if (user := session[SESSION_KEY]) in memberships and _is_of(memberships[user][0].user, session)
    }
    devices = _devices(places, signed_in, now)
    return {
        key: seat
        for key, place in places.items()
        if (seat := _seat(place, signed_in[key], devices=devices, now=now)) is not None
    }


def _memberships(sessions: Collection[Kept]) -> dict[str, list[Membership]]:
    """By user, of those whom their clinic lets in as they sign in; each user's oldest first."""
    rows = (
        Membership.objects.filter(
            user_id__in={session[SESSION_KEY] for session in sessions}, user__is_active=True
        )
        .select_related("user", "clinic")
        .annotate(
            has_second_factor=Exists(second_factors().filter(user_id=OuterRef("user_id"))),
            last_change=number_beside(),
        )
    )
    found: defaultdict[str, list[Membership]] = defaultdict(list)
    for row in rows.order_by("pk"):
        found[str(row.user_id)].append(row)
    return found


def _devices(
    places: Mapping[str, Membership], sessions: Mapping[str, Kept], now: datetime
) -> dict[str, TrustedDevice]:
    """Those trusted now among the ones at which a PIN opened a session; no query without such a session."""
    marks = {key: mark for key in places if (mark := pinned_to(sessions[key])) is not None}
    if not marks:
        return {}
    clinics = {places[key].clinic_id for key in marks}
    rows = TrustedDevice.objects.filter(clinic_id__in=clinics, uuid__in=set(marks.values()))
    return {str(row.uuid): row for row in rows if row.is_trusted(now)}


def _seat(
    place: Membership, session: Kept, *, devices: Mapping[str, TrustedDevice], now: datetime
) -> Seat | None:
    if place.clinic.demands_second_factor and not getattr(place, "has_second_factor", False):
        return None
    mark = pinned_to(session)
    device = devices.get(mark) if mark is not None else None
    if mark is not None and (device is None or device.clinic_id != place.clinic_id):
        return None
    return Seat(
        actor=actor_as(place, user=place.user),
        clinic=str(place.clinic.uuid),
        number=getattr(place, "last_change", 0),
        read_at=now.timestamp(),
        locks_at=locks_at(session),
        device=None if device is None else device.digest,
    )


def _is_of(user: User, session: Kept) -> bool:
    """Whether the password is still the one with which the session was opened."""
    said = session.get(HASH_SESSION_KEY, "")
    good = (user.get_session_auth_hash(), *user.get_session_auth_fallback_hash())
    return any(constant_time_compare(said, one) for one in good)
