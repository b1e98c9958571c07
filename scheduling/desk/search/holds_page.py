"""Booking and releasing what is held, from the buttons on the page of the course."""

from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext
from django.views.decorators.http import require_POST

from clinic.errors import ClinicError
from clinic.identity.actors import Actor
from clinic.identity.permissions import Act
from clinic.lookup import find
from clinic.web.database_clock import database_now
from clinic.web.desk.desk_access import desk_page
from clinic.web.in_place import is_in_place
from scheduling.booking.holds import book_hold, release_hold
from scheduling.desk.search.calendars_page import course_booked, search_again
from scheduling.models import Hold, Telling


@require_POST
@desk_page(Act.BOOK)
def book(request: HttpRequest, *, actor: Actor, uuid: UUID) -> HttpResponse:
    hold, at = _hold(actor, uuid), database_now()
    try:
        # Whoever was held a time for has just said that they take it.
        sessions = book_hold(hold=hold, told=Telling.KNOWN, by=actor, now=at)
    except ClinicError as refusal:
        if is_in_place(request):
            raise
        return search_again(request, _plan_of(hold), actor, at, refusal)
    return course_booked(request, sessions, by=actor, at=at)


@require_POST
@desk_page(Act.HOLD)
def release(request: HttpRequest, *, actor: Actor, uuid: UUID) -> HttpResponse:
    hold = _hold(actor, uuid)
    release_hold(hold=hold, by=actor, now=database_now())
    messages.info(request, gettext("Released: the time is free again."))
    return redirect("plan", _plan_of(hold))


def _hold(by: Actor, uuid: UUID) -> Hold:
    return find(Hold.objects.seen_by(by).exclude(plan=None).select_related("plan"), uuid=uuid)


def _plan_of(hold: Hold) -> UUID:
    assert hold.plan is not None, "looked for among the holds of courses"
    return hold.plan.uuid
