"""Locks on a plan and its sessions."""

from collections.abc import Sequence

from scheduling.models import Session
from treatments.models import Plan


def lock_plan(plan: Plan) -> Plan:
    """The plan as it stands now, locked until commit: of an act on a course only the patient comes before."""
    rows = Plan.objects.select_for_update(no_key=True, of=("self",))
    return rows.select_related("patient", "clinic", "protocol").get(pk=plan.pk)


def lock_sessions(sessions: Sequence[Session]) -> list[Session]:
    """The sessions as they stand now, locked in the order of their ids; returned by number."""
    rows = Session.objects.select_for_update(no_key=True).filter(pk__in=[s.pk for s in sessions])
    return sorted(rows.order_by("pk"), key=lambda session: session.number)
