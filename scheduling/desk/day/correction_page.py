"""Putting right what was noted of a session that is over."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any
from uuid import UUID

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods

from clinic.audit_trail.write import AuditAction
from clinic.identity.actors import Actor
from clinic.identity.permissions import Act
from clinic.places.sites import today_at_home
from clinic.plain_text import isolated
from clinic.web.database_clock import database_now
from clinic.web.desk.desk_access import desk_page
from clinic.web.desk.form_actions import send
from clinic.web.desk.notices import say
from clinic.web.trail import saw
from clinic.wording import choices_of
from scheduling.attendance.completion import LONGEST_REASON
from scheduling.attendance.correct import Correction, correct
from scheduling.courses.states import SESSION_STEPS, SessionAct
from scheduling.desk.day.attendance_page import session_of
from scheduling.desk.day.completion_form import CompletionFields
from scheduling.desk.shared.sessions_shown import session_shown
from scheduling.models import Outcome, Session, SessionStatus

_MISSED = "missed"


class CorrectionFields(CompletionFields):
    """How it really went, beginning with what was noted, and why that is put right."""

    outcome = forms.ChoiceField(
        label=_("What really happened"),
        choices=[*choices_of(Outcome), (_MISSED, _("The patient did not come"))],
    )
    why = forms.CharField(
        required=False,
        max_length=LONGEST_REASON,
        label=_("Why it is put right"),
        help_text=_("What was noted, and how you know better."),
    )
    places_of_refusals: Mapping[str, str] = MappingProxyType(
        {**CompletionFields.places_of_refusals, "correction_reason_missing": "why"}
    )

    def __init__(self, *args: Any, session: Session, **named: Any) -> None:
        super().__init__(*args, session=session, **named)
        was_missed = session.status == SessionStatus.MISSED
        self.initial.update(
            outcome=_MISSED if was_missed else session.outcome or Outcome.GIVEN,
            reason=session.outcome_reason,
            counts=session.counts,
        )
        for field in self.recorded:
            field.field.initial = session.record.get(self.key_of(field), field.field.initial)

    def correction(self) -> Correction:
        if self.cleaned_data["outcome"] == _MISSED:
            return Correction(self.cleaned_data["why"])
        return Correction(self.cleaned_data["why"], self.completion())


@require_http_methods(["GET", "HEAD", "POST"])
@desk_page(Act.CORRECT)
def page(request: HttpRequest, *, actor: Actor, uuid: UUID) -> HttpResponse:
    session, at = session_of(actor, uuid), database_now()
    saw(AuditAction.SAW_SESSIONS, [session.patient.uuid], by=actor, about=session)
    # What is still to come has no such page.
    if session.status not in SESSION_STEPS[SessionAct.CORRECT].begins:
        return redirect("session", session.uuid)
    form = CorrectionFields(request.POST if request.method == "POST" else None, session=session)
    sent = send(
        request,
        form,
        lambda: correct(session=session, correction=form.correction(), by=actor, now=at),
        fields=form.places_of_refusals,
    )
    if sent.done is not None:
        say(request, gettext("Put right: {patient}.").format(patient=isolated(session.patient)))
        return redirect("session", session.uuid)
    today = today_at_home(clinic_id=actor.clinic_id, now=at)
    shown = {"session": session_shown(session, today=today), "form": form}
    return render(request, "scheduling/day/correct.html", shown, status=sent.status)
