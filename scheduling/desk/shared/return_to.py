"""Where the desk goes on when an act is done: to the page that its address names, or to the day sheet."""

from urllib.parse import urlencode

from django.http import HttpRequest
from django.urls import reverse

from clinic.identity.actors import Actor
from clinic.places.sites import today_at_home
from clinic.web.database_clock import database_now
from scheduling.models import Session

# What `?from=` may say.
CALLS, VISIT, COMPLETION = "calls", "visit", "completion"
_OF_A_VISIT = {VISIT: "visit", COMPLETION: "visit-complete"}


def way_back(request: HttpRequest, session: Session, *, by: Actor) -> str:
    came_from = request.GET.get("from")
    if came_from == CALLS:
        return reverse("calls")
    if came_from in _OF_A_VISIT:
        return reverse(_OF_A_VISIT[came_from], args=[session.uuid])
    return sheet_of(session, by=by)


def with_way_back(request: HttpRequest, address: str) -> str:
    """The address of another act, which leads back to the same page."""
    came_from = request.GET.get("from", "")
    is_known = came_from == CALLS or came_from in _OF_A_VISIT
    return f"{address}?{urlencode({'from': came_from})}" if is_known else address


def sheet_of(session: Session, *, by: Actor) -> str:
    """The day sheet of the visit's date."""
    sheet = reverse("day-sheet")
    today = today_at_home(clinic_id=by.clinic_id, now=database_now())
    is_dated = session.local_date and session.local_date != today
    return f"{sheet}?{urlencode({'on': session.local_date})}" if is_dated else sheet
