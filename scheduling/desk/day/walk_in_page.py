"""A patient is here without a time: what for, a due session of their course or one of its own."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods

from clinic.audit_trail.write import AuditAction
from clinic.identity.actors import Actor
from clinic.identity.permissions import LONGEST_WAIVER, Act
from clinic.lookup import find
from clinic.models import Patient, Site
from clinic.places.sites import today_at_home
from clinic.plain_text import isolated
from clinic.web.clock import now
from clinic.web.database_clock import database_now
from clinic.web.desk.desk_access import desk_page
from clinic.web.desk.form_actions import send
from clinic.web.desk.inputs import WordFields, set_choices
from clinic.web.desk.notices import say
from clinic.web.trail import saw
from scheduling.attendance.walk_in import WalkIn, walk_in
from scheduling.courses.states import PLAN_STEPS, booking_act
from scheduling.desk.day.site_days import sites_of
from scheduling.desk.shared.choices import session_types_on_offer
from scheduling.desk.shared.return_to import sheet_of
from scheduling.desk.shared.sessions_shown import session_shown
from scheduling.models import AHEAD, Session, SessionStatus
from scheduling.rest.check import REST_RULES
from treatments.models import Plan, SessionType


class WalkInFields(WordFields):
    """What for: the button of a session, else the kind that was chosen; and where, if it matters."""

    use_required_attribute = False
    opens = REST_RULES

    session = forms.ChoiceField(
        label=_("Session"),
        required=False,
        error_messages={"invalid_choice": _("That session is not due any more. Look again what is.")},
    )
    session_type = forms.ChoiceField(
        required=False,
        label=_("What for"),
        error_messages={"invalid_choice": _("That is not on offer any more. Choose again.")},
    )
    site = forms.ChoiceField(required=False, label=_("At"))
    reason = forms.CharField(
        required=False,
        max_length=LONGEST_WAIVER,
        label=_("Reason for too little rest"),
        help_text=_("Only if it is too near to another course: why."),
    )

    def __init__(
        self,
        *args: Any,
        due: Sequence[Session],
        types: Sequence[SessionType],
        sites: Sequence[Site],
        **named: Any,
    ) -> None:
        super().__init__(*args, **named)
        self.due = {str(row.uuid): row for row in due}
        self.types = {str(row.uuid): row for row in types}
        self.places = {str(row.uuid): row for row in sites}
        set_choices(
            self,
            session=[(key, key) for key in self.due],
            session_type=[(key, row.name) for key, row in self.types.items()],
            site=[(key, row.name) for key, row in self.places.items()],
        )

    def walk_in(self, patient: Patient) -> WalkIn:
        said = self.cleaned_data
        due = self.due.get(said["session"])
        kind = None if due else self.types.get(said["session_type"])
        return WalkIn(patient, kind, self.places.get(said["site"]), due, said["reason"])


@require_http_methods(["GET", "HEAD", "POST"])
@desk_page(Act.ATTEND)
def page(request: HttpRequest, *, actor: Actor, uuid: UUID) -> HttpResponse:
    patient, at = find(Patient.objects.seen_by(actor), uuid=uuid), now()
    saw(AuditAction.SAW_SESSIONS, [patient.uuid], by=actor, about=patient)
    form = _form(request, patient, actor)
    sent = send(request, form, lambda: walk_in(new=form.walk_in(patient), by=form.actor, now=database_now()))
    if sent.done is None:
        return render(
            request, "scheduling/day/walk_in.html", _shown(patient, form, actor, at), status=sent.status
        )
    undo = reverse("session-undo", args=[sent.done.uuid])
    say(request, gettext("{patient} is here, without a time.").format(patient=isolated(patient)), undo=undo)
    return redirect(sheet_of(sent.done, by=actor))


def _form(request: HttpRequest, patient: Patient, by: Actor) -> WalkInFields:
    return WalkInFields(
        request.POST if request.method == "POST" else None,
        by=by,
        due=due_next([patient], by=by),
        types=session_types_on_offer(by=by),
        sites=[site for site in sites_of(by=by) if not site.is_retired(now())],
    )


def due_next(patients: Sequence[Patient], *, by: Actor) -> list[Session]:
    """The next treatment and the next review of each of their courses that goes on. One query."""
    rows = Session.objects.seen_by(by).to_show().filter(patient__in=patients, status=SessionStatus.DUE)
    due = [row for row in rows.order_by("plan_id", "-kind", "number") if row.plan and _goes_on(row, row.plan)]
    first = {(row.plan_id, row.kind): row for row in reversed(due)}
    return list(reversed(first.values()))


def _goes_on(session: Session, plan: Plan) -> bool:
    return plan.state in PLAN_STEPS[booking_act(session)].begins


def _shown(patient: Patient, form: WalkInFields, by: Actor, at: datetime) -> dict[str, Any]:
    today = today_at_home(clinic_id=by.clinic_id, now=at)
    rows = Session.objects.seen_by(by).to_show().filter(patient=patient, local_date=today, status__in=AHEAD)
    return {
        "patient": patient,
        "form": form,
        "due": [session_shown(session, today=today) for session in form.due.values()],
        "expected": [session_shown(session, today=today) for session in rows.order_by("starts_at", "pk")],
    }
