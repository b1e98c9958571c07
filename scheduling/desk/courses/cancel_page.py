"""Cancelling at the desk: one session, or what is left of a course; who asked for it, and why."""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_http_methods

from clinic.audit_trail.write import AuditAction
from clinic.errors import ClinicError, Problem
from clinic.identity.actors import Actor
from clinic.identity.permissions import Act, may_waive
from clinic.lookup import find
from clinic.models import Patient
from clinic.places.sites import today_at_home
from clinic.sentences import sentence as _
from clinic.web.clock import now
from clinic.web.database_clock import database_now
from clinic.web.desk.desk_access import desk_page
from clinic.web.desk.form_actions import send
from clinic.web.desk.inputs import WordFields
from clinic.web.trail import saw
from clinic.wording import choices_of, told, worded
from scheduling.booking.holds import LONGEST_REASON
from scheduling.course_changes.cancel import (
    LATE,
    Cancelled,
    Ending,
    cancel_rest,
    cancel_session,
    late_words,
    rules_behind,
    stop_plan,
)
from scheduling.courses.course import course_of
from scheduling.desk.shared.act_line import say_done
from scheduling.desk.shared.sessions_shown import session_shown
from scheduling.desk.shared.telling_form import telling_form
from scheduling.models import PROMISED, CancelledBy, Session, Telling
from treatments.models import Plan

FIELDS = {"reason_missing": "reason", "reason_too_long": "reason"}
REST, TIMES, PLAN = "rest", "times", "plan"


class EndingFields(WordFields):
    """`waive` is there for those who may set aside that it is late, where it is, if need be on a word."""

    use_required_attribute = False

    cancelled_by = forms.ChoiceField(label=gettext_lazy("Who cancels"), choices=choices_of(CancelledBy))
    reason = forms.CharField(
        label=gettext_lazy("Why"),
        max_length=LONGEST_REASON,
        error_messages={"required": gettext_lazy("Say why: it is kept.")},
    )
    waive = forms.BooleanField(required=False, label=gettext_lazy("Do not count it as late"))

    def __init__(self, *args: Any, is_late: bool, by: Actor, **named: Any) -> None:
        super().__init__(*args, by=by, **named)
        if not (is_late and (self.speakers or may_waive(by=by, code=LATE))):
            del self.fields["waive"]
            self.fields.pop("on_word_of", None)

    def ending(self, telling: Telling) -> Ending:
        said = self.cleaned_data
        waive = frozenset({LATE}) if said.get("waive") else frozenset[str]()
        return Ending(said["reason"], said["cancelled_by"], waive, telling)

    @staticmethod
    def rules_in(refusal: ClinicError) -> Sequence[Problem]:
        return rules_behind(refusal) or WordFields.rules_in(refusal)


class CourseEndingFields(EndingFields):
    what = forms.ChoiceField(
        label=gettext_lazy("What"),
        choices=[
            (REST, gettext_lazy("The treatments that are left: the course ends")),
            (TIMES, gettext_lazy("Their times only: the sessions are to be booked again")),
            (PLAN, gettext_lazy("Everything, reviews too")),
        ],
    )


@require_http_methods(["GET", "HEAD", "POST"])
@desk_page(Act.CANCEL)
def single_session(request: HttpRequest, *, actor: Actor, uuid: UUID) -> HttpResponse:
    rows = Session.objects.seen_by(actor).select_related(
        "plan__protocol", "patient__clinic", "site", "session_type"
    )
    session = find(rows, uuid=uuid)
    saw(AuditAction.SAW_SESSIONS, [session.patient.uuid], by=actor, about=session)
    late = _late([session], session.patient, now())
    form, at = EndingFields(request.POST or None, is_late=bool(late), by=actor), database_now()
    telling = telling_form(request, they_know=True)
    sent = send(
        request,
        form,
        lambda: cancel_session(session=session, ending=form.ending(telling.telling), by=form.actor, now=at),
        fields=FIELDS,
    )
    if sent.done is not None:
        _say(request, sent.done, actor, at)
        if session.plan is None:
            return redirect("patient", session.patient.uuid)
        return redirect("plan", session.plan.uuid)
    today = today_at_home(clinic_id=actor.clinic_id, now=now())
    shown = {"row": session, "session": session_shown(session, today=today)}
    shown |= {"form": form, "telling": telling, "late": late}
    return render(request, "scheduling/courses/cancel_session.html", shown, status=sent.status)


@require_http_methods(["GET", "HEAD", "POST"])
@desk_page(Act.CANCEL)
def course(request: HttpRequest, *, actor: Actor, uuid: UUID) -> HttpResponse:
    plan = find(Plan.objects.seen_by(actor).select_related("patient__clinic", "protocol"), uuid=uuid)
    saw(AuditAction.SAW_PLAN, [plan.patient.uuid], by=actor, about=plan)
    late = _late(course_of(plan=plan).sessions, plan.patient, now())
    form, at = CourseEndingFields(request.POST or None, is_late=bool(late), by=actor), database_now()
    telling = telling_form(request, they_know=True)
    sent = send(request, form, lambda: _end(plan, form, telling.telling, at), fields=FIELDS)
    if sent.done is not None:
        _say(request, sent.done, actor, at)
        return redirect("plan", plan.uuid)
    shown = {"plan": plan, "form": form, "telling": telling, "late": late}
    return render(request, "scheduling/courses/cancel_course.html", shown, status=sent.status)


def _end(plan: Plan, form: CourseEndingFields, telling: Telling, at: datetime) -> Cancelled:
    what, ending, by = form.cleaned_data["what"], form.ending(telling), form.actor
    if what == PLAN:
        return stop_plan(plan=plan, ending=ending, by=by, now=at)
    return cancel_rest(plan=plan, ending=ending, keep_due=what == TIMES, by=by, now=at)


def _late(sessions: Iterable[Session], patient: Patient, at: datetime) -> str:
    """What the clinic asks of patients, if one of the sessions is nearer than that."""
    hours = patient.clinic.notice_hours
    promised = [one.starts_at for one in sessions if one.status in PROMISED and one.starts_at is not None]
    is_late = any(starts_at - at < timedelta(hours=hours) for starts_at in promised)
    return worded(_("Late: {policy}.", policy=late_words(hours))) if is_late else ""


def _say(request: HttpRequest, done: Cancelled, by: Actor, at: datetime) -> None:
    count = len(done.sessions)
    words = ngettext("{count} session is cancelled.", "{count} sessions are cancelled.", count)
    say_done(request, words.format(count=count), by=by, at=at)
    for warning in done.warnings:
        messages.info(request, told(warning.sentence))
