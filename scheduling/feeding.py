"""Feeds: secret addresses under which phones and calendars read visits."""

import hashlib
import secrets
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from clinic.actors import Actor
from clinic.errors import Malformed, Unknown
from clinic.models import Diary
from scheduling.models import Feed, FeedDetail

_TOKEN_BYTES = 32


class OpenedFeed(NamedTuple):
    """A new feed, and the token of its address: said this once, kept nowhere."""

    feed: Feed
    token: str


@dataclass(frozen=True, slots=True)
class Shown:
    """Whose visits a feed shows (one diary's, or the whole clinic's), and how much of each."""

    diary: Diary | None = None
    detail: str = FeedDetail.INITIALS


def open_feed(*, clinic_id: int, label: str, shows: Shown = Shown(), by: Actor, now: datetime) -> OpenedFeed:
    """Open a feed; its address is /feeds/<token>.ics.

    Raises Unknown (`unknown_diary`) for a diary or an actor of another clinic, and Malformed
    (`malformed_detail`, `malformed_label`).
    """
    if by.clinic_id != clinic_id or (shows.diary and shows.diary.clinic_id != clinic_id):
        raise Unknown("unknown_diary", "There is no such diary in this clinic.")
    if shows.detail not in FeedDetail.values:
        raise Malformed("malformed_detail", f"A feed tells one of: {', '.join(FeedDetail.values)}.")
    label = " ".join(label.split())
    if not 0 < len(label) <= 100:
        raise Malformed("malformed_label", "Name the feed in at most 100 characters.")
    token = secrets.token_urlsafe(_TOKEN_BYTES)
    feed = Feed.objects.create(
        clinic_id=clinic_id,
        label=label,
        diary=shows.diary,
        detail=shows.detail,
        token_digest=_digest(token),
        created_at=now,
    )
    return OpenedFeed(feed, token)


def revoke_feed(*, feed: Feed, by: Actor, now: datetime) -> None:
    """Shut a feed at once and for ever; again changes nothing. Raises Unknown for a foreign one."""
    if by.clinic_id != feed.clinic_id:
        raise Unknown("unknown_feed", "There is no such feed in this clinic.")
    Feed.objects.filter(pk=feed.pk, revoked_at__isnull=True).update(revoked_at=now)
    feed.refresh_from_db(fields=["revoked_at"])


def feed_at(*, token: str) -> Feed | None:
    """The open feed behind a token, with its clinic and whose diary it is. One query."""
    rows = Feed.objects.filter(token_digest=_digest(token), revoked_at__isnull=True)
    return rows.select_related("clinic", "diary__resource", "diary__patient").first()


def _digest(token: str) -> str:
    # The token is long and random: a plain hash is enough, and can be looked up.
    return hashlib.sha256(token.encode(errors="replace")).hexdigest()
