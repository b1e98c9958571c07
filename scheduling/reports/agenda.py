"""Sessions of a stretch of days: reads for day sheets, lists and feeds."""

from datetime import date, datetime

from django.db.models import Q

from clinic.identity.actors import Actor
from scheduling.models.sessions import SCHEDULED, Session, SessionQuerySet, SessionStatus


def sessions_between(*, by: Actor, first: datetime, end: datetime) -> SessionQuerySet:
    """The scheduled sessions the actor may see that start in [first, end), by start, then id."""
    found: SessionQuerySet = Session.objects.seen_by(by)
    return found.scheduled().starting_between(first, end).to_show().order_by("starts_at", "pk")


def beside_the_hours(*, by: Actor, on: date) -> SessionQuerySet:
    """Of that date at the site: who is here, or was, without a time, and who did not come."""
    found: SessionQuerySet = Session.objects.seen_by(by)
    is_here = Q(status__in=SCHEDULED, starts_at__isnull=True, is_done_elsewhere=False)
    return (
        found.filter(is_here | Q(status=SessionStatus.MISSED), local_date=on)
        .to_show()
        .order_by("starts_at", "arrived_at", "pk")
    )
