"""One patient: facts, courses, sessions, and what to do next."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import get_language_info
from django.views.decorators.http import require_safe

from clinic.audit_trail.write import AuditAction
from clinic.identity.actors import Actor
from clinic.identity.permissions import Act
from clinic.lookup import find
from clinic.models import MailProblem, MessageConsent, Patient
from clinic.places.sites import today_at_home, zone_at_home
from clinic.web.clock import now
from clinic.web.desk.desk_access import desk_page
from clinic.web.trail import saw
from clinic.wording import label_of
from scheduling.courses.course import Course
from scheduling.desk.search.holds_shown import HoldShown, standing_holds
from scheduling.desk.shared.sessions_shown import SessionShown, session_shown
from scheduling.desk.shared.wording import age_words
from scheduling.models import AHEAD, Session
from treatments.models import HarvestSite, Plan, PlanState

MOST_PAST_SESSIONS = 50


@dataclass(frozen=True, slots=True)
class CourseShown:
    """A plan with its live sessions; `wants_times` when treatments are still without one."""

    plan: Plan
    state: str
    harvest_site: str
    sessions: tuple[SessionShown, ...]
    wants_times: bool
    held: HoldShown | None


@dataclass(frozen=True, slots=True)
class PatientShown:
    """Everything the page shows; `to_book` is the newest course that wants times."""

    patient: Patient
    erased_on: date | None
    age: str
    consent: str
    mail_problem: str
    language: str
    courses: tuple[CourseShown, ...]
    upcoming: tuple[SessionShown, ...]
    past: tuple[SessionShown, ...]

    @property
    def is_held(self) -> bool:
        """Then booking what is held comes first."""
        return any(course.held for course in self.courses)

    @property
    def to_book(self) -> CourseShown | None:
        return next((course for course in self.courses if course.wants_times), None)


@require_safe
@desk_page(Act.SEE_PATIENTS)
def patient(request: HttpRequest, *, actor: Actor, uuid: UUID) -> HttpResponse:
    found = find(Patient.objects.seen_by(actor), uuid=uuid)
    saw(AuditAction.SAW_PATIENT, [found.uuid], by=actor, about=found)
    return render(request, "scheduling/patients/patient.html", {"shown": _read(found, by=actor, now=now())})


def _read(patient: Patient, *, by: Actor, now: datetime) -> PatientShown:
    """As many queries however many courses."""
    today = today_at_home(clinic_id=by.clinic_id, now=now)
    plans = list(
        Plan.objects.seen_by(by)
        .filter(patient=patient)
        .select_related("patient", "protocol", "prescribed_by")
        .order_by("-created_at", "-pk")
    )
    sessions = list(Session.objects.seen_by(by).filter(patient=patient).to_show().order_by("starts_at", "pk"))
    holds = standing_holds(plans=plans, by=by, now=now)
    ahead = [s for s in sessions if s.status in AHEAD and s.local_date and s.local_date >= today]
    behind = [s for s in sessions if s.starts_at and not s.is_held and s not in ahead]
    return PatientShown(
        patient=patient,
        erased_on=_erased_on(patient),
        age=age_words(patient.born_on, today=today) if patient.born_on else "",
        consent=label_of(MessageConsent(patient.message_consent)),
        mail_problem=label_of(MailProblem(patient.mail_problem)) if patient.mail_problem else "",
        language=_language(patient.language),
        courses=tuple(_course(plan, sessions, today, holds.get(plan.pk)) for plan in plans),
        upcoming=tuple(session_shown(session, today=today) for session in ahead),
        past=tuple(session_shown(session, today=today) for session in behind[::-1][:MOST_PAST_SESSIONS]),
    )


def _erased_on(patient: Patient) -> date | None:
    """The day on the clinic's wall clock."""
    if patient.erased_at is None:
        return None
    return patient.erased_at.astimezone(zone_at_home(clinic_id=patient.clinic_id)).date()


def _language(code: str) -> str:
    try:
        return str(get_language_info(code)["name_translated"])
    except KeyError:
        return code


def _course(plan: Plan, sessions: Sequence[Session], today: date, held: HoldShown | None) -> CourseShown:
    course = Course.among(sessions, plan=plan)
    return CourseShown(
        plan=plan,
        state=label_of(PlanState(plan.state)),
        harvest_site=label_of(HarvestSite(plan.harvest_site)) if plan.harvest_site else "",
        sessions=tuple(session_shown(session, today=today) for session in course.still_meant),
        wants_times=course.wants_times,
        held=held,
    )
