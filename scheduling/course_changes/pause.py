"""Pausing a course and resuming it."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from clinic.audit_trail.write import AuditAction, AuditRecord
from clinic.errors import Problem, ProblemKind, refuse_if_any
from clinic.identity.actors import Actor
from clinic.identity.permissions import Act, refuse_unless_may
from clinic.lookup import refuse_foreign
from clinic.places.sites import today_at_home
from clinic.sentences import joined
from clinic.sentences import sentence as _
from scheduling.course_changes.cancel import Ending, end_sessions, ending_problems, give_up_time, put_in_place
from scheduling.courses.act import course_act
from scheduling.courses.course import key_of
from scheduling.courses.open_act import OpenAct
from scheduling.courses.scope import ActScope
from scheduling.courses.states import PlanAct, plan_leads_on
from scheduling.models import AHEAD, CancelledBy, Session, Telling
from treatments.models import Plan, PlanState


@dataclass(frozen=True, slots=True)
class Pause:
    """Why, who asked for it (`CancelledBy`), and until when if that is known.

    `give_back` gives up what is booked ahead, which is due again; `told` is how patients hear of that.
    """

    reason: str
    until: date | None = None
    give_back: bool = False
    asked_by: str = CancelledBy.CLINIC
    told: Telling = Telling.BY_MAIL


def pause_course(*, plan: Plan, pause: Pause, by: Actor, now: datetime) -> Plan:
    """Let a course rest: while it does, nothing of it can be booked. What it only held is given back.

    Doing it twice changes nothing. Raises NotAllowed, Unknown, StateForbids and Refused (`reason_missing`,
    `reason_too_long`, `pause_ends_in_the_past`, `visits_in_the_pause`). Locks: patient, plan, hold,
    sessions, pages, change counter.
    """
    refuse_unless_may(by=by, act=Act.AMEND)
    refuse_foreign(by=by, unknown_plan=plan)
    with course_act(by=by, now=now, scope=ActScope.of_plan(plan)) as act:
        course = act.course(plan)
        if not plan_leads_on(plan=course.plan, act=PlanAct.PAUSE):
            return course.plan
        before = _values(course.plan)
        ending = Ending(reason=pause.reason, cancelled_by=pause.asked_by, told=pause.told)
        booked = [one for one in course.sessions if one.status in AHEAD and _is_to_come(one, now)]
        refuse_if_any([*ending_problems(ending), *_pause_problems(pause, booked, by=by, now=now)])
        if booked:
            end_sessions(act, booked, ending=ending)
            put_in_place(act, booked)
        else:
            give_up_time(act, (), plan=plan)
        course.plan.state, course.plan.paused_until = PlanState.PAUSED, pause.until
        _note(AuditAction.PAUSED_COURSE, act, course.plan, before, reason=pause.reason)
    return course.plan


def resume_course(*, plan: Plan, by: Actor, now: datetime) -> Plan:
    """Go on with a course. Windows that closed meanwhile open today.

    A course with a concern that nobody cleared waits for a practitioner. Doing it twice changes nothing.
    Raises NotAllowed, Unknown and StateForbids. Locks: patient, plan, hold, sessions, change counter.
    """
    refuse_unless_may(by=by, act=Act.AMEND)
    refuse_foreign(by=by, unknown_plan=plan)
    with course_act(by=by, now=now, scope=ActScope.of_plan(plan)) as act:
        locked = act.plan(plan)
        if not plan_leads_on(plan=locked, act=PlanAct.RESUME):
            return locked
        before = _values(locked)
        is_concerning = locked.concerns.filter(cleared_at__isnull=True).exists()
        locked.state = PlanState.AWAITING_REVIEW if is_concerning else PlanState.ACTIVE
        # From here on windows know until when it rested.
        locked.paused_until = today_at_home(clinic_id=by.clinic_id, now=now)
        _note(AuditAction.RESUMED_COURSE, act, locked, before)
    return locked


def _pause_problems(
    pause: Pause, booked: Sequence[Session], *, by: Actor, now: datetime
) -> Iterator[Problem]:
    if pause.until is not None and pause.until <= today_at_home(clinic_id=by.clinic_id, now=now):
        yield Problem(
            "pause_ends_in_the_past", ProblemKind.BLOCKER, _("A pause ends after today. Choose a later date.")
        )
    if booked and not pause.give_back:
        yield Problem(
            "visits_in_the_pause",
            ProblemKind.BLOCKER,
            _(
                "Booked already: {names}. Give these times back with the pause, or let it run.",
                names=joined((key_of(one).words.lower() for one in booked), by=", "),
            ),
        )


def _is_to_come(session: Session, now: datetime) -> bool:
    return session.starts_at is not None and session.starts_at >= now


def _values(plan: Plan) -> dict[str, object]:
    return {"state": plan.state, "paused_until": plan.paused_until}


def _note(
    deed: AuditAction, act: OpenAct, plan: Plan, before: dict[str, object], *, reason: str = ""
) -> None:
    after = _values(plan) | ({"reason": reason.strip()} if reason.strip() else {})
    act.record(AuditRecord(deed, plan, [act.patient(plan).uuid], before, after))
