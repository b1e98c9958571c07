"""Choosing a calendar for a whole course, and booking it; where there is none, what to give up for one."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.utils.datastructures import MultiValueDict
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _
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
from clinic.web.desk.desk_errors import problems_shown, refuse_form, sentences_of
from clinic.web.rest.errors import status_of
from clinic.web.trail import saw
from clinic.wording import told
from scheduling.booking.book_course import AlreadyBooked, book_course
from scheduling.booking.holds import hold_course
from scheduling.courses.course import outline_of
from scheduling.desk.search.companions import companions_for
from scheduling.desk.search.holds_shown import asked_hold, hold_offer, standing_hold, until_words
from scheduling.desk.search.proposal_cards import Offer, offers_of
from scheduling.desk.search.wish_forms import SearchFields, stored_search
from scheduling.desk.shared.act_line import say_done
from scheduling.desk.shared.choices import on_offer
from scheduling.desk.shared.telling_form import telling_form
from scheduling.desk.shared.wording import taken_words
from scheduling.engine.proposal import Found, Proposal, Relaxation
from scheduling.models import Session
from scheduling.search.propose import propose
from scheduling.search.tokens import proposal_from
from treatments.models import Plan

# Under which field a refusal is said.
FIELDS = {
    "horizon_reversed": "last_on",
    "horizon_too_long": "last_on",
    "too_far_ahead": "last_on",
    "wishes_contradict": "before",
    "unknown_practitioner": "practitioner",
    "unknown_plan": "companion",
}
_TAKEN = _("Another booking took some of this calendar’s time a moment ago:")
# Which fields of the search a step empties, and which one it fills with its value.
_EMPTIES: Mapping[str, tuple[str, ...]] = {
    "without_weekdays": ("weekdays",),
    "without_hours": ("after", "before"),
    "without_practitioner": ("practitioner",),
    "without_companion": ("companion", "within_minutes", "together_with"),
    "without_sameness": ("same_hour", "same_practitioner"),
}
_FILLS = {"other_site": "site", "later_end": "last_on"}


@dataclass(frozen=True, slots=True)
class Step:
    """A sentence, and the address of the search that takes the step; none where no search can."""

    sentence: str
    query: str


@require_http_methods(["GET", "HEAD", "POST"])
@desk_page(Act.BOOK)
def calendars(request: HttpRequest, *, actor: Actor, uuid: UUID) -> HttpResponse:
    plan = _plan(actor, uuid)
    if request.method == "POST":
        return _take(request, plan, actor, database_now())
    at = now()
    if plan.patient.is_erased or not outline_of(plan=plan).due:
        return redirect("plan", plan.uuid)
    return _page(request, plan, actor, at)


def _take(request: HttpRequest, plan: Plan, actor: Actor, at: datetime) -> HttpResponse:
    """Book the calendar, or hold it."""
    try:
        proposal = proposal_from(request.POST.get("proposal", ""), plan=plan, now=at)
        if "hold" in request.POST:
            asked = asked_hold(request.POST, zone=proposal.sessions[0].zone)
            held = hold_course(plan=plan, proposal=proposal, asked=asked, by=actor, now=at)
            until = until_words(held.expires_at, clinic_id=plan.clinic_id, now=at)
            messages.info(request, gettext("The calendar is held until {until}.").format(until=until))
            return redirect("plan", plan.uuid)
        telling = telling_form(request, they_know=True).telling
        sessions = book_course(plan=plan, proposal=proposal, told=telling, by=actor, now=at)
    except AlreadyBooked:
        messages.warning(
            request, gettext("This course was booked already. Nothing was changed; here are its times.")
        )
        return redirect("plan", plan.uuid)
    except ClinicError as refusal:
        return search_again(request, plan.uuid, actor, at, refusal)
    return course_booked(request, sessions, by=actor, at=at)


def search_again(
    request: HttpRequest, plan_uuid: UUID, by: Actor, at: datetime, refusal: ClinicError
) -> HttpResponse:
    """Why it was refused, and what there is instead."""
    # The plan may have moved on since it was read: search for it as it stands now.
    return _page(request, _plan(by, plan_uuid), by, at, refusal=refusal)


def course_booked(
    request: HttpRequest, sessions: Sequence[Session], *, by: Actor, at: datetime
) -> HttpResponse:
    """To the course that was booked then, and how many sessions it has."""
    last = sessions[-1]
    assert last.plan is not None, "sessions of a course"
    say_done(request, _told(len(sessions), rest=last.plan.session_count - last.number), by=by, at=at)
    return redirect("plan", last.plan.uuid)


def _page(
    request: HttpRequest, plan: Plan, by: Actor, at: datetime, refusal: ClinicError | None = None
) -> HttpResponse:
    """The search as the address says it, else with the wishes stored on the plan."""
    typed: MultiValueDict[str, Any] = request.GET if "search" in request.GET else stored_search(plan)
    offer = on_offer(by=by)
    companions = companions_for(typed, plan=plan, by=by, now=at)
    form = SearchFields(typed, offer=offer, companions=companions)
    saw(AuditAction.SAW_CALENDARS, [plan.patient.uuid], by=by, about=plan)
    found, status = _search(plan, form, at)
    if refusal is not None:
        status = status_of(refusal=refusal)
    today = today_at_home(clinic_id=plan.clinic_id, now=at)

    def shown_as_cards(proposals: Sequence[Proposal]) -> list[Offer]:
        return offers_of(proposals, sites=offer.sites, today=today, now=at)

    shown = {
        "plan": plan,
        "form": form,
        "telling": telling_form(request, they_know=True),
        "is_searching": "search" in request.GET,
        "looking_for": form.in_words(today=today),
        "offers": shown_as_cards(found.proposals),
        "partial": shown_as_cards([found.partial] if found.partial else []),
        "problems": problems_shown(found.problems),
        "steps": steps_of(found.relaxations, typed=typed),
        "is_for_the_patient": request.GET.get("view") == "months",
        "refusal": _said(refusal) if refusal else None,
        "held": standing_hold(plan=plan, by=by, now=at),
        "hold_offer": hold_offer(by=by, minutes=plan.clinic.hold_minutes, today=today),
    }
    return render(request, "scheduling/search/calendars.html", shown, status=status)


def _search(plan: Plan, form: SearchFields, at: datetime) -> tuple[Found, int]:
    nothing = Found((), ())
    if not form.is_valid():
        return nothing, 422
    try:
        return propose(plan=plan, asked=form.asked(), now=at), 200
    except ClinicError as refusal:
        return nothing, refuse_form(form, refusal=refusal, fields=FIELDS)


def _told(count: int, *, rest: int) -> str:
    if rest:
        words = ngettext(
            "{count} session is booked, {rest} are still to be booked.",
            "{count} sessions are booked, {rest} still to be booked.",
            count,
        )
    else:
        words = ngettext("{count} session is booked.", "All {count} sessions are booked.", count)
    return words.format(count=count, rest=rest)


def _said(refusal: ClinicError) -> dict[str, Any]:
    """Why a booking was refused; of what is taken, a line a session; of a hold that ran out, its calendar."""
    taken = refusal.details.get("taken", [])
    sentences = [_TAKEN] if taken else sentences_of(refusal=refusal)
    return {
        "sentences": sentences,
        "taken": taken_words(taken),
        "token": refusal.details.get("proposal", ""),
    }


def _plan(actor: Actor, uuid: UUID) -> Plan:
    plans = Plan.objects.seen_by(actor).select_related("patient", "protocol", "clinic", "prescribed_by")
    return find(plans, uuid=uuid)


def steps_of(relaxations: Sequence[Relaxation], *, typed: "MultiValueDict[str, Any]") -> list[Step]:
    return [Step(told(one.sentence), _query(one, typed)) for one in relaxations]


def _query(step: Relaxation, typed: "MultiValueDict[str, Any]") -> str:
    if step.change not in _EMPTIES and step.change not in _FILLS:
        return ""
    query = QueryDict(mutable=True)
    for key, values in typed.lists():
        if key not in _EMPTIES.get(step.change, ()):
            query.setlist(key, [str(value) for value in values])
    if field := _FILLS.get(step.change):
        query[field] = step.value
    query["search"] = "yes"
    return f"?{query.urlencode()}"
