"""Moving a session: say where to, look what follows in the course, move it."""

from dataclasses import dataclass, replace
from datetime import date, datetime
from uuid import UUID

from django.db.models import Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext, ngettext
from django.views.decorators.http import require_http_methods

from clinic.audit_trail.write import AuditAction
from clinic.errors import ClinicError
from clinic.identity.actors import Actor
from clinic.identity.permissions import Act
from clinic.lookup import find
from clinic.models import Site
from clinic.places.sites import today_at_home
from clinic.web.clock import now
from clinic.web.database_clock import database_now
from clinic.web.desk.desk_access import desk_page
from clinic.web.desk.desk_errors import refuse_form
from clinic.web.rest.errors import status_of
from clinic.web.trail import saw
from clinic.wording import told
from scheduling.courses.course import course_of
from scheduling.desk.sessions.free_week import FreeWeek, free_week
from scheduling.desk.sessions.move_form import MoveFields
from scheduling.desk.sessions.ripple_shown import ripple_shown, standing_words
from scheduling.desk.shared.act_line import say_done
from scheduling.desk.shared.choices import on_offer
from scheduling.desk.shared.sessions_shown import about_session
from scheduling.desk.shared.telling_form import TellingFields, telling_form
from scheduling.diaries.can_take_place import cannot_take_place
from scheduling.models import Session, SessionStatus
from scheduling.moving.move import move_session, preview_move
from scheduling.moving.retime import MoveTerms, policy_problems
from scheduling.moving.ripple import Ripple

FIELDS = {"starts_in_the_past": "on", "too_far_ahead": "on", "start_not_on_a_cell": "at", "time_taken": "at"}


@dataclass(frozen=True, slots=True)
class _Screen:
    """Who looks at which session, with what in the form; and what a look found."""

    request: HttpRequest
    session: Session
    form: MoveFields
    telling: TellingFields
    by: Actor
    at: datetime
    ripple: Ripple | None = None


@require_http_methods(["GET", "HEAD", "POST"])
@desk_page(Act.MOVE)
def move(request: HttpRequest, *, actor: Actor, uuid: UUID) -> HttpResponse:
    """A session with a time, or a session of a course that is due."""
    rows = Session.objects.seen_by(actor).select_related(
        "patient__clinic", "plan__patient", "plan__clinic", "plan__protocol", "site__clinic", "session_type"
    )
    session = find(rows.filter(Q(starts_at__isnull=False) | Q(plan__isnull=False)), uuid=uuid)
    saw(AuditAction.SAW_CALENDARS, [session.patient.uuid], by=actor, about=session)
    telling = _telling(request, session)
    screen = _Screen(request, session, _form(request, session, actor), telling, actor, now())
    if not screen.form.is_valid() and not screen.form.lacks_only_why:
        return _page(screen, status=422)
    if screen.form.cleaned_data["at"] is None and request.method != "POST":
        return _page(screen)
    return _answer(screen)


def _form(request: HttpRequest, session: Session, by: Actor) -> MoveFields:
    """What the address asks; without a day, the session's own, or the best one for what is due."""
    typed = (request.POST if request.method == "POST" else request.GET).copy()
    if "on" not in typed:
        today = today_at_home(clinic_id=by.clinic_id, now=now())
        typed["on"] = str(max(session.local_date or session.target_on or today, today))
    return MoveFields(typed, by=by, offer=on_offer(by=by), home=_home(session))


def _telling(request: HttpRequest, session: Session) -> TellingFields:
    """Whoever asks for another time knows of it; not so where it is the clinic that cannot."""
    is_asked_for = request.method == "POST" or not cannot_take_place(sessions=[session])
    return telling_form(request, they_know=is_asked_for)


def _home(session: Session) -> Site:
    if session.site is not None:
        return session.site
    assert session.plan is not None
    return course_of(plan=session.plan).home_site(now())


def _answer(screen: _Screen) -> HttpResponse:
    """The preview, or the move itself."""
    session, form, by = screen.session, screen.form, screen.by
    said = form.cleaned_data
    if said["at"] is None:
        form.add_error("at", gettext("Choose a time."))
        return _page(screen, status=422)
    try:
        to = form.destination()
        ripple = preview_move(session=session, to=to, asked=form.asked(), by=by, now=screen.at)
        screen = replace(screen, ripple=ripple)
        if screen.request.method != "POST" or form.errors:
            return _page(screen, status=422 if form.errors else 200)
        terms = MoveTerms(said["reason"], said["by_patient"], screen.telling.telling)
        at = database_now()
        moved = move_session(session=session, ripple=ripple, terms=terms, by=form.actor, now=at)
    except ClinicError as refusal:
        refuse_form(form, refusal=refusal, fields=FIELDS)
        return _page(screen, status=status_of(refusal=refusal))
    say_done(screen.request, _done_words(len(moved), is_due=session.is_due), by=by, at=at)
    return redirect("plan", session.plan.uuid) if session.plan else redirect("patient", session.patient.uuid)


def _done_words(count: int, *, is_due: bool) -> str:
    if is_due and count == 1:
        return gettext("The session is booked.")
    return ngettext("The session is moved.", "{count} sessions are moved.", count).format(count=count)


def _page(screen: _Screen, *, status: int = 200) -> HttpResponse:
    session, by, ripple, form = screen.session, screen.by, screen.ripple, screen.form
    today = today_at_home(clinic_id=by.clinic_id, now=screen.at)
    shown = {
        "session": session,
        "is_due": session.status in (SessionStatus.DUE, SessionStatus.HELD),
        "about": about_session(session),
        "now_words": standing_words(session, today=today),
        "form": form,
        "telling": screen.telling,
        "ripple": ripple_shown(ripple, form=form, today=today) if ripple else None,
        "policy": [
            told(problem.sentence)
            for problem in policy_problems(session=session, clinic=session.patient.clinic, now=screen.at)
        ],
        "week": _week(screen, today),
        "asked": form.asked_again() if not form.errors else "",
    }
    return render(screen.request, "scheduling/sessions/move.html", shown, status=status)


def _week(screen: _Screen, today: date) -> FreeWeek | None:
    """What is free around the day; nothing where the day itself makes no sense."""
    form = screen.form
    if {"on", "practitioner", "site"} & set(form.errors):
        return None
    asked = form.starts_asked(screen.session)
    return free_week(asked=asked, on=form.day, today=today, now=screen.at)
