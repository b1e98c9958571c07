"""The waitlist: the queue, offers, and whom a free time suits."""

from collections.abc import Callable
from datetime import date, datetime, time
from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext, gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from clinic.audit_trail.write import AuditAction
from clinic.errors import ClinicError, Conflict
from clinic.identity.actors import Actor
from clinic.identity.permissions import Act
from clinic.lookup import find
from clinic.models import Site
from clinic.places.sites import today_at_home
from clinic.plain_text import isolated
from clinic.sentences import sentence as _
from clinic.time.wall_clock import instant_at
from clinic.web.clock import now
from clinic.web.database_clock import database_now
from clinic.web.desk.desk_access import desk_page
from clinic.web.desk.desk_errors import say_refused
from clinic.web.desk.form_actions import send
from clinic.web.desk.inputs import ClockField, DayField, set_choices
from clinic.web.trail import saw
from scheduling.booking.freed_time import FreeTime
from scheduling.desk.sessions.ripple_shown import standing_words
from scheduling.desk.shared.choices import OnOffer, on_offer
from scheduling.desk.shared.sessions_shown import about_session
from scheduling.desk.shared.telling_form import telling_form
from scheduling.desk.waitlist.waitlist_shown import match_shown, waiting
from scheduling.models import Offer, Session, Telling, Wait
from scheduling.waitlist.matching import matches
from scheduling.waitlist.offers import accept_offer, decline_offer, offer_time
from scheduling.waitlist.queue import LONGEST_NOTE, WaitAsked, join_waitlist, leave_waitlist, put_first

FIELDS = {"wait_dates_reversed": "until_on", "note_too_long": "note"}
Does = Callable[[datetime], object]
LONGEST_NOTICE_HOURS = 14 * 24


class FreeFields(forms.Form):
    """A stretch of one day at a site."""

    use_required_attribute = False

    on = DayField(label=gettext_lazy("Day"))
    since = ClockField(label=gettext_lazy("From"), initial=time(9))
    until = ClockField(label=gettext_lazy("Until"), initial=time(17))
    site = forms.ChoiceField(required=False, label=gettext_lazy("At"))

    def __init__(self, *args: Any, offer: OnOffer, today: date, **named: Any) -> None:
        super().__init__(*args, **named)
        self.places: dict[str, Site] = {str(row.uuid): row for row in offer.sites}
        set_choices(self, site=[(key, row.name) for key, row in self.places.items()])
        self.fields["on"].initial = today

    def clean(self) -> dict[str, Any]:
        said = super().clean() or self.cleaned_data
        if said.get("since") and said.get("until") and said["until"] <= said["since"]:
            self.add_error("until", gettext("This is not later than the beginning. Choose a later time."))
        if not self.places:
            self.add_error("site", gettext("There is no site yet."))
        return said

    def free(self) -> FreeTime:
        """Raises Malformed for a local time that the site's clock skips or shows twice."""
        said = self.cleaned_data
        site = self.places.get(said["site"]) or next(iter(self.places.values()))
        on: date = said["on"]
        starts_at, ends_at = (instant_at(on, said[name], site.tz) for name in ("since", "until"))
        return FreeTime(site, starts_at, ends_at)


class WaitFields(forms.Form):
    """From when to when a patient would come, and at how short a notice."""

    use_required_attribute = False

    from_on = DayField(required=False, label=gettext_lazy("Not before"))
    until_on = DayField(required=False, label=gettext_lazy("Not after"))
    notice_hours = forms.IntegerField(
        label=gettext_lazy("Hours of notice"),
        help_text=gettext_lazy("What frees up sooner than this is not offered."),
        min_value=0,
        max_value=LONGEST_NOTICE_HOURS,
        initial=24,
    )
    is_urgent = forms.BooleanField(required=False, label=gettext_lazy("Urgent: asked before others"))
    note = forms.CharField(required=False, label=gettext_lazy("Note"), max_length=LONGEST_NOTE)

    def asked(self) -> WaitAsked:
        return WaitAsked(**self.cleaned_data)


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
    shown |= {"telling": telling_form(request, they_know=False)}
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
        messages.info(
            request,
            gettext("{patient} waits. What frees up is offered by mail, in turn.").format(
                patient=isolated(session.patient)
            ),
        )
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
    said = gettext("{patient} waits no more.").format(patient=isolated(wait.patient))
    return _done(request, lambda at: leave_waitlist(wait=wait, by=actor, now=at), said)


@require_POST
@desk_page(Act.WAIT)
def first(request: HttpRequest, *, actor: Actor, uuid: UUID) -> HttpResponse:
    wait = _wait(actor, uuid)
    said = gettext("{patient} is asked first.").format(patient=isolated(wait.patient))
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
        words = _("That time does not suit {patient} any more. Look again.", patient=isolated(wait.patient))
        say_refused(request, refusal=Conflict("time_taken", words))
        return redirect("waitlist")
    telling = telling_form(request, they_know=False).telling
    offered = gettext("Offered to {patient} by mail.")
    if telling is Telling.SILENT:
        offered = gettext("Offered to {patient}.")
    said = offered.format(patient=isolated(wait.patient))
    return _done(request, lambda at: offer_time(match=match, told=telling, by=actor, now=at), said)


@require_POST
@desk_page(Act.ANSWER_OFFER)
def accept(request: HttpRequest, *, actor: Actor, uuid: UUID) -> HttpResponse:
    given = _offer(actor, uuid)
    said = gettext("{patient} has the time.").format(patient=isolated(given.wait.patient))
    return _done(request, lambda at: accept_offer(offer=given, told=Telling.KNOWN, by=actor, now=at), said)


@require_POST
@desk_page(Act.ANSWER_OFFER)
def decline(request: HttpRequest, *, actor: Actor, uuid: UUID) -> HttpResponse:
    given = _offer(actor, uuid)
    said = gettext("{patient} waits on. The time goes to the next whom it suits.").format(
        patient=isolated(given.wait.patient)
    )
    return _done(request, lambda at: decline_offer(offer=given, by=actor, now=at), said)


def _done(request: HttpRequest, does: Does, said: str) -> HttpResponse:
    try:
        does(database_now())
    except ClinicError as refusal:
        say_refused(request, refusal=refusal)
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
