"""One patient: facts, courses, sessions, and what to do next."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from clinic.audit_trail.write import AuditAction
from clinic.desk.patient_fields import language_name
from clinic.identity.actors import Actor
from clinic.identity.permissions import Act
from clinic.lookup import find
from clinic.models import ConsentWay, MailProblem, MessageConsent, Patient
from clinic.people.intake import QUESTIONS, facts_seen
from clinic.places.sites import today_at_home, zone_at_home
from clinic.web.clock import now
from clinic.web.desk.desk_access import desk_page
from clinic.web.templatetags.desk import plain_day
from clinic.web.trail import saw
from clinic.wording import label_of, worded
from scheduling.courses.course import Course
from scheduling.desk.search.holds_shown import HoldShown, standing_holds
from scheduling.desk.shared.sessions_shown import SessionShown, session_shown
from scheduling.desk.shared.wording import age_words
from scheduling.models import AHEAD, Session
from treatments.models import HarvestSite, Plan, PlanState

MOST_PAST_SESSIONS = 50
FIVE_YEARS = timedelta(days=5 * 366)


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
class FactShown:
    """What was answered at intake, or what a program wrote, under the name that it gave to it."""

    label: str
    text: str


@dataclass(frozen=True, slots=True)
class PatientShown:
    """Everything the page shows; `to_book` is the newest course that wants times."""

    patient: Patient
    erased_on: date | None
    age: str
    consent: str
    consent_note: str
    mail_problem: str
    language: str
    intake: tuple[FactShown, ...]
    courses: tuple[CourseShown, ...]
    upcoming: tuple[SessionShown, ...]
    past: tuple[SessionShown, ...]
    looked_since: date

    @property
    def is_held(self) -> bool:
        """Then booking what is held comes first."""
        return any(course.held for course in self.courses)

    @property
    def trail_query(self) -> str:
        """Who looked at them and what was done, over five years."""
        return f"patient={self.patient.uuid}&first_on={self.looked_since}"

    @property
    def feeds_query(self) -> str:
        """Where a calendar for their phone is opened."""
        return f"patient={self.patient.uuid}"

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
        consent_note=_consent_note(patient),
        language=language_name(patient.language),
        intake=tuple(_intake(facts_seen(facts=patient.intake_facts, by=by))),
        courses=tuple(_course(plan, sessions, today, holds.get(plan.pk)) for plan in plans),
        upcoming=tuple(session_shown(session, today=today) for session in ahead),
        past=tuple(session_shown(session, today=today) for session in behind[::-1][:MOST_PAST_SESSIONS]),
        looked_since=today - FIVE_YEARS,
    )


def _erased_on(patient: Patient) -> date | None:
    """The day on the clinic's wall clock."""
    if patient.erased_at is None:
        return None
    return patient.erased_at.astimezone(zone_at_home(clinic_id=patient.clinic_id)).date()


def _consent_note(patient: Patient) -> str:
    """“12 Mar 2027, on paper”."""
    how = label_of(ConsentWay(patient.consent_how)).lower() if patient.consent_how else ""
    return ", ".join(filter(None, (plain_day(patient.consent_on), how)))


def _intake(facts: Mapping[str, Any]) -> Iterator[FactShown]:
    """What is asked, in the order of the form; then what programs wrote."""
    asked = {question.key: worded(question.label) for question in QUESTIONS}
    for key in sorted(facts, key=lambda key: list(asked).index(key) if key in asked else len(asked)):
        yield FactShown(asked.get(key, key), str(facts[key]))


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
