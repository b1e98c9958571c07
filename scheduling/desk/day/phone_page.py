"""Acts of the call list: who is calling, that nobody answered, and that a patient knows."""

from collections.abc import Callable
from datetime import date, datetime
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext, gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST

from clinic.audit_trail.write import AuditAction
from clinic.errors import ClinicError
from clinic.identity.actors import Actor
from clinic.identity.permissions import Act
from clinic.lookup import find
from clinic.models import Patient
from clinic.places.sites import today_at_home, zone_at_home
from clinic.plain_text import isolated
from clinic.time.wall_clock import instant_at
from clinic.web.clock import now
from clinic.web.database_clock import database_now
from clinic.web.desk.desk_access import desk_page
from clinic.web.desk.desk_errors import say_refused
from clinic.web.desk.form_actions import send
from clinic.web.desk.inputs import ClockField, DayField
from clinic.web.trail import saw
from clinic.wording import choices_of
from scheduling.calling.phone import Tried, begin_call, end_call, reach
from scheduling.models import UNREACHED, PhoneOutcome


class TriedFields(forms.Form):
    """What came of the call, and when to try again: today, unless another day is named."""

    use_required_attribute = False

    outcome = forms.ChoiceField(
        label=gettext_lazy("What came of it"),
        choices=[choice for choice in choices_of(PhoneOutcome) if choice[0] in UNREACHED],
    )
    again_time = ClockField(required=False, label=gettext_lazy("Try again at"))
    again_on = DayField(
        required=False, label=gettext_lazy("On"), help_text=gettext_lazy("Today, if you leave it empty.")
    )

    def clean(self) -> dict[str, Any]:
        said = super().clean() or self.cleaned_data
        if said.get("again_on") and not said.get("again_time") and "again_time" not in self.errors:
            self.add_error("again_time", gettext("Say at what time of that day."))
        return said

    def tried(self, *, today: date, zone: ZoneInfo) -> Tried:
        """Raises Malformed for a local time that the clock skips or shows twice."""
        said = self.cleaned_data
        at = said.get("again_time")
        again_at = instant_at(said.get("again_on") or today, at, zone) if at else None
        return Tried(PhoneOutcome(said["outcome"]), again_at)


@require_POST
@desk_page(Act.TELL)
def begin(request: HttpRequest, *, actor: Actor, uuid: UUID) -> HttpResponse:
    """Other desks see who is calling."""
    patient = _patient(actor, uuid)
    said = gettext("The others see that you are calling {patient}.").format(patient=isolated(patient))
    return _done(request, lambda at: begin_call(patient=patient, by=actor, now=at), said)


@require_POST
@desk_page(Act.TELL)
def reached(request: HttpRequest, *, actor: Actor, uuid: UUID) -> HttpResponse:
    """The patient knows all that was to be told."""
    patient = _patient(actor, uuid)
    said = gettext("{patient} knows.").format(patient=isolated(patient))
    seen = request.GET.get("seen", "")
    return _done(request, lambda at: reach(patient=patient, seen=seen, by=actor, now=at), said)


@require_http_methods(["GET", "HEAD", "POST"])
@desk_page(Act.TELL)
def tried(request: HttpRequest, *, actor: Actor, uuid: UUID) -> HttpResponse:
    """Nobody answered, or a message was left."""
    patient = _patient(actor, uuid)
    saw(AuditAction.SAW_PATIENT, [patient.uuid], by=actor, about=patient)
    form = TriedFields(request.POST if request.method == "POST" else None)
    zone, today = zone_at_home(clinic_id=actor.clinic_id), today_at_home(clinic_id=actor.clinic_id, now=now())
    sent = send(
        request,
        form,
        lambda: end_call(
            patient=patient, tried=form.tried(today=today, zone=zone), by=actor, now=database_now()
        ),
        fields={"call_again_out_of_range": "again_time"},
    )
    if sent.done is None:
        shown = {"form": form, "patient": patient}
        return render(request, "scheduling/day/tried_to_call.html", shown, status=sent.status)
    messages.info(request, gettext("{patient} is to be told still.").format(patient=isolated(patient)))
    return redirect("calls")


def _done(request: HttpRequest, does: Callable[[datetime], object], said: str) -> HttpResponse:
    try:
        does(database_now())
    except ClinicError as refusal:
        say_refused(request, refusal=refusal)
    else:
        messages.info(request, said)
    return redirect("calls")


def _patient(by: Actor, uuid: UUID) -> Patient:
    return find(Patient.objects.seen_by(by).select_related("clinic"), uuid=uuid)
