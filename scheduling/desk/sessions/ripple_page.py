"""A course in whose midst a session lacks its time, or lost its hours: new times for the rest."""

from datetime import datetime
from uuid import UUID

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods

from clinic.audit_trail.write import AuditAction
from clinic.errors import ClinicError
from clinic.identity.actors import Actor
from clinic.identity.permissions import Act
from clinic.lookup import find
from clinic.places.sites import today_at_home
from clinic.web.clock import now
from clinic.web.database_clock import database_now
from clinic.web.desk.desk_access import desk_page
from clinic.web.desk.desk_errors import refuse_form
from clinic.web.desk.inputs import WordFields
from clinic.web.rest.errors import status_of
from clinic.web.trail import saw
from scheduling.desk.sessions.move_form import LONGEST_REASON
from scheduling.desk.sessions.ripple_shown import ripple_shown
from scheduling.desk.shared.act_line import say_done
from scheduling.desk.shared.telling_form import telling_form
from scheduling.diaries.can_take_place import cannot_take_place
from scheduling.models import AHEAD
from scheduling.moving.move import move_sessions, preview_ripple
from scheduling.moving.retime import MoveTerms
from scheduling.moving.ripple import Ripple, RippleAsked
from scheduling.search.tokens import proposal_from, token_of
from treatments.models import Plan


class RippleFields(WordFields):
    """What may move along; with the button, what was looked at and why."""

    use_required_attribute = False

    moves_confirmed = forms.BooleanField(
        required=False, label=_("Sessions that the patient confirmed may move too")
    )
    bends_wishes = forms.BooleanField(required=False, label=_("The patient’s firm wishes may give way"))
    proposal = forms.CharField(required=False, widget=forms.HiddenInput)
    reason = forms.CharField(required=False, label=_("Why"), max_length=LONGEST_REASON)


@require_http_methods(["GET", "HEAD", "POST"])
@desk_page(Act.MOVE)
def ripple(request: HttpRequest, *, actor: Actor, uuid: UUID) -> HttpResponse:
    plans = Plan.objects.seen_by(actor).select_related("patient", "clinic", "protocol")
    plan = find(plans, uuid=uuid)
    saw(AuditAction.SAW_CALENDARS, [plan.patient.uuid], by=actor, about=plan)
    form = RippleFields(request.POST if request.method == "POST" else request.GET, by=actor)
    if not form.is_valid():
        return _page(request, plan, form, actor, status=422)
    if request.method != "POST":
        return _page(request, plan, form, actor)
    at = database_now()
    try:
        proposal = proposal_from(form.cleaned_data["proposal"], plan=plan, now=at)
        told = telling_form(request, they_know=True).telling
        terms = MoveTerms(reason=form.cleaned_data["reason"], told=told)
        moved = move_sessions(plan=plan, proposal=proposal, terms=terms, by=form.actor, now=at)
    except ClinicError as refusal:
        refuse_form(form, refusal=refusal)
        return _page(request, plan, form, actor, status=status_of(refusal=refusal))
    words = ngettext("The session has a new time.", "{count} sessions have a new time.", len(moved))
    say_done(request, words.format(count=len(moved)), by=actor, at=at)
    return redirect("plan", plan.uuid)


def _page(
    request: HttpRequest, plan: Plan, form: RippleFields, by: Actor, *, status: int = 200
) -> HttpResponse:
    """What was refused is looked for anew: the course may have changed."""
    at = now()
    said = form.cleaned_data
    asked = RippleAsked(
        moves_confirmed=said.get("moves_confirmed", False), bends_wishes=said.get("bends_wishes", False)
    )
    found = preview_ripple(plan=plan, asked=asked, by=by, now=at)
    shown = {
        "plan": plan,
        "form": form,
        "ripple": ripple_shown(found, form=form, today=today_at_home(clinic_id=by.clinic_id, now=at)),
        "telling": telling_form(request, they_know=_is_of_their_own(found)),
        "token": _token(found, at),
    }
    return render(request, "scheduling/sessions/ripple.html", shown, status=status)


def _is_of_their_own(found: Ripple) -> bool:
    """Whether all that moves could take place as it was: nobody here is away, so the patient asked for it."""
    booked = [session for session, _ in found.moved if session.status in AHEAD]
    return not cannot_take_place(sessions=booked)


def _token(found: Ripple, at: datetime) -> str:
    return token_of(found.proposal, now=at) if found.proposal else ""
