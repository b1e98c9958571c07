"""Plans, sessions and proposals as REST says them. None of these functions queries."""

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from clinic.time.cells import instant_of
from clinic.web.rest.problems import problems_json
from scheduling.engine.placed import Assignment, PlacedSession
from scheduling.engine.proposal import Proposal
from scheduling.models import Hold, Offer, Session, Wait
from scheduling.moving.ripple import Ripple
from scheduling.waitlist.matching import Match
from treatments.models import Plan, PlanState


def plan_json(plan: Plan, *, sessions: Iterable[Session]) -> dict[str, Any]:
    """The plan with its course; patient, protocol and prescriber must be loaded."""
    return {
        "id": str(plan.uuid),
        "version": plan.version,
        "state": plan.state,
        "doctor_must_look": plan.state == PlanState.AWAITING_REVIEW,
        "patient": str(plan.patient.uuid),
        "protocol": str(plan.protocol.uuid),
        "prescribed_by": plan.prescribed_by and str(plan.prescribed_by.uuid),
        "prescribed_on": str(plan.prescribed_on),
        "indication": plan.indication,
        "harvest_site": plan.harvest_site,
        "wishes": plan.wishes,
        "session_count": plan.session_count,
        "interval_days": plan.interval_days,
        "paused_until": _paused_until(plan),
        "sessions": [session_json(session) for session in sessions],
    }


def session_json(session: Session) -> dict[str, Any]:
    """One session. Its patient, plan, site and session type must be loaded."""
    return {
        "id": str(session.uuid),
        "patient": str(session.patient.uuid),
        "plan": session.plan and str(session.plan.uuid),
        "site": session.site and str(session.site.uuid),
        "session_type": str(session.session_type.uuid),
        "kind": session.kind,
        "number": session.number,
        "attempt": session.attempt,
        "status": session.status,
        "version": session.version,
        "sequence": session.sequence,
        "starts_at": _local(session.starts_at, session),
        "ends_at": _local(session.ends_at, session),
        "window": session.window and session.window.as_dict(),
        "claims": _cast(session, session.cast),
        "arrived_at": _local(session.arrived_at, session),
        "started_at": _local(session.started_at, session),
        "finished_at": _local(session.finished_at, session),
        "outcome": session.outcome,
        "outcome_reason": session.outcome_reason,
        "counts": session.counts,
        "record": session.record,
        "used": _cast(session, session.used),
        "cancelled": _cancelled(session),
        "done_elsewhere": _done_elsewhere(session),
    }


def hold_json(hold: Hold) -> dict[str, Any]:
    """One hold and what it holds: nothing, once it is over. Plan, patient and sessions must be loaded."""
    sessions = list(hold.sessions.all())
    zone = next((session.site.tz for session in sessions if session.site), UTC)
    kind, _, reference = hold.held_by.partition(":")
    return {
        "id": str(hold.uuid),
        "plan": hold.plan and str(hold.plan.uuid),
        "patient": hold.plan and str(hold.plan.patient.uuid),
        "held_by": {"kind": kind, "id": reference},
        "reason": hold.reason,
        "expires_at": hold.expires_at.astimezone(zone).isoformat(),
        "released_at": hold.released_at and hold.released_at.astimezone(zone).isoformat(),
        "sessions": [session_json(session) for session in sessions],
    }


def proposal_json(proposal: Proposal, *, token: str) -> dict[str, Any]:
    return {
        "id": token,
        "label": proposal.label,
        "advantages": list(proposal.advantages),
        "costs": list(proposal.costs),
        "sessions": [_placed_json(placed) for placed in proposal.sessions],
    }


def ripple_json(ripple: Ripple, *, token: str | None) -> dict[str, Any]:
    """What a move does; sessions and their sites must be loaded."""
    return {
        "proposal": token,
        "moved": [
            {
                "session": str(session.uuid),
                "from": _local(session.starts_at, session),
                "to": _placed_json(placed),
            }
            for session, placed in ripple.moved
        ],
        "kept": [
            {
                "session": str(session.uuid),
                "kind": session.kind,
                "number": session.number,
                "starts_at": _local(session.starts_at, session),
            }
            for session in ripple.kept
        ],
        "problems": problems_json(ripple.problems),
    }


def wait_json(wait: Wait) -> dict[str, Any]:
    """One who waits; patient, session with its site, and session type must be loaded."""
    return {
        "id": str(wait.uuid),
        "version": wait.version,
        "state": wait.state,
        "patient": str(wait.patient.uuid),
        "session": str(wait.session.uuid),
        "session_type": str(wait.session_type.uuid),
        "has": _local(wait.session.starts_at, wait.session),
        "from": wait.from_on and str(wait.from_on),
        "until": wait.until_on and str(wait.until_on),
        "notice_hours": wait.notice_hours,
        "is_urgent": wait.is_urgent,
        "rank": wait.rank,
        "note": wait.note,
        "since": wait.created_at.isoformat(),
    }


def match_json(match: Match) -> dict[str, Any]:
    return {"wait": wait_json(match.wait), "to": _placed_json(match.placed)}


def offer_json(offer: Offer) -> dict[str, Any]:
    """One offer; its site, and who waits with their session, must be loaded."""
    zone = offer.site.tz
    return {
        "id": str(offer.uuid),
        "wait": str(offer.wait.uuid),
        "patient": str(offer.wait.patient.uuid),
        "session": str(offer.wait.session.uuid),
        "site": str(offer.site.uuid),
        "starts_at": offer.starts_at.astimezone(zone).isoformat(),
        "ends_at": offer.ends_at.astimezone(zone).isoformat(),
        "expires_at": offer.expires_at.astimezone(zone).isoformat(),
        "state": offer.state,
    }


def _placed_json(placed: PlacedSession) -> dict[str, Any]:
    return {
        "kind": placed.key.kind,
        "number": placed.number,
        "starts_at": placed.starts_at.isoformat(),
        "ends_at": placed.ends_at.isoformat(),
        "window": placed.window and placed.window.as_dict(),
        "claims": [_assignment_json(assignment, placed.zone) for assignment in placed.assignments],
    }


def _assignment_json(assignment: Assignment, zone: ZoneInfo) -> dict[str, Any]:
    resource = assignment.resource
    return {
        "stage": assignment.stage,
        "role": assignment.role,
        "resource": {"id": str(resource.uuid), "kind": resource.kind, "name": resource.name},
        "starts_at": instant_of(assignment.start_cell).astimezone(zone).isoformat(),
        "ends_at": instant_of(assignment.end_cell).astimezone(zone).isoformat(),
    }


def _cast(session: Session, parts: Iterable[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Who and what serves, as frozen at booking or as written down: it outlives the claims themselves."""
    return [
        {
            "stage": part["stage"],
            "role": part["role"],
            "resource": {"id": part["resource"], "kind": part["kind"], "name": part["name"]},
            "starts_at": _after_arrival(session, part["starts_minute"]),
            "ends_at": _after_arrival(session, part["ends_minute"]),
        }
        for part in parts
    ]


def _paused_until(plan: Plan) -> str | None:
    """Until when it is paused; of a course that goes on nothing is said of the pause it had."""
    is_paused = plan.state == PlanState.PAUSED and plan.paused_until is not None
    return str(plan.paused_until) if is_paused else None


def _cancelled(session: Session) -> dict[str, Any] | None:
    """By whom, when, why, and whether that was late."""
    if session.cancelled_at is None:
        return None
    return {
        "by": session.cancelled_by,
        "at": _local(session.cancelled_at, session) or session.cancelled_at.isoformat(),
        "reason": session.cancel_reason,
        "is_late": session.is_late_cancel,
    }


def _done_elsewhere(session: Session) -> dict[str, str] | None:
    if not session.is_done_elsewhere:
        return None
    return {"on": str(session.local_date), "place": session.done_at}


def _after_arrival(session: Session, minutes: int) -> str | None:
    return _local(session.starts_at and session.starts_at + timedelta(minutes=minutes), session)


def _local(instant: datetime | None, session: Session) -> str | None:
    """The instant on the site's wall clock, with its offset."""
    if instant is None or session.site is None:
        return None
    return instant.astimezone(session.site.tz).isoformat()
