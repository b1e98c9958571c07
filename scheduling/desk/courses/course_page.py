"""A course: its calendar, what it tried that came to nothing, and what mails go out when."""

from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from clinic.audit_trail.write import AuditAction
from clinic.identity.actors import Actor
from clinic.identity.permissions import Act
from clinic.lookup import find
from clinic.models import Resource, Site
from clinic.places.sites import today_at_home
from clinic.plain_text import isolated
from clinic.web.clock import now
from clinic.web.desk.desk_access import desk_page
from clinic.web.trail import saw
from clinic.wording import label_of
from scheduling.courses.course import course_of
from scheduling.courses.states import PLAN_STEPS, PlanAct
from scheduling.desk.search.holds_shown import HoldShown, standing_hold
from scheduling.desk.shared.act_line import act_line
from scheduling.desk.shared.mails_shown import Mails, mails_of_course
from scheduling.desk.shared.month import Month, months_of
from scheduling.desk.shared.sessions_shown import SessionShown, cancelled_by, session_shown
from scheduling.desk.shared.wording import span_words, wishes_words
from scheduling.models import Outcome, Session, SessionStatus
from scheduling.undoing.last_acts import of_course
from treatments.models import HarvestSite, Plan, PlanState
from treatments.wishes import wishes_from

_MAY_AWAIT = (PlanState.ACTIVE, PlanState.AWAITING_REVIEW)
_MAY_CHANGE = PLAN_STEPS[PlanAct.AMEND].begins


@dataclass(frozen=True, slots=True)
class AttemptShown:
    """A session that stands for its number no more; `why` may be empty."""

    session: SessionShown
    became: str
    why: str


@dataclass(frozen=True, slots=True)
class PlanShown:
    """Everything the page shows."""

    plan: Plan
    state: str
    span: str
    sessions: tuple[SessionShown, ...]
    attempts: tuple[AttemptShown, ...]
    months: tuple[Month, ...]
    places: tuple[str, ...]
    mails: Mails
    harvest_site: str
    wishes: str
    wants_times: bool
    has_gap: bool
    held: HoldShown | None
    doctor_must_look: bool
    may_ask_review: bool
    may_change: bool
    is_paused: bool


@require_safe
@desk_page(Act.SEE_CALENDAR)
def plan(request: HttpRequest, *, actor: Actor, uuid: UUID) -> HttpResponse:
    plans = Plan.objects.seen_by(actor).select_related("patient", "protocol", "prescribed_by", "entered_by")
    found = find(plans, uuid=uuid)
    saw(AuditAction.SAW_PLAN, [found.patient.uuid], by=actor, about=found)
    at = now()
    line = act_line(request, of_course(plan=found, by=actor, now=at), by=actor, now=at)
    shown = {"shown": _read(found, by=actor, now=at), "line": line}
    return render(request, "scheduling/courses/course.html", shown)


def _read(plan: Plan, *, by: Actor, now: datetime) -> PlanShown:
    """As many queries however many sessions."""
    today = today_at_home(clinic_id=by.clinic_id, now=now)
    course = course_of(plan=plan)
    sessions = course.to_show()
    shown = tuple(session_shown(session, today=today) for session in course.still_meant)
    marks = {
        session.on: f"R{session.number}" if session.is_review else session.number
        for session in shown
        if session.on
    }
    return PlanShown(
        plan=plan,
        state=label_of(PlanState(plan.state)),
        span=span_words(list(marks), today=today) if marks else "",
        sessions=shown,
        attempts=attempts_of(plan=plan, by=by, today=today),
        months=tuple(months_of(marks)),
        places=tuple(dict.fromkeys(_place(s.site) for s in sessions if s.site)),
        mails=mails_of_course(plan=plan, by=by, today=today, now=now),
        harvest_site=label_of(HarvestSite(plan.harvest_site)) if plan.harvest_site else "",
        wishes=_wishes(plan, by),
        wants_times=course.wants_times,
        has_gap=course.has_gap,
        held=standing_hold(plan=plan, by=by, now=now),
        doctor_must_look=plan.state == PlanState.AWAITING_REVIEW,
        may_change=plan.state in _MAY_CHANGE and not plan.patient.is_erased,
        is_paused=plan.state == PlanState.PAUSED,
        may_ask_review=plan.state in _MAY_AWAIT and not plan.patient.is_erased,
    )


def _place(site: Site) -> str:
    return f"{isolated(site.name)}, {site.address}" if site.address else isolated(site.name)


def _wishes(plan: Plan, by: Actor) -> str:
    wishes = wishes_from(plan.wishes)
    named = [wishes.practitioner] if wishes.practitioner else []
    rows = Resource.objects.seen_by(by).filter(uuid__in=named)
    called = rows.values_list("name", flat=True).first()
    return wishes_words(wishes, practitioner=isolated(called) if called else "")


def attempts_of(*, plan: Plan, by: Actor, today: date) -> tuple[AttemptShown, ...]:
    """By date; what never had a time is left out. One query. The plan's patient must be loaded."""
    rows = Session.objects.seen_by(by).filter(plan=plan, local_date__isnull=False).spent()
    found = list(rows.select_related("site", "session_type").order_by("local_date", "local_time", "pk"))
    for session in found:
        session.plan, session.patient = plan, plan.patient
    return tuple(_attempt(session, today) for session in found)


def _attempt(session: Session, today: date) -> AttemptShown:
    shown = session_shown(session, today=today)
    match session.status:
        case SessionStatus.CANCELLED:
            reason = f": {session.cancel_reason}" if session.cancel_reason else ""
            return AttemptShown(shown, shown.status_words, f"{cancelled_by(session).capitalize()}{reason}")
        case SessionStatus.COMPLETED:
            return AttemptShown(shown, label_of(Outcome(session.outcome)), session.outcome_reason)
        case _:
            return AttemptShown(shown, shown.status_words, "")
