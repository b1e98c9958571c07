"""Another kind of session than was planned: choose it, see what changes by that, commit."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext, gettext_lazy
from django.views.decorators.http import require_http_methods

from clinic.audit_trail.write import AuditAction
from clinic.errors import ClinicError
from clinic.identity.actors import Actor
from clinic.identity.permissions import LONGEST_WAIVER, Act
from clinic.places.sites import today_at_home
from clinic.plain_text import isolated
from clinic.sentences import sentence as _
from clinic.web.clock import now
from clinic.web.database_clock import database_now
from clinic.web.desk.desk_access import desk_page
from clinic.web.desk.desk_errors import refuse_form
from clinic.web.desk.form_actions import send
from clinic.web.desk.inputs import WordFields, set_choices
from clinic.web.desk.notices import say
from clinic.web.trail import saw
from scheduling.attendance.change_type import TypeTerms, change_session_type, preview_session_type
from scheduling.booking.reserve import TimeTaken
from scheduling.courses.states import SESSION_STEPS, SessionAct
from scheduling.desk.day.attendance_page import session_of
from scheduling.desk.shared.choices import session_types_on_offer
from scheduling.desk.shared.return_to import way_back
from scheduling.desk.shared.sessions_shown import StageLine, session_shown, stage_lines
from scheduling.desk.shared.telling_form import telling_form
from scheduling.desk.shared.wording import hours_words, taken_words, type_words
from scheduling.models import AHEAD, Session, Telling
from scheduling.rest.check import REST_RULES
from treatments.models import SessionType

FIELDS = {"time_taken": "session_type", "nobody_can": "session_type", "outside_hours": "session_type"}


class KindFields(WordFields):
    use_required_attribute = False
    opens = REST_RULES

    session_type = forms.ChoiceField(
        label=gettext_lazy("It becomes"),
        error_messages={
            "required": gettext_lazy("Choose what it becomes."),
            "invalid_choice": gettext_lazy("That is not on offer any more. Choose again."),
        },
    )

    reason = forms.CharField(
        required=False,
        max_length=LONGEST_WAIVER,
        label=gettext_lazy("Reason for too little rest"),
        help_text=gettext_lazy("Only if that kind is too near to another course: why."),
    )

    def __init__(self, *args: Any, types: Sequence[SessionType], **named: Any) -> None:
        super().__init__(*args, **named)
        self.types = {str(row.uuid): row for row in types}
        offered = [(key, type_words(row)) for key, row in self.types.items()]
        set_choices(self, session_type=[("", gettext("Choose")), *offered])

    @property
    def chosen(self) -> SessionType:
        return self.types[self.cleaned_data["session_type"]]


@dataclass(frozen=True, slots=True)
class Becomes:
    """The session as that kind, in the site's time; without a time it has no stages either."""

    what: str
    starts: datetime | None
    ends: datetime | None
    stages: tuple[StageLine, ...]

    @property
    def hours(self) -> str:
        return hours_words(self.starts, self.ends)


@require_http_methods(["GET", "HEAD", "POST"])
@desk_page(Act.ATTEND)
def page(request: HttpRequest, *, actor: Actor, uuid: UUID) -> HttpResponse:
    session, at = session_of(actor, uuid), now()
    saw(AuditAction.SAW_SESSIONS, [session.patient.uuid], by=actor, about=session)
    form = _form(request, session, actor)
    if request.method == "POST" and request.POST.get("session_type") == str(session.session_type.uuid):
        # The button was pressed twice.
        return redirect(way_back(request, session, by=actor))
    telling = telling_form(request, they_know=False)
    sent = send(request, form, lambda: _change(session, form, telling.telling), fields=FIELDS)
    if sent.done is not None:
        say(
            request,
            gettext("{patient}: it is {treatment} now.").format(
                patient=isolated(session.patient), treatment=isolated(sent.done.session_type.name)
            ),
        )
        return redirect(way_back(request, sent.done, by=actor))
    if sent.status == 200:
        becomes, status = _look(session, form, actor, at)
    else:
        becomes, status = _look_again(session, form, actor, at), sent.status
    shown = {
        "session": session_shown(session, today=today_at_home(clinic_id=actor.clinic_id, now=at)),
        "form": form,
        "telling": telling,
        "is_ahead": session.status in AHEAD,
        "becomes": becomes,
        "way": request.GET.get("from", ""),
        "may_become": session.status in SESSION_STEPS[SessionAct.CHANGE_TYPE].begins,
    }
    return render(request, "scheduling/sessions/change_type.html", shown, status=status)


def _form(request: HttpRequest, session: Session, by: Actor) -> KindFields:
    typed = request.POST if request.method == "POST" else request.GET
    return KindFields(typed if "session_type" in typed else None, by=by, types=_others(session, by))


def _look(session: Session, form: KindFields, by: Actor, at: datetime) -> tuple[Becomes | None, int]:
    """What it would become, if that was asked; and the status of the page that says so."""
    if not form.is_bound:
        return None, 200
    if not form.is_valid():
        return None, 422
    try:
        return _becomes(session, form.chosen, by, at), 200
    except ClinicError as refusal:
        return None, refuse_form(form, refusal=refusal, fields=FIELDS)


def _look_again(session: Session, form: KindFields, by: Actor, at: datetime) -> Becomes | None:
    """The same after a refusal: why it is done, or on whose word, may be all that is wrong."""
    if not form.is_bound or "session_type" not in form.cleaned_data:
        return None
    try:
        return _becomes(session, form.chosen, by, at)
    except ClinicError:
        return None


def _others(session: Session, by: Actor) -> list[SessionType]:
    return [row for row in session_types_on_offer(by=by) if row.pk != session.session_type_id]


def _change(session: Session, form: KindFields, telling: Telling) -> Session:
    try:
        kind, terms = form.chosen, TypeTerms(form.cleaned_data["reason"], telling)
        return change_session_type(
            session=session, session_type=kind, terms=terms, by=form.actor, now=database_now()
        )
    except TimeTaken as refusal:
        raise _in_its_words(refusal, session) from refusal


def _becomes(session: Session, kind: SessionType, by: Actor, at: datetime) -> Becomes:
    try:
        placed = preview_session_type(session=session, session_type=kind, by=by, now=at)
    except TimeTaken as refusal:
        raise _in_its_words(refusal, session) from refusal
    if placed is None:
        return Becomes(kind.name, None, None, ())
    lines = stage_lines(placed.cast(), starts=placed.starts_at)
    return Becomes(kind.name, placed.starts_at, placed.ends_at, lines)


def _in_its_words(refusal: TimeTaken, session: Session) -> TimeTaken:
    """Nothing was searched for here: another time or another kind is what helps."""
    busy = "; ".join(taken_words(refusal.details["taken"])) or _("whoever it needs")
    if session.status in AHEAD:
        sentence = _(
            "Taken – {busy}. Move the session to another time first, or choose another kind.", busy=busy
        )
    else:
        sentence = _("Taken – {busy}. Choose another kind.", busy=busy)
    return TimeTaken("time_taken", sentence, refusal.details)
