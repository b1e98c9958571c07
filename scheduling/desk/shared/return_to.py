"""The page that an act returns to: the one that its address names, or the day sheet."""

from urllib.parse import urlencode

from django.http import HttpRequest
from django.urls import reverse

from clinic.identity.actors import Actor
from clinic.places.sites import today_at_home
from clinic.web.database_clock import database_now
from scheduling.models import Session

# What `?from=` may say.
CALLS, SESSION, COMPLETION = "calls", "visit", "completion"
_OF_A_SESSION = {SESSION: "session", COMPLETION: "session-complete"}


def way_back(request: HttpRequest, session: Session, *, by: Actor) -> str:
    came_from = request.GET.get("from")
    if came_from == CALLS:
        return reverse("calls")
    if came_from in _OF_A_SESSION:
        return reverse(_OF_A_SESSION[came_from], args=[session.uuid])
    return sheet_of(session, by=by)


def with_way_back(request: HttpRequest, address: str) -> str:
    """The address of another act, which leads back to the same page."""
    came_from = request.GET.get("from", "")
    is_known = came_from == CALLS or came_from in _OF_A_SESSION
    return f"{address}?{urlencode({'from': came_from})}" if is_known else address


def sheet_of(session: Session, *, by: Actor) -> str:
    """The day sheet of the session's date."""
    sheet = reverse("day-sheet")
    today = today_at_home(clinic_id=by.clinic_id, now=database_now())
    is_dated = session.local_date and session.local_date != today
    return f"{sheet}?{urlencode({'on': session.local_date})}" if is_dated else sheet
