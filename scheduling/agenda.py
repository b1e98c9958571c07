"""Which visits are when: reads for day sheets, lists and feeds."""

from datetime import datetime

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
