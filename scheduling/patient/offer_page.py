"""The page behind the link of an offer: the time, and two buttons. A look changes nothing."""

from datetime import datetime
from functools import partial

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import translation
from django.utils.formats import date_format
from django.views.decorators.http import require_http_methods

from clinic.errors import ClinicError, Unknown
from clinic.identity.actors import Actor, ActorKind, Way
from clinic.web.database_clock import database_now
from clinic.web.rest.errors import status_of
from clinic.web.retrying import retried
from clinic.wording import language_among
from scheduling.messages.offer_links import offer_from
from scheduling.models import Offer, OfferState, Telling
from scheduling.waitlist.offers import accept_offer, decline_offer


@require_http_methods(["GET", "HEAD", "POST"])
def offer(request: HttpRequest, *, token: str) -> HttpResponse:
    try:
        found = offer_from(token, now=database_now())
    except ClinicError as refusal:
        state = "unknown" if isinstance(refusal, Unknown) else "over"
        # Of whoever holds a link that is none only the browser knows what they read.
        language = language_among(translation.get_language_from_request(request))
        return _page(request, None, state, language, status=status_of(refusal=refusal))
    patient = found.wait.patient
    language = language_among(patient.language, patient.clinic.language)
    if request.method != "POST":
        return _page(request, found, found.state, language)
    takes_it = request.POST.get("answer") == "yes"
    # Whoever takes it knows that they have it.
    act = partial(accept_offer, told=Telling.KNOWN) if takes_it else decline_offer
    by = Actor(patient.clinic_id, ActorKind.PATIENT, "Patient", Way.LINK, str(patient.uuid))
    try:
        retried(lambda: act(offer=found, by=by, now=database_now()))
    except ClinicError as refusal:
        return _page(request, found, "over", language, status=status_of(refusal=refusal))
    found.refresh_from_db()
    return _page(request, found, found.state, language)


def _page(
    request: HttpRequest, found: Offer | None, state: str, language: str, *, status: int = 200
) -> HttpResponse:
    with translation.override(language):
        shown = {
            "offer": found,
            "is_open": state == OfferState.OPEN,
            "is_accepted": state == OfferState.ACCEPTED,
            "is_declined": state == OfferState.DECLINED,
            "is_over": state not in (OfferState.OPEN, OfferState.ACCEPTED, OfferState.DECLINED),
            **(_times(found) if found else {}),
        }
        return render(request, "scheduling/patient/offer.html", shown, status=status)


def _times(found: Offer) -> dict[str, str]:
    """On the site's clock."""
    session, zone = found.wait.session, found.site.tz

    def words(at: datetime) -> str:
        local = at.astimezone(zone)
        return f"{date_format(local.date(), 'l j F Y')}, {local:%H:%M}"

    return {
        "offered": words(found.starts_at),
        "has": words(session.starts_at) if session.starts_at else "",
        "until": words(found.expires_at),
    }
