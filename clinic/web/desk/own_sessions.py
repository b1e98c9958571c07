"""Sign-ins of a person: which browsers, since when, and how to end them."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from allauth.account.adapter import get_adapter
from allauth.usersessions.models import UserSession
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from clinic.models import User
from clinic.web.clock import now
from clinic.web.desk.at_desk import Desk
from clinic.web.desk.idle_lock import is_unattended

# When this browser was last noted, in its session.
SEEN_AT = "seen_at"
# When a browser was last seen is kept as exactly as that: not every page is a write.
GRAIN = timedelta(minutes=5)
# Browsers say that they are many others too: the first that fits is the one.
_BROWSERS = (
    ("Edg/", "Edge"),
    ("OPR/", "Opera"),
    ("SamsungBrowser/", "Samsung Internet"),
    ("Firefox/", "Firefox"),
    ("Chrome/", "Chrome"),
    ("Safari/", "Safari"),
)
_SYSTEMS = (
    ("Windows", "Windows"),
    ("Android", "Android"),
    ("iPhone", _("an iPhone")),
    ("iPad", _("an iPad")),
    ("Mac OS X", _("a Mac")),
    ("CrOS", _("a Chromebook")),
    ("Linux", "Linux"),
)


@dataclass(frozen=True, slots=True)
class OwnSession:
    """One browser in which the person is signed in."""

    pk: int
    browser: str
    address: str
    since: datetime
    last_seen: datetime
    is_this: bool


def seen(request: HttpRequest, desk: Desk | None) -> HttpResponse | None:
    """A gate that lets everyone pass, and remembers where and when they were last seen."""
    if is_unattended(request):
        return None
    at = now()
    if at.timestamp() - request.session.get(SEEN_AT, 0) >= GRAIN.total_seconds():
        request.session[SEEN_AT] = at.timestamp()
        UserSession.objects.create_from_request(request)
    return None


def own_sessions(request: HttpRequest, *, user: User) -> list[OwnSession]:
    """This browser first, then the others, the last seen first."""
    rows = UserSession.objects.purge_and_list(user)
    shown = [
        OwnSession(
            pk=row.pk,
            browser=browser_named(row.user_agent),
            address=row.ip,
            since=row.created_at,
            last_seen=row.last_seen_at,
            is_this=row.session_key == request.session.session_key,
        )
        for row in rows
    ]
    return sorted(shown, key=lambda row: (not row.is_this, -row.last_seen.timestamp()))


def end_session(request: HttpRequest, *, user: User, pk: int) -> None:
    """Sign another browser of the user out; this one leaves by its own button."""
    rows = UserSession.objects.filter(user=user, pk=pk)
    for row in rows.exclude(session_key=request.session.session_key or ""):
        row.end()


def end_other_sessions(request: HttpRequest) -> None:
    rows = UserSession.objects.filter(user_id=request.user.pk)
    for row in rows.exclude(session_key=request.session.session_key or ""):
        row.end()


def address_of(request: HttpRequest) -> str:
    return str(get_adapter().get_client_ip(request))


def browser_of(request: HttpRequest) -> str:
    return browser_named(request.headers.get("User-Agent", ""))


def browser_named(agent: str) -> str:
    """“Firefox on Windows”, out of what the browser says of itself."""
    browser = next((name for mark, name in _BROWSERS if mark in agent), gettext("a browser"))
    system = next((str(name) for mark, name in _SYSTEMS if mark in agent), "")
    return gettext("{browser} on {system}").format(browser=browser, system=system) if system else browser
