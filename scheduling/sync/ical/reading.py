"""The sessions of a feed: one query, and for a resource one of what left it, whatever it holds."""

from dataclasses import replace
from datetime import datetime, time
from typing import Any
from uuid import UUID

from django.db.models import Exists, OuterRef, Q, QuerySet

from scheduling.diaries.left import SHOWN_FOR as DAYS_BACK
from scheduling.icalendar.vevents import FeedSession, has_in_cast
from scheduling.models import SCHEDULED, Claim, Feed, LeftDiary, Session, SessionStatus

_COLUMNS = (
    "uuid",
    "status",
    "sequence",
    "changed_at",
    "starts_at",
    "ends_at",
    "kind",
    "number",
    "plan__session_count",
    "session_type__name",
    "patient__uuid",
    "patient__given_name",
    "patient__family_name",
    "site__name",
    "site__address",
    "site__zone",
    "cast",
)


def sessions_of(*, feed: Feed, now: datetime) -> list[FeedSession]:
    """Sessions from 30 days back to the last one booked; a cancelled one for 30 days after it was cancelled.

    For as long a resource's feed shows as cancelled what has left its diary, as it stood there. Reckoned in
    whole UTC days, so that the feed does not change by the minute.
    """
    since = datetime.combine((now - DAYS_BACK).date(), time(0), tzinfo=now.tzinfo)
    cancelled = Q(status=SessionStatus.CANCELLED, changed_at__gte=since)
    rows: QuerySet[Session] = Session.objects.of_clinic(feed.clinic_id).filter(starts_at__gte=since)
    of_resource = None
    if feed.site_id is not None:
        rows = rows.filter(Q(status__in=SCHEDULED) | cancelled, site=feed.site_id)
    elif feed.diary is None:
        rows = rows.filter(Q(status__in=SCHEDULED) | cancelled)
    elif (patient := getattr(feed.diary, "patient", None)) is not None:
        rows = rows.filter(Q(status__in=SCHEDULED) | cancelled, patient=patient)
    else:
        # A cancelled session has given back its claims: its cast says whose it was.
        own = Claim.objects.of_clinic(feed.clinic_id).filter(session=OuterRef("pk"), diary=feed.diary_id)
        claimed = Exists(own)
        rows = rows.filter(Q(claimed, status__in=SCHEDULED) | cancelled)
        of_resource = feed.diary.resource.uuid
    sessions = [_session(row) for row in rows.order_by("starts_at", "pk").values_list(*_COLUMNS)]
    if of_resource is None:
        return sessions
    here = [v for v in sessions if not v.is_cancelled or has_in_cast(v.cast, resource=of_resource)]
    return [*here, *_left(feed, since, known={session.uuid for session in here})]


def _left(feed: Feed, since: datetime, *, known: set[UUID]) -> list[FeedSession]:
    """Sessions that are in the diary no more, each as it stood when it left it last. One query."""
    rows = LeftDiary.objects.of_clinic(feed.clinic_id).filter(
        diary=feed.diary_id, left_at__gte=since, starts_at__gte=since
    )
    columns = ("sequence", "left_at", "starts_at", "ends_at", *(f"session__{name}" for name in _COLUMNS))
    last: dict[UUID, FeedSession] = {}
    for sequence, left_at, starts_at, ends_at, *said in rows.order_by("left_at", "pk").values_list(*columns):
        last[said[0]] = replace(
            _session(tuple(said)),
            is_cancelled=True,
            sequence=sequence,
            changed_at=left_at,
            starts_at=starts_at,
            ends_at=ends_at,
            # Where it is now, and with whom, is told by other diaries.
            site_name="",
            site_address="",
            zone="UTC",
            cast=[],
        )
    return [session for uuid, session in sorted(last.items()) if uuid not in known]


def _session(row: tuple[Any, ...]) -> FeedSession:
    uuid, status, *rest = row
    return FeedSession(uuid, status == SessionStatus.CANCELLED, *rest)
