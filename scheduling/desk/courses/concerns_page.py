"""Concerns for a doctor: raised by anyone at the desk, read and cleared by those who treat."""

from dataclasses import dataclass
from datetime import date
from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods

from clinic.audit_trail.read import names_of_actors
from clinic.audit_trail.write import AuditAction
from clinic.errors import ClinicError
from clinic.identity.actors import Actor
from clinic.identity.permissions import Act
from clinic.lookup import find
from clinic.places.sites import zone_at_home
from clinic.web.database_clock import database_now
from clinic.web.desk.desk_access import desk_page
from clinic.web.desk.desk_errors import refuse_form
from clinic.web.desk.form_actions import send
from clinic.web.trail import saw
from clinic.wording import choices_of, label_of
from scheduling.course_changes.concerns import clear_concern, raise_concern
from treatments.concerns import LONGEST_TEXT
from treatments.models import Concern, ConcernTopic, Plan

# Under which field a refusal is said.
FIELDS = {"answer_too_long": "answer", "finding_missing": "finding", "finding_too_long": "finding"}


class ConcernFields(forms.Form):
    use_required_attribute = False

    topic = forms.ChoiceField(label=_("About"), choices=choices_of(ConcernTopic))
    answer = forms.CharField(
        required=False,
        label=_("What the patient answered"),
        help_text=_("Only doctors and owners read this."),
        widget=forms.Textarea(attrs={"rows": 4, "maxlength": LONGEST_TEXT}),
    )


class FindingFields(forms.Form):
    use_required_attribute = False

    concern = forms.UUIDField(widget=forms.HiddenInput)
    finding = forms.CharField(
        required=False,
        label=_("What you found"),
        widget=forms.Textarea(attrs={"rows": 3, "maxlength": LONGEST_TEXT}),
    )


@dataclass(frozen=True, slots=True)
class ConcernShown:
    """One concern with its dates on the clinic's wall clock, and the form that clears it if it is open."""

    concern: Concern
    topic: str
    raised_on: date
    cleared_on: date | None
    cleared_by: str
    form: FindingFields | None


@require_http_methods(["GET", "HEAD", "POST"])
@desk_page(Act.SEE_CONCERNS)
def concerns(request: HttpRequest, *, actor: Actor, uuid: UUID) -> HttpResponse:
    plan = find(Plan.objects.seen_by(actor).select_related("patient", "protocol"), uuid=uuid)
    saw(AuditAction.SAW_CONCERNS, [plan.patient.uuid], by=actor, about=plan)
    if request.method != "POST":
        return _page(request, plan, actor)
    form = FindingFields(request.POST)
    if not form.is_valid():
        return _page(request, plan, actor, status=422)
    rows = Concern.objects.seen_by(actor).filter(plan=plan).select_related("plan")
    concern = find(rows, uuid=form.cleaned_data["concern"])
    try:
        clear_concern(concern=concern, finding=form.cleaned_data["finding"], by=actor, now=database_now())
    except ClinicError as refusal:
        return _page(request, plan, actor, form, status=refuse_form(form, refusal=refusal, fields=FIELDS))
    messages.info(request, gettext("Cleared: what you found is kept with the course."))
    return redirect("plan", plan.uuid)


@require_http_methods(["GET", "HEAD", "POST"])
@desk_page(Act.RAISE_CONCERN)
def ask_review(request: HttpRequest, *, actor: Actor, uuid: UUID) -> HttpResponse:
    plan = find(Plan.objects.seen_by(actor).select_related("patient", "protocol"), uuid=uuid)
    saw(AuditAction.SAW_PLAN, [plan.patient.uuid], by=actor, about=plan)
    form = ConcernFields(request.POST or None)

    def ask() -> Concern:
        topic, answer = ConcernTopic(form.cleaned_data["topic"]), form.cleaned_data["answer"]
        return raise_concern(plan=plan, topic=topic, answer=answer, by=actor, now=database_now())

    sent = send(request, form, ask, fields=FIELDS)
    if sent.done is None:
        shown = {"plan": plan, "form": form}
        return render(request, "scheduling/courses/concern_new.html", shown, status=sent.status)
    messages.info(request, gettext("A doctor will be asked to look before treatment starts."))
    return redirect("plan", plan.uuid)


def _page(
    request: HttpRequest, plan: Plan, by: Actor, refused: FindingFields | None = None, status: int = 200
) -> HttpResponse:
    shown = {"plan": plan, "concerns": _shown(plan, by, refused), "refused": refused}
    return render(request, "scheduling/courses/concerns.html", shown, status=status)


def _shown(plan: Plan, by: Actor, refused: FindingFields | None) -> list[ConcernShown]:
    """Open ones first. As many queries however many concerns."""
    zone, names = zone_at_home(clinic_id=plan.clinic_id), names_of_actors(by=by)
    tried = refused.cleaned_data["concern"] if refused else None
    rows = Concern.objects.seen_by(by).filter(plan=plan).order_by("raised_at", "pk")
    shown = []
    for row in sorted(rows, key=lambda row: row.cleared_at is not None):
        own = FindingFields(initial={"concern": row.uuid}, auto_id=f"%s-{row.uuid}")
        form = refused if row.uuid == tried else own
        cleared = row.cleared_at
        shown.append(
            ConcernShown(
                concern=row,
                topic=label_of(ConcernTopic(row.topic)),
                raised_on=row.raised_at.astimezone(zone).date(),
                cleared_on=cleared.astimezone(zone).date() if cleared else None,
                cleared_by=names.get(row.cleared_by.partition(":")[2], ""),
                form=None if cleared else form,
            )
        )
    return shown
