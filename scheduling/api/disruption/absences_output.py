"""Absences and what is in their way as REST says them. None of these functions queries."""

from typing import Any
from zoneinfo import ZoneInfo

from clinic.models import Closure, Leave
from scheduling.api.output import session_json
from scheduling.disruption.affected_sessions import InTheWay
from scheduling.disruption.clear_absence import Cleared, Swapped


def absence_json(absence: Leave | Closure, *, home: ZoneInfo, tells_reason: bool) -> dict[str, Any]:
    """One absence; its resource with its site, or its site, must be loaded. `home` is for who has no site.

    Why somebody is away is for those who manage the places.
    """
    site = absence.resource.site if isinstance(absence, Leave) else absence.site
    zone = site.tz if site else home
    said = {
        "id": str(absence.uuid),
        "starts_at": absence.starts_at.astimezone(zone).isoformat(),
        "ends_at": absence.ends_at and absence.ends_at.astimezone(zone).isoformat(),
    }
    if isinstance(absence, Leave):
        said |= {"resource": str(absence.resource.uuid), "state": absence.state}
    else:
        said |= {"site": str(absence.site.uuid)}
    return {**said, "reason": absence.reason} if tells_reason else said


def in_the_way_json(one: InTheWay) -> dict[str, Any]:
    """One session, what can be done with it, and why it is not simply swapped."""
    return {
        "session": session_json(one.session),
        "remedy": str(one.remedy),
        "code": one.snag and str(one.snag),
        "sentence": one.sentence,
    }


def cleared_json(cleared: Cleared) -> dict[str, Any]:
    return {
        "in_the_way": [in_the_way_json(one) for one in cleared.in_the_way],
        "swapped": [_swapped_json(one) for one in cleared.swapped],
        "released": [session_json(session) for session in cleared.released],
    }


def _swapped_json(swapped: Swapped) -> dict[str, Any]:
    return {
        "session": session_json(swapped.session),
        "changes": [
            {"role": change.role, "before": change.before, "after": change.after}
            for change in swapped.changes
        ],
        "patient_is_told": swapped.is_noticed,
    }
