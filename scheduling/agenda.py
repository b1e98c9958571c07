"""Which visits are when: reads for day sheets, lists and feeds."""

from datetime import date, datetime

from clinic.actors import Actor
from scheduling.models.sessions import Session, SessionQuerySet


def sessions_between(*, by: Actor, first: datetime, end: datetime) -> SessionQuerySet:
    """The scheduled sessions the actor may see that start in [first, end), by start, then id."""
    found: SessionQuerySet = Session.objects.seen_by(by)
    return (
        found.scheduled()
        .starting_between(first, end)
        .select_related("patient", "plan", "site", "session_type")
        .order_by("starts_at", "pk")
    )


def here_without_time(*, by: Actor, on: date) -> SessionQuerySet:
    """Who walked in on that date at the site, and has or had no time; by arrival, then id."""
    found: SessionQuerySet = Session.objects.seen_by(by)
    return (
        found.scheduled()
        .filter(starts_at__isnull=True, is_done_elsewhere=False, local_date=on)
        .select_related("patient", "plan", "site", "session_type")
        .order_by("arrived_at", "pk")
    )
