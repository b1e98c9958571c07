"""Which visits are when: reads for day sheets, lists and feeds."""

from datetime import datetime

from scheduling.models.sessions import Session, SessionQuerySet


def sessions_between(*, clinic_id: int, first: datetime, end: datetime) -> SessionQuerySet:
    """The scheduled sessions of the clinic that start in [first, end), by start, then id."""
    found: SessionQuerySet = Session.objects.of_clinic(clinic_id)
    return (
        found.scheduled()
        .starting_between(first, end)
        .select_related("patient", "plan", "site", "session_type")
        .order_by("starts_at", "pk")
    )
