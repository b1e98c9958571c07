"""Attendance from the buttons of the desk, and the page that asks how a session went."""

from collections.abc import Callable
from datetime import datetime
from typing import Any
from uuid import UUID

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext
from django.views.decorators.http import require_http_methods, require_POST

from clinic.audit_trail.write import AuditAction
from clinic.errors import ClinicError
from clinic.identity.actors import Actor
from clinic.identity.permissions import Act, may
from clinic.lookup import find
from clinic.places.sites import today_at_home
from clinic.plain_text import isolated
from clinic.web.database_clock import database_now
from clinic.web.desk.desk_access import DeskView, desk_page
from clinic.web.desk.desk_errors import say_refused
from clinic.web.desk.form_actions import send
from clinic.web.desk.notices import say
from clinic.web.templatetags.desk import clock
from clinic.web.trail import saw
from clinic.wording import label_of
from scheduling.attendance import attend
from scheduling.attendance.undo import undo
from scheduling.attendance.walk_in import TimeAsked, give_time
from scheduling.courses.states import SessionAct, leads_on
from scheduling.desk.day.completion_form import CompletionFields
from scheduling.desk.shared.return_to import sheet_of, way_back, with_way_back
from scheduling.desk.shared.sessions_shown import about_session, session_shown
from scheduling.models import LIVE, Session, SessionStatus
from scheduling.undoing.last_acts import undoable_at_desk

Words = Callable[[Session], str]


class TimeFields(forms.Form):
    """Without a start it is the next free one."""

    starts_at = forms.DateTimeField(required=False)


@require_http_methods(["GET", "HEAD", "POST"])
@desk_page(Act.ATTEND)
def complete(request: HttpRequest, *, actor: Actor, uuid: UUID) -> HttpResponse:
    session, at = session_of(actor, uuid), database_now()
    saw(AuditAction.SAW_SESSIONS, [session.patient.uuid], by=actor, about=session)
    # What is over, or not begun on, has no such page.
    if not leads_on(session=session, act=SessionAct.COMPLETE):
        return redirect(sheet_of(session, by=actor))
    form = CompletionFields(request.POST if request.method == "POST" else None, session=session)
    sent = send(
        request,
        form,
        lambda: attend.complete(session=session, completion=form.completion(), by=actor, now=at),
        fields=form.places_of_refusals,
    )
    if sent.done is not None:
        return redirect(_after(request, sent.done, actor))
    today = today_at_home(clinic_id=actor.clinic_id, now=at)
    shown = {"session": session_shown(session, today=today), "form": form}
    return render(request, "scheduling/day/complete.html", shown, status=sent.status)


def session_of(by: Actor, uuid: UUID) -> Session:
    return find(Session.objects.seen_by(by).to_show(), uuid=uuid)


def _way_to_undo(request: HttpRequest, session: Session, at: datetime) -> str:
    if session.pk not in undoable_at_desk(sessions=[session], now=at):
        return ""
    return with_way_back(request, reverse("session-undo", args=[session.uuid]))


def _after(request: HttpRequest, session: Session, by: Actor) -> str:
    """Where the desk goes on: to the course whose session is due again, else to where it came from."""
    way = _way_to_undo(request, session, database_now())
    if session.plan is not None and not _stands(session):
        say(
            request,
            gettext("{patient}: {session} is due again.").format(
                patient=isolated(session.patient), session=about_session(session).lower()
            ),
            undo=way,
        )
        return reverse("plan-ripple" if may(by=by, act=Act.MOVE) else "plan", args=[session.plan.uuid])
    if session.status == SessionStatus.COMPLETED:
        say(
            request,
            gettext("{patient}: {treatment} is done.").format(
                patient=isolated(session.patient), treatment=isolated(session.session_type.name)
            ),
            undo=way,
        )
    elif session.status == SessionStatus.MISSED:
        say(request, gettext("{patient} did not come.").format(patient=isolated(session.patient)), undo=way)
    return way_back(request, session, by=by)


def _stands(session: Session) -> bool:
    """Whether it is still the one of its number."""
    return session.counts and session.status in LIVE


def _here_words(session: Session) -> str:
    if session.starts_at is None:
        return gettext("{patient} is here. Their time was taken meanwhile: give them another one.").format(
            patient=isolated(session.patient)
        )
    return gettext("{patient} is here.").format(patient=isolated(session.patient))


def _coming_words(session: Session) -> str:
    return gettext("{patient} will come.").format(patient=isolated(session.patient))


def _treated_words(session: Session) -> str:
    return gettext("{patient} is in treatment.").format(patient=isolated(session.patient))


def _undone_words(session: Session) -> str:
    if session.status == SessionStatus.CANCELLED:
        return gettext("Undone: {patient} was not here.").format(patient=isolated(session.patient))
    state = label_of(SessionStatus(session.status)).lower()
    return gettext("Undone: {patient} is {state} again.").format(
        patient=isolated(session.patient), state=state
    )


def _timed_words(session: Session) -> str:
    assert session.site is not None, "who is here is somewhere"
    return gettext("{patient} is seen at {time}.").format(
        patient=isolated(session.patient), time=clock(session.starts_local(session.site.tz))
    )


def _time_asked(request: HttpRequest) -> dict[str, Any]:
    form = TimeFields(request.POST)
    return {"asked": TimeAsked(form.cleaned_data["starts_at"] if form.is_valid() else None)}


def _button(
    act: Callable[..., Session],
    words: Words | None = None,
    named: Callable[[HttpRequest], dict[str, Any]] = lambda request: {},
) -> DeskView:
    """Act, and go on with what came of it: said, with a button that takes it back, or why it was refused.

    `named` reads further keywords of the act. Without words the desk goes on as after a session that is over.
    """

    @require_POST
    @desk_page(Act.ATTEND)
    def pressed(request: HttpRequest, *, actor: Actor, uuid: UUID) -> HttpResponse:
        session, at = session_of(actor, uuid), database_now()
        try:
            session = act(session=session, by=actor, now=at, **named(request))
        except ClinicError as refusal:
            say_refused(request, refusal=refusal)
            return redirect(way_back(request, session, by=actor))
        if words is None:
            return redirect(_after(request, session, actor))
        say(request, words(session), undo=_way_to_undo(request, session, at))
        return redirect(way_back(request, session, by=actor))

    return pressed


# By the last word of the path.
BUTTONS = {
    "confirm": _button(attend.confirm_session, _coming_words),
    "arrive": _button(attend.arrive, _here_words),
    "start": _button(attend.start, _treated_words),
    "miss": _button(attend.miss),
    "undo": _button(undo, _undone_words),
    "give-time": _button(give_time, _timed_words, _time_asked),
}
