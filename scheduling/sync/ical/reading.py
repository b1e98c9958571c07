"""The sessions of a feed: one query, whatever it holds."""

from datetime import datetime, time, timedelta
from typing import Any

from django.db.models import Exists, OuterRef, Q, QuerySet

from scheduling.icalendar.vevents import FeedSession, has_in_cast
from scheduling.models import SCHEDULED, Claim, Feed, Session, SessionStatus

DAYS_BACK = timedelta(days=30)

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

    Reckoned in whole UTC days, so that the feed does not change by the minute.
    """
    since = datetime.combine((now - DAYS_BACK).date(), time(0), tzinfo=now.tzinfo)
    cancelled = Q(status=SessionStatus.CANCELLED, changed_at__gte=since)
    rows: QuerySet[Session] = Session.objects.of_clinic(feed.clinic_id).filter(starts_at__gte=since)
    of_resource = None
    if feed.diary is None:
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
    return [v for v in sessions if not v.is_cancelled or has_in_cast(v.cast, resource=of_resource)]


def _session(row: tuple[Any, ...]) -> FeedSession:
    uuid, status, *rest = row
    return FeedSession(uuid, status == SessionStatus.CANCELLED, *rest)
