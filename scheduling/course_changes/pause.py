"""Pausing a course and resuming it."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from django.db import transaction

from clinic.audit_trail.write import AuditAction, AuditRecord, record_audit
from clinic.errors import Problem, ProblemKind, refuse_if_any
from clinic.identity.actors import Actor
from clinic.identity.permissions import Act, refuse_unless_may
from clinic.places.sites import today_at_home
from scheduling.course_changes.cancel import Ending, end_sessions, ending_problems, put_in_place
from scheduling.course_changes.frame import OpenCourse, close_course, give_up_time, open_course
from scheduling.courses.states import PlanAct, plan_leads_on
from scheduling.models import AHEAD, CancelledBy, Session
from treatments.cadence import REVIEW
from treatments.models import Plan, PlanState


@dataclass(frozen=True, slots=True)
class Pause:
    """Why, who asked for it (`CancelledBy`), and until when if that is known.

    `give_back` gives up what is booked ahead, which is due again.
    """

    reason: str
    until: date | None = None
    give_back: bool = False
    asked_by: str = CancelledBy.CLINIC


def pause_course(*, plan: Plan, pause: Pause, by: Actor, now: datetime) -> Plan:
    """Let a course rest: while it does, nothing of it can be booked. What it only held is given back.

    Doing it twice changes nothing. Raises NotAllowed, Unknown, StateForbids and Refused (`reason_missing`,
    `reason_too_long`, `pause_ends_in_the_past`, `visits_in_the_pause`). Locks: patient, plan, hold,
    sessions, pages, change counter.
    """
    refuse_unless_may(by=by, act=Act.AMEND)
    with transaction.atomic():
        course = open_course(plan=plan, by=by, now=now)
        locked = _plan_of(course)
        if not plan_leads_on(plan=locked, act=PlanAct.PAUSE):
            return locked
        before = _values(locked)
        ending = Ending(reason=pause.reason, cancelled_by=pause.asked_by)
        booked = [one for one in course.sessions if one.status in AHEAD and _is_to_come(one, now)]
        refuse_if_any([*ending_problems(ending), *_pause_problems(pause, booked, by=by, now=now)])
        if booked:
            end_sessions(course, booked, ending=ending, by=by)
            put_in_place(course, booked)
        else:
            give_up_time(course, ())
        locked.state, locked.paused_until = PlanState.PAUSED, pause.until
        _note(AuditAction.PAUSED_COURSE, course, before, by=by, reason=pause.reason)
        close_course(course)
    return locked


def resume_course(*, plan: Plan, by: Actor, now: datetime) -> Plan:
    """Go on with a course. Windows that closed meanwhile open today.

    A course with a concern that nobody cleared waits for a practitioner. Doing it twice changes nothing.
    Raises NotAllowed, Unknown and StateForbids. Locks: patient, plan, hold, sessions, change counter.
    """
    refuse_unless_may(by=by, act=Act.AMEND)
    with transaction.atomic():
        course = open_course(plan=plan, by=by, now=now)
        locked = _plan_of(course)
        if not plan_leads_on(plan=locked, act=PlanAct.RESUME):
            return locked
        before = _values(locked)
        is_concerning = locked.concerns.filter(cleared_at__isnull=True).exists()
        locked.state = PlanState.AWAITING_REVIEW if is_concerning else PlanState.ACTIVE
        # From here on windows know until when it rested.
        locked.paused_until = today_at_home(clinic_id=by.clinic_id, now=now)
        _note(AuditAction.RESUMED_COURSE, course, before, by=by)
        close_course(course)
    return locked


def _pause_problems(
    pause: Pause, booked: Sequence[Session], *, by: Actor, now: datetime
) -> Iterator[Problem]:
    if pause.until is not None and pause.until <= today_at_home(clinic_id=by.clinic_id, now=now):
        yield Problem(
            "pause_ends_in_the_past", ProblemKind.BLOCKER, "A pause ends after today. Choose a later date."
        )
    if booked and not pause.give_back:
        names = [f"{'review' if one.kind == REVIEW else 'session'} {one.number}" for one in booked]
        yield Problem(
            "visits_in_the_pause",
            ProblemKind.BLOCKER,
            f"Booked already: {', '.join(names)}. Give these times back with the pause, or let it run.",
        )


def _is_to_come(session: Session, now: datetime) -> bool:
    return session.starts_at is not None and session.starts_at >= now


def _plan_of(course: OpenCourse) -> Plan:
    assert course.plan is not None, "a course was opened"
    return course.plan


def _values(plan: Plan) -> dict[str, object]:
    return {"state": plan.state, "paused_until": plan.paused_until}


def _note(
    deed: AuditAction, course: OpenCourse, before: dict[str, object], *, by: Actor, reason: str = ""
) -> None:
    plan = _plan_of(course)
    course.plan_fields |= {"state", "paused_until"}
    after = _values(plan) | ({"reason": reason.strip()} if reason.strip() else {})
    record_audit(AuditRecord(deed, plan, [course.patient.uuid], before, after), by=by, now=course.now)
