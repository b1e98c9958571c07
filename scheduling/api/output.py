"""Plans, sessions and proposals as REST says them. None of these functions queries."""

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from clinic.models.tenant import PublicRow
from clinic.time.cells import instant_of
from clinic.web.rest.problems import problems_json
from scheduling.api.answers import (
    ActJson,
    CancelledJson,
    DoneElsewhereJson,
    HoldJson,
    MatchJson,
    OfferJson,
    PartJson,
    PlacedJson,
    PlanJson,
    ProposalJson,
    RippleJson,
    SessionJson,
    WaitJson,
    WindowJson,
)
from scheduling.engine.placed import Assignment, PlacedSession
from scheduling.engine.proposal import Proposal
from scheduling.models import CourseAct, Hold, Offer, Session, Wait
from scheduling.moving.ripple import Ripple
from scheduling.waitlist.matching import Match
from treatments.cadence import Window
from treatments.models import Plan, PlanState


def plan_json(plan: Plan, *, sessions: Iterable[Session]) -> PlanJson:
    """The plan with its course; patient, protocol and prescriber must be loaded."""
    return {
        "id": str(plan.uuid),
        "version": plan.version,
        "state": plan.state,
        "doctor_must_look": plan.state == PlanState.AWAITING_REVIEW,
        "patient": str(plan.patient.uuid),
        "protocol": str(plan.protocol.uuid),
        "prescribed_by": _id(plan.prescribed_by),
        "prescribed_on": str(plan.prescribed_on),
        "indication": plan.indication,
        "region": plan.region,
        "harvest_site": plan.harvest_site,
        "wishes": plan.wishes,
        "session_count": plan.session_count,
        "interval_days": plan.interval_days,
        "paused_until": _paused_until(plan),
        "sessions": [session_json(session) for session in sessions],
    }


def session_json(session: Session) -> SessionJson:
    """One session. Its patient, plan, site and session type must be loaded."""
    return {
        "id": str(session.uuid),
        "patient": str(session.patient.uuid),
        "plan": _id(session.plan),
        "site": _id(session.site),
        "session_type": str(session.session_type.uuid),
        "kind": session.kind,
        "number": session.number,
        "attempt": session.attempt,
        "status": session.status,
        "version": session.version,
        "sequence": session.sequence,
        "starts_at": _local(session.starts_at, session),
        "ends_at": _local(session.ends_at, session),
        "window": window_json(session.window) if session.window else None,
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


def hold_json(hold: Hold) -> HoldJson:
    """One hold and what it holds: nothing, once it is over. Plan, patient and sessions must be loaded."""
    sessions = list(hold.sessions.all())
    zone = next((session.site.tz for session in sessions if session.site), UTC)
    kind, _, reference = hold.held_by.partition(":")
    return {
        "id": str(hold.uuid),
        "plan": _id(hold.plan),
        "patient": _id(hold.plan.patient) if hold.plan else None,
        "held_by": {"kind": kind, "id": reference},
        "reason": hold.reason,
        "expires_at": hold.expires_at.astimezone(zone).isoformat(),
        "released_at": hold.released_at.astimezone(zone).isoformat() if hold.released_at else None,
        "sessions": [session_json(session) for session in sessions],
    }


def act_json(act: CourseAct | None) -> ActJson | None:
    """What was done, to be undone; None where nothing was."""
    return None if act is None else {"id": str(act.uuid), "undo_until": act.undo_until.isoformat()}


def proposal_json(proposal: Proposal, *, token: str) -> ProposalJson:
    return {
        "id": token,
        "label": proposal.label,
        "advantages": list(proposal.advantages),
        "costs": list(proposal.costs),
        "sessions": [_placed_json(placed) for placed in proposal.sessions],
    }


def ripple_json(ripple: Ripple, *, token: str | None) -> RippleJson:
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


def wait_json(wait: Wait) -> WaitJson:
    """One who waits; patient, session with its site, and session type must be loaded."""
    return {
        "id": str(wait.uuid),
        "version": wait.version,
        "state": wait.state,
        "patient": str(wait.patient.uuid),
        "session": str(wait.session.uuid),
        "session_type": str(wait.session_type.uuid),
        "has": _local(wait.session.starts_at, wait.session),
        "from": str(wait.from_on) if wait.from_on else None,
        "until": str(wait.until_on) if wait.until_on else None,
        "notice_hours": wait.notice_hours,
        "is_urgent": wait.is_urgent,
        "rank": wait.rank,
        "note": wait.note,
        "since": wait.created_at.isoformat(),
    }


def match_json(match: Match) -> MatchJson:
    return {"wait": wait_json(match.wait), "to": _placed_json(match.placed)}


def offer_json(offer: Offer) -> OfferJson:
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


def window_json(window: Window) -> WindowJson:
    return {"earliest": str(window.earliest), "target": str(window.target), "latest": str(window.latest)}


def _placed_json(placed: PlacedSession) -> PlacedJson:
    return {
        "kind": placed.key.kind,
        "number": placed.number,
        "starts_at": placed.starts_at.isoformat(),
        "ends_at": placed.ends_at.isoformat(),
        "window": window_json(placed.window) if placed.window else None,
        "claims": [_assignment_json(assignment, placed.zone) for assignment in placed.assignments],
    }


def _assignment_json(assignment: Assignment, zone: ZoneInfo) -> PartJson:
    resource = assignment.resource
    return {
        "stage": assignment.stage,
        "role": assignment.role,
        "resource": {"id": str(resource.uuid), "kind": resource.kind, "name": resource.name},
        "starts_at": instant_of(assignment.start_cell).astimezone(zone).isoformat(),
        "ends_at": instant_of(assignment.end_cell).astimezone(zone).isoformat(),
    }


def _cast(session: Session, parts: Iterable[Mapping[str, Any]]) -> list[PartJson]:
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


def _id(row: PublicRow | None) -> str | None:
    return None if row is None else str(row.uuid)


def _paused_until(plan: Plan) -> str | None:
    """Until when it is paused; of a course that goes on nothing is said of the pause it had."""
    is_paused = plan.state == PlanState.PAUSED and plan.paused_until is not None
    return str(plan.paused_until) if is_paused else None


def _cancelled(session: Session) -> CancelledJson | None:
    """By whom, when, why, and whether that was late."""
    if session.cancelled_at is None:
        return None
    return {
        "by": session.cancelled_by,
        "at": _local(session.cancelled_at, session) or session.cancelled_at.isoformat(),
        "reason": session.cancel_reason,
        "is_late": session.is_late_cancel,
    }


def _done_elsewhere(session: Session) -> DoneElsewhereJson | None:
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
