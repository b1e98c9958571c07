"""Running late: choose who is late and by how much, look at what comes later, push it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_http_methods

from clinic.audit_trail.write import AuditAction
from clinic.errors import ClinicError, Malformed
from clinic.identity.actors import Actor
from clinic.identity.permissions import Act
from clinic.models import Patient, Resource
from clinic.sentences import sentence as _
from clinic.time.cells import CELL_MINUTES
from clinic.web.clock import now
from clinic.web.database_clock import database_now
from clinic.web.desk.desk_access import desk_page
from clinic.web.desk.desk_errors import refuse_form
from clinic.web.desk.inputs import WordFields, set_choices
from clinic.web.rest.errors import status_of
from clinic.web.trail import saw
from clinic.wording import told
from scheduling.desk.shared.telling_form import telling_form
from scheduling.disruption.delay_preview import Delay, Shift
from scheduling.disruption.delays import (
    LONGEST_DELAY_MINUTES,
    LONGEST_REASON,
    Agreed,
    preview_delay,
    push_day,
)

FIELDS = {"delay_out_of_range": "minutes", "reason_too_long": "reason"}


class DelayFields(WordFields):
    """Who or what is late, and by how much; with the button that pushes, why."""

    use_required_attribute = False

    resource = forms.ChoiceField(label=gettext_lazy("Who or what runs late"))
    minutes = forms.IntegerField(
        label=gettext_lazy("Minutes"),
        initial=15,
        widget=forms.NumberInput(
            attrs={"min": CELL_MINUTES, "max": LONGEST_DELAY_MINUTES, "step": CELL_MINUTES}
        ),
    )
    only_as_needed = forms.BooleanField(
        required=False, label=gettext_lazy("Gaps in the day take up the delay")
    )
    reason = forms.CharField(
        required=False, label=gettext_lazy("Why outside hours"), max_length=LONGEST_REASON
    )

    def __init__(self, *args: Any, resources: Sequence[Resource], **named: Any) -> None:
        super().__init__(*args, **named)
        self.resources = {str(row.uuid): row for row in resources}
        set_choices(self, resource=[(key, row.name) for key, row in self.resources.items()])

    def delay(self) -> Delay:
        said = self.cleaned_data
        return Delay(self.resources[said["resource"]], said["minutes"], said["only_as_needed"])


@dataclass(frozen=True, slots=True)
class PushShown:
    """One session in the site's time, and the mark by which the form says that it was looked at."""

    patient: Patient
    what: str
    old: datetime
    new: datetime
    sentences: tuple[str, ...]
    mark: str


@require_http_methods(["GET", "HEAD", "POST"])
@desk_page(Act.PUSH_DAY)
def late(request: HttpRequest, *, actor: Actor) -> HttpResponse:
    resources = _resources(actor)
    if request.method != "POST" and not request.GET:
        return _page(request, actor, DelayFields(by=actor, resources=resources))
    typed = request.POST if request.method == "POST" else request.GET
    form = DelayFields(typed, by=actor, resources=resources)
    if not form.is_valid():
        return _page(request, actor, form, is_asked=form.lacks_only_why, status=422)
    if request.method != "POST":
        return _page(request, actor, form, is_asked=True)
    said = form.cleaned_data
    telling = telling_form(request, they_know=False).telling
    agreed = Agreed(_expected(request), told=telling, reason=said["reason"])
    try:
        pushed = push_day(delay=form.delay(), agreed=agreed, by=form.actor, now=database_now())
    except ClinicError as refusal:
        refuse_form(form, refusal=refusal, fields=FIELDS)
        return _page(request, actor, form, is_asked=True, status=status_of(refusal=refusal))
    words = ngettext("{count} session comes later now.", "{count} sessions come later now.", len(pushed))
    messages.info(request, words.format(count=len(pushed)))
    return redirect("day-sheet")


def _page(
    request: HttpRequest, by: Actor, form: DelayFields, *, is_asked: bool = False, status: int = 200
) -> HttpResponse:
    found: list[Shift] = []
    if is_asked:
        try:
            found = preview_delay(delay=form.delay(), by=by, now=now())
        except ClinicError as refusal:
            is_asked, status = False, refuse_form(form, refusal=refusal, fields=FIELDS)
        saw(AuditAction.SAW_SESSIONS, [push.session.patient.uuid for push in found], by=by)
    problems = [problem for push in found for problem in push.problems]
    codes = {problem.code for problem in problems}
    may_push = codes <= {"outside_hours"} and form.could_pass(problems)
    shown = {
        "form": form,
        "telling": telling_form(request, they_know=False),
        "is_asked": is_asked,
        "pushes": [_shown(push) for push in found],
        "wants_reason": bool(codes) and may_push,
        "may_push": may_push,
    }
    return render(request, "scheduling/disruption/delay.html", shown, status=status)


def _resources(by: Actor) -> list[Resource]:
    """Whose day the actor may push: a practitioner's is their own. One query."""
    rows = Resource.objects.seen_by(by).not_retired(now())
    own = [row for row in rows if not by.sees_only_own_patients or row.pk == by.practitioner_id]
    return sorted(own, key=lambda row: (row.kind != "practitioner", row.name))


def _expected(request: HttpRequest) -> dict[UUID, int]:
    """What the page showed. Raises Malformed."""
    try:
        pairs = [mark.split(":") for mark in request.POST.getlist("session")]
        return {UUID(uuid): int(version) for uuid, version in pairs}
    except ValueError:
        raise Malformed("malformed", _("This form was not made by this page. Open it again.")) from None


def _shown(push: Shift) -> PushShown:
    zone = push.site.tz
    return PushShown(
        patient=push.session.patient,
        what=push.session.session_type.name,
        old=push.old_starts_at.astimezone(zone),
        new=push.new_starts_at.astimezone(zone),
        sentences=tuple(told(problem.sentence) for problem in push.problems),
        mark=f"{push.session.uuid}:{push.session.version}",
    )
