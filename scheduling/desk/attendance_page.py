"""Who comes and who does not, from the buttons of the day sheet; and the page that asks how a visit went."""

from collections.abc import Callable
from datetime import date, datetime
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST

from clinic.actors import Actor
from clinic.audit import Deed
from clinic.errors import ClinicError
from clinic.lookup import find
from clinic.models import Patient, Site
from clinic.permissions import Act, may
from clinic.sites import today_at_home
from clinic.web.desk_access import desk_page
from clinic.web.desk_errors import refuse_form
from clinic.web.trail import saw
from scheduling import attendance, undoing, walking_in
from scheduling.database_clock import database_now
from scheduling.desk.completion_form import CompletionFields
from scheduling.desk.forms import on_offer
from scheduling.desk.ripple_shown import about_visit
from scheduling.desk.visit_form import VisitFields, session_types_on_offer
from scheduling.desk.visits_shown import visit_shown
from scheduling.models import LIVE, Session, SessionStatus
from scheduling.session_states import SessionAct, leads_on
from scheduling.walking_in import TimeAsked, WalkIn
from treatments.models import SessionType

Does = Callable[[Session, datetime], Session]


@require_POST
@desk_page(Act.ATTEND)
def arrive(request: HttpRequest, *, actor: Actor, uuid: UUID) -> HttpResponse:
    return _done(
        request, actor, uuid, lambda session, at: attendance.arrive(session=session, by=actor, now=at)
    )


@require_POST
@desk_page(Act.ATTEND)
def start(request: HttpRequest, *, actor: Actor, uuid: UUID) -> HttpResponse:
    return _done(
        request, actor, uuid, lambda session, at: attendance.start(session=session, by=actor, now=at)
    )


@require_POST
@desk_page(Act.ATTEND)
def miss(request: HttpRequest, *, actor: Actor, uuid: UUID) -> HttpResponse:
    """A course whose session is due again offers its new times at once."""
    session = _visit(actor, uuid)
    try:
        session = attendance.miss(session=session, by=actor, now=database_now())
    except ClinicError as refusal:
        messages.warning(request, refusal.sentence)
        return redirect(_sheet_of(session, actor))
    return redirect(_after(request, session, actor))


@require_POST
@desk_page(Act.ATTEND)
def undo(request: HttpRequest, *, actor: Actor, uuid: UUID) -> HttpResponse:
    def act(session: Session, at: datetime) -> Session:
        return undoing.undo(session=session, by=actor, now=at)

    return _done(request, actor, uuid, act)


@require_POST
@desk_page(Act.ATTEND)
def give_time(request: HttpRequest, *, actor: Actor, uuid: UUID) -> HttpResponse:
    def give(session: Session, at: datetime) -> Session:
        return walking_in.give_time(session=session, asked=TimeAsked(), by=actor, now=at)

    return _done(request, actor, uuid, give)


@require_POST
@desk_page(Act.ATTEND)
def walk_in(request: HttpRequest, *, actor: Actor, uuid: UUID) -> HttpResponse:
    patient = find(Patient.objects.seen_by(actor), uuid=uuid)
    form = VisitFields(request.POST, offer=on_offer(by=actor), types=session_types_on_offer(by=actor))
    form.is_valid()
    said = form.cleaned_data
    kind: SessionType | None = form.types.get(said.get("session_type", ""))
    site: Site | None = form.places.get(said.get("site", ""))
    new = WalkIn(patient, kind, site)
    here = walking_in.walk_in(new=new, by=actor, now=database_now())
    messages.info(request, f"{patient} is here, without a time.")
    return redirect(_sheet_of(here, actor))


@require_http_methods(["GET", "HEAD", "POST"])
@desk_page(Act.ATTEND)
def complete(request: HttpRequest, *, actor: Actor, uuid: UUID) -> HttpResponse:
    session, at = _visit(actor, uuid), database_now()
    saw(Deed.SAW_SESSIONS, [session.patient.uuid], by=actor, about=session)
    # What is over, or not begun on, has no such page.
    if not leads_on(session=session, act=SessionAct.COMPLETE):
        return redirect(_sheet_of(session, actor))
    today = today_at_home(clinic_id=actor.clinic_id, now=at)
    form = CompletionFields(request.POST if request.method == "POST" else None, session=session)
    if request.method != "POST":
        return _asked(request, session, form, today)
    if not form.is_valid():
        return _asked(request, session, form, today, status=422)
    try:
        done = attendance.complete(session=session, completion=form.completion(), by=actor, now=at)
    except ClinicError as refusal:
        status = refuse_form(form, refusal=refusal, fields=form.places_of_refusals)
        return _asked(request, session, form, today, status=status)
    return redirect(_after(request, done, actor))


def _done(request: HttpRequest, by: Actor, uuid: UUID, does: Does) -> HttpResponse:
    """Act, and show the day of the visit again, with the reason if it was refused."""
    session = _visit(by, uuid)
    try:
        session = does(session, database_now())
    except ClinicError as refusal:
        messages.warning(request, refusal.sentence)
    return redirect(_sheet_of(session, by))


def _visit(by: Actor, uuid: UUID) -> Session:
    rows = Session.objects.seen_by(by).to_show()
    return find(rows, uuid=uuid)


def _sheet_of(session: Session, by: Actor) -> str:
    sheet = reverse("day-sheet")
    is_dated = session.local_date and session.local_date != today_at_home(
        clinic_id=by.clinic_id, now=database_now()
    )
    return f"{sheet}?{urlencode({'on': session.local_date})}" if is_dated else sheet


def _after(request: HttpRequest, session: Session, by: Actor) -> str:
    """Where the desk goes on: to the course whose session is due again, else to the sheet."""
    if session.plan is not None and not _stands(session):
        messages.info(request, f"{session.patient}: {about_visit(session).lower()} is due again.")
        return reverse("plan-ripple" if may(by=by, act=Act.MOVE) else "plan", args=[session.plan.uuid])
    if session.status == SessionStatus.COMPLETED:
        messages.info(request, f"{session.patient}: {session.session_type.name} is done.")
    return _sheet_of(session, by)


def _stands(session: Session) -> bool:
    """Whether it is still the one of its number."""
    return session.counts and session.status in LIVE


def _asked(
    request: HttpRequest, session: Session, form: CompletionFields, today: date, status: int = 200
) -> HttpResponse:
    shown: dict[str, Any] = {"visit": visit_shown(session, today=today), "form": form, "session": session}
    return render(request, "scheduling/visit_complete.html", shown, status=status)
