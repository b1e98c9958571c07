"""Booking one session: choose what and when, one click books."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods

from clinic.audit_trail.write import AuditAction
from clinic.errors import ClinicError
from clinic.identity.actors import Actor
from clinic.identity.permissions import LONGEST_WAIVER, Act
from clinic.lookup import find
from clinic.models import Patient
from clinic.places.sites import today_at_home
from clinic.plain_text import isolated
from clinic.web.clock import now
from clinic.web.desk.desk_access import desk_page
from clinic.web.desk.desk_errors import refuse_form, sentences_of
from clinic.web.desk.inputs import DayField, WordFields, set_choices
from clinic.web.rest.errors import status_of
from clinic.web.trail import saw
from scheduling.booking.single_session import SingleSession, book_session
from scheduling.desk.sessions.free_week import FreeWeek, free_week
from scheduling.desk.shared.act_line import say_done
from scheduling.desk.shared.choices import OnOffer, on_offer, session_types_on_offer
from scheduling.desk.shared.sessions_shown import session_shown
from scheduling.desk.shared.telling_form import telling_form
from scheduling.desk.shared.wording import hours_words, listed, type_words
from scheduling.models import Session, Telling
from scheduling.rest.check import REST_RULES
from scheduling.search.free_starts import StartsAsked
from treatments.models import SessionType

# Under which field a refusal is said.
FIELDS = {"too_far_ahead": "on"}


class SessionFields(WordFields):
    """What, with whom, where and on which day; `starts_at` comes with the button of one start."""

    use_required_attribute = False
    opens = REST_RULES

    session_type = forms.ChoiceField(label=_("What"))
    practitioner = forms.ChoiceField(required=False, label=_("With"))
    site = forms.ChoiceField(required=False, label=_("At"))
    on = DayField(required=False, label=_("Day"))
    reason = forms.CharField(
        required=False,
        max_length=LONGEST_WAIVER,
        label=_("Reason for too little rest"),
        help_text=_("Only if it is to be too near to another course: why."),
    )
    starts_at = forms.DateTimeField(required=False, widget=forms.HiddenInput)

    def __init__(self, *args: Any, offer: OnOffer, types: Sequence[SessionType], **named: Any) -> None:
        super().__init__(*args, **named)
        self.types = {str(row.uuid): row for row in types}
        self.people = {str(row.uuid): row for row in offer.practitioners}
        self.places = {str(row.uuid): row for row in offer.sites}
        set_choices(
            self,
            session_type=[(uuid, type_words(row)) for uuid, row in self.types.items()],
            practitioner=[("", gettext("Anyone")), *((uuid, row.name) for uuid, row in self.people.items())],
            site=[("", gettext("Any site")), *((uuid, row.name) for uuid, row in self.places.items())],
        )

    @property
    def day(self) -> date | None:
        on: date | None = self.cleaned_data["on"]
        return on

    def asked(self, *, patient: Patient) -> StartsAsked:
        typed = self.cleaned_data
        return StartsAsked(
            session_type=self.types[typed["session_type"]],
            site=self.places.get(typed["site"]),
            practitioner=self.people.get(typed["practitioner"]),
            patient=patient,
            # Whoever says why sees the days that are too near as well; the booking asks whether they may.
            keeps_rest=not typed["reason"],
        )

    def session(self, *, patient: Patient, telling: Telling) -> SingleSession:
        asked, typed = self.asked(patient=patient), self.cleaned_data
        return SingleSession(
            patient=patient,
            session_type=asked.session_type,
            starts_at=typed["starts_at"],
            site=asked.site,
            practitioner=asked.practitioner,
            reason=typed["reason"],
            told=telling,
        )


@require_http_methods(["GET", "HEAD", "POST"])
@desk_page(Act.BOOK)
def book(request: HttpRequest, *, actor: Actor, uuid: UUID) -> HttpResponse:
    patient = find(Patient.objects.seen_by(actor), uuid=uuid)
    saw(AuditAction.SAW_CALENDARS, [patient.uuid], by=actor, about=patient)
    form, at = _form(request, actor), now()
    if request.method != "POST" or not form.is_valid() or not form.cleaned_data["starts_at"]:
        return _page(request, patient, form, at)
    try:
        telling = telling_form(request, they_know=True).telling
        wanted = form.session(patient=patient, telling=telling)
        session = book_session(wanted=wanted, by=form.actor, now=at)
    except ClinicError as refusal:
        return _page(request, patient, form, at, refusal=refusal)
    today = today_at_home(clinic_id=actor.clinic_id, now=at)
    say_done(request, _booked_words(session, today=today), by=actor, at=at)
    return redirect("patient", patient.uuid)


def _form(request: HttpRequest, by: Actor) -> SessionFields:
    """What the address asks, or the form of a start; without either, the first kind of session there is."""
    typed = (request.POST if request.method == "POST" else request.GET).copy()
    types = session_types_on_offer(by=by)
    if types and "session_type" not in typed:
        typed["session_type"] = str(types[0].uuid)
    return SessionFields(typed, by=by, offer=on_offer(by=by), types=types)


def _page(
    request: HttpRequest,
    patient: Patient,
    form: SessionFields,
    at: datetime,
    refusal: ClinicError | None = None,
) -> HttpResponse:
    week, status = _look(patient, form, at)
    if refusal is not None:
        status = status_of(refusal=refusal)
    shown = {
        "patient": patient,
        "form": form,
        "telling": telling_form(request, they_know=True),
        "week": week,
        "asked": _asked_again(form),
        "refused": _refused(form, refusal) if refusal else (),
    }
    return render(request, "scheduling/sessions/book_session.html", shown, status=status)


def _refused(form: SessionFields, refusal: ClinicError) -> list[str]:
    return [words for words in (*sentences_of(refusal=refusal), form.who_could(refusal)) if words]


def _look(patient: Patient, form: SessionFields, at: datetime) -> tuple[FreeWeek | None, int]:
    """The week asked for, and the status of the page; no week for what makes no sense."""
    if not form.types:
        return None, 200
    if not form.is_valid():
        return None, 422
    today = today_at_home(clinic_id=patient.clinic_id, now=at)
    try:
        return free_week(asked=form.asked(patient=patient), on=form.day, today=today, now=at), 200
    except ClinicError as refusal:
        return None, refuse_form(form, refusal=refusal, fields=FIELDS)


def _asked_again(form: SessionFields) -> str:
    """What is asked, for the address of another day."""
    if not form.is_valid():
        return ""
    names = ("session_type", "practitioner", "site", "reason", "on_word_of")
    kept = {name: form.cleaned_data.get(name) for name in names}
    return urlencode({name: chosen for name, chosen in kept.items() if chosen})


def _booked_words(session: Session, *, today: date) -> str:
    """“Consultation is booked: Tue 5 Jan, 10:00 to 10:30, with Dr Osei.”"""
    shown = session_shown(session, today=today)
    words = gettext("{treatment} is booked: {day}, {hours}.")
    if shown.people:
        words = gettext("{treatment} is booked: {day}, {hours}, with {people}.")
    return words.format(
        treatment=isolated(shown.what),
        day=shown.day_words,
        hours=hours_words(shown.starts, shown.ends),
        people=listed([isolated(called) for called in shown.people]) if shown.people else "",
    )
