"""Amending at the desk: how many sessions, how far apart, with whom; and pausing."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods, require_POST

from clinic.audit_trail.write import AuditAction
from clinic.identity.actors import Actor
from clinic.identity.permissions import Act
from clinic.lookup import find
from clinic.models import Resource
from clinic.web.database_clock import database_now
from clinic.web.desk.desk_access import desk_page
from clinic.web.desk.form_actions import send
from clinic.web.desk.inputs import DayField, WordFields, set_choices
from clinic.web.trail import saw
from clinic.wording import choices_of, told
from scheduling.booking.holds import LONGEST_REASON
from scheduling.course_changes.amend import LONGEST_INTERVAL_DAYS, Amendment, Interval, amend_course
from scheduling.course_changes.pause import Pause, pause_course, resume_course
from scheduling.desk.shared.choices import on_offer
from scheduling.desk.shared.telling_form import telling_form
from scheduling.models import CancelledBy, Telling
from treatments.models import Plan
from treatments.wishes import wishes_from

AMEND_FIELDS = {
    "no_sessions": "session_count",
    "too_many_sessions": "session_count",
    "sessions_out_of_range": "session_count",
    "fewer_than_done": "session_count",
    "interval_out_of_range": "interval_days",
    "interval_fixed": "interval_days",
}
PAUSE_FIELDS = {
    "reason_missing": "reason",
    "reason_too_long": "reason",
    "pause_ends_in_the_past": "until",
    "visits_in_the_pause": "give_back",
}


class AmendFields(WordFields):
    """The course as it is; what is changed is amended."""

    use_required_attribute = False

    session_count = forms.IntegerField(min_value=0, max_value=99, label=_("Number of sessions"))
    interval_days = forms.IntegerField(
        required=False,
        min_value=1,
        max_value=LONGEST_INTERVAL_DAYS,
        label=_("Days between sessions"),
        help_text=_("Empty: as the protocol says."),
    )
    practitioner = forms.ChoiceField(required=False, label=_("Practitioner for the rest"))
    reason = forms.CharField(required=False, label=_("Why"), max_length=LONGEST_REASON)

    def __init__(self, *args: Any, plan: Plan, people: Sequence[Resource], **named: Any) -> None:
        self.plan, self.stored = plan, wishes_from(plan.wishes)
        wished = self.stored.practitioner
        named["initial"] = {
            "session_count": plan.session_count,
            "interval_days": plan.interval_days,
            "practitioner": str(wished) if wished else "",
        }
        super().__init__(*args, **named)
        set_choices(
            self, practitioner=[("", gettext("Anyone")), *((str(row.uuid), row.name) for row in people)]
        )

    def amendment(self, telling: Telling) -> Amendment:
        said, plan = self.cleaned_data, self.plan
        wished = UUID(said["practitioner"]) if said["practitioner"] else None
        is_counted = said["session_count"] != plan.session_count
        is_spaced = said["interval_days"] != plan.interval_days
        is_wished = wished != self.stored.practitioner
        return Amendment(
            session_count=said["session_count"] if is_counted else None,
            interval=Interval(said["interval_days"]) if is_spaced else None,
            wishes=replace(self.stored, practitioner=wished) if is_wished else None,
            reason=said["reason"],
            told=telling,
        )


class PauseFields(forms.Form):
    use_required_attribute = False

    reason = forms.CharField(
        label=_("Why"), max_length=LONGEST_REASON, error_messages={"required": _("Say why: it is kept.")}
    )
    asked_by = forms.ChoiceField(label=_("Who asks for it"), choices=choices_of(CancelledBy))
    until = DayField(required=False, label=_("Until"))
    give_back = forms.BooleanField(required=False, label=_("Give back the times that are booked"))

    def pause(self, telling: Telling) -> Pause:
        return Pause(**self.cleaned_data, told=telling)


@require_http_methods(["GET", "HEAD", "POST"])
@desk_page(Act.AMEND)
def amend(request: HttpRequest, *, actor: Actor, uuid: UUID) -> HttpResponse:
    plan = _plan(actor, uuid)
    saw(AuditAction.SAW_PLAN, [plan.patient.uuid], by=actor, about=plan)
    people = on_offer(by=actor).practitioners
    form = AmendFields(request.POST or None, by=actor, plan=plan, people=people)
    telling = telling_form(request, they_know=False)
    sent = send(
        request,
        form,
        lambda: amend_course(
            plan=plan, amendment=form.amendment(telling.telling), by=form.actor, now=database_now()
        ),
        fields=AMEND_FIELDS,
    )
    if sent.done is None:
        shown = {"plan": plan, "form": form, "telling": telling}
        return render(request, "scheduling/courses/amend.html", shown, status=sent.status)
    messages.info(request, gettext("The course is amended."))
    for warning in sent.done.warnings:
        messages.info(request, told(warning.sentence))
    return redirect("plan", plan.uuid)


@require_http_methods(["GET", "HEAD", "POST"])
@desk_page(Act.AMEND)
def pause(request: HttpRequest, *, actor: Actor, uuid: UUID) -> HttpResponse:
    plan = _plan(actor, uuid)
    saw(AuditAction.SAW_PLAN, [plan.patient.uuid], by=actor, about=plan)
    form, telling = PauseFields(request.POST or None), telling_form(request, they_know=True)
    sent = send(
        request,
        form,
        lambda: pause_course(plan=plan, pause=form.pause(telling.telling), by=actor, now=database_now()),
        fields=PAUSE_FIELDS,
    )
    if sent.done is None:
        shown = {"plan": plan, "form": form, "telling": telling}
        return render(request, "scheduling/courses/pause.html", shown, status=sent.status)
    messages.info(request, gettext("The course is paused. Resume it to find calendars again."))
    return redirect("plan", plan.uuid)


@require_POST
@desk_page(Act.AMEND)
def resume(request: HttpRequest, *, actor: Actor, uuid: UUID) -> HttpResponse:
    plan = _plan(actor, uuid)
    resume_course(plan=plan, by=actor, now=database_now())
    messages.info(request, gettext("The course goes on."))
    return redirect("plan", plan.uuid)


def _plan(by: Actor, uuid: UUID) -> Plan:
    return find(Plan.objects.seen_by(by).select_related("patient", "protocol"), uuid=uuid)
