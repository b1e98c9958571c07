"""Who waits for an earlier time, what they were offered, and whom a free time suits."""

from collections.abc import Callable
from datetime import datetime
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from clinic.audit_trail.write import AuditAction
from clinic.errors import ClinicError
from clinic.identity.actors import Actor
from clinic.identity.permissions import Act
from clinic.lookup import find
from clinic.places.sites import today_at_home
from clinic.web.clock import now
from clinic.web.database_clock import database_now
from clinic.web.desk.desk_access import desk_page
from clinic.web.desk.form_actions import send
from clinic.web.trail import saw
from scheduling.desk.sessions.ripple_shown import standing_words
from scheduling.desk.shared.choices import on_offer
from scheduling.desk.shared.sessions_shown import about_session
from scheduling.desk.waitlist.waitlist_forms import FreeFields, WaitFields
from scheduling.desk.waitlist.waitlist_shown import match_shown, waiting
from scheduling.models import Offer, Session, Wait
from scheduling.waitlist.matching import matches
from scheduling.waitlist.offers import accept_offer, decline_offer, offer_time
from scheduling.waitlist.queue import join_waitlist, leave_waitlist, put_first

FIELDS = {"wait_dates_reversed": "until_on", "note_too_long": "note"}
Does = Callable[[datetime], object]


@require_safe
@desk_page(Act.SEE_CALENDAR)
def waitlist(request: HttpRequest, *, actor: Actor) -> HttpResponse:
    """The queue; with a free time, whom it suits."""
    at = now()
    today = today_at_home(clinic_id=actor.clinic_id, now=at)
    form = FreeFields(request.GET or None, offer=on_offer(by=actor), today=today)
    queue = waiting(by=actor, today=today, now=at)
    mine = {line.wait.pk for line in queue}
    found = []
    if form.is_bound and form.is_valid():
        found = [match_shown(one) for one in matches(free=form.free(), now=at) if one.wait.pk in mine]
    saw(AuditAction.SAW_WAITLIST, [line.wait.patient.uuid for line in queue], by=actor)
    shown = {"queue": queue, "form": form, "found": found, "is_asked": form.is_bound and form.is_valid()}
    return render(request, "scheduling/waitlist/waitlist.html", shown, status=422 if form.errors else 200)


@require_http_methods(["GET", "HEAD", "POST"])
@desk_page(Act.WAIT)
def join(request: HttpRequest, *, actor: Actor, uuid: UUID) -> HttpResponse:
    rows = Session.objects.seen_by(actor).to_show()
    session, at = find(rows, uuid=uuid), now()
    today = today_at_home(clinic_id=actor.clinic_id, now=at)
    saw(AuditAction.SAW_SESSIONS, [session.patient.uuid], by=actor, about=session)
    form = WaitFields(request.POST if request.method == "POST" else None)
    sent = send(
        request,
        form,
        lambda: join_waitlist(session=session, asked=form.asked(), by=actor, now=database_now()),
        fields=FIELDS,
    )
    if sent.done is not None:
        messages.info(request, f"{session.patient} waits. What frees up is offered by mail, in turn.")
        return redirect("waitlist")
    shown = {
        "session": session,
        "form": form,
        "about": about_session(session),
        "now_words": standing_words(session, today=today),
    }
    return render(request, "scheduling/waitlist/wait.html", shown, status=sent.status)


@require_POST
@desk_page(Act.WAIT)
def leave(request: HttpRequest, *, actor: Actor, uuid: UUID) -> HttpResponse:
    wait = _wait(actor, uuid)
    said = f"{wait.patient} waits no more."
    return _done(request, lambda at: leave_waitlist(wait=wait, by=actor, now=at), said)


@require_POST
@desk_page(Act.WAIT)
def first(request: HttpRequest, *, actor: Actor, uuid: UUID) -> HttpResponse:
    wait = _wait(actor, uuid)
    said = f"{wait.patient} is asked first."
    return _done(request, lambda at: put_first(wait=wait, by=actor, now=at), said)


@require_POST
@desk_page(Act.WAIT)
def offer(request: HttpRequest, *, actor: Actor, uuid: UUID) -> HttpResponse:
    """Offer a free time to one of those whom it suits."""
    wait, at = _wait(actor, uuid), now()
    today = today_at_home(clinic_id=actor.clinic_id, now=at)
    form = FreeFields(request.POST, offer=on_offer(by=actor), today=today)
    found = matches(free=form.free(), now=at) if form.is_valid() else iter(())
    match = next((one for one in found if one.wait.pk == wait.pk), None)
    if match is None:
        messages.warning(request, f"That time does not suit {wait.patient} any more. Look again.")
        return redirect("waitlist")
    said = f"Offered to {wait.patient} by mail."
    return _done(request, lambda at: offer_time(match=match, by=actor, now=at), said)


@require_POST
@desk_page(Act.ANSWER_OFFER)
def accept(request: HttpRequest, *, actor: Actor, uuid: UUID) -> HttpResponse:
    given = _offer(actor, uuid)
    said = f"{given.wait.patient} has the time."
    return _done(request, lambda at: accept_offer(offer=given, by=actor, now=at), said)


@require_POST
@desk_page(Act.ANSWER_OFFER)
def decline(request: HttpRequest, *, actor: Actor, uuid: UUID) -> HttpResponse:
    given = _offer(actor, uuid)
    said = f"{given.wait.patient} waits on. The time goes to the next whom it suits."
    return _done(request, lambda at: decline_offer(offer=given, by=actor, now=at), said)


def _done(request: HttpRequest, does: Does, said: str) -> HttpResponse:
    try:
        does(database_now())
    except ClinicError as refusal:
        messages.warning(request, refusal.sentence)
    else:
        messages.info(request, said)
    return redirect("waitlist")


def _wait(by: Actor, uuid: UUID) -> Wait:
    return find(Wait.objects.seen_by(by).select_related("patient"), uuid=uuid)


def _offer(by: Actor, uuid: UUID) -> Offer:
    rows = Offer.objects.seen_by(by).select_related(
        "wait__session__plan", "wait__session__site", "wait__patient", "hold", "site__clinic"
    )
    return find(rows, uuid=uuid)
