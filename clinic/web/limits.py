"""Limits per minute: searches, access keys, feeds and addresses that lead nowhere.

Signing in has its own limits.
"""

from dataclasses import dataclass
from datetime import datetime

from django.conf import settings
from django.http import HttpRequest

from clinic.errors import ClinicError
from clinic.sentences import Sentence
from clinic.sentences import sentence as _
from clinic.web.shared_tally import SharedTally, server_at
from clinic.web.tally import Tally


class TooManyRequests(ClinicError):
    """Asked more often than anyone needs; `wait_seconds` later it may be asked again."""

    @property
    def wait_seconds(self) -> int:
        return int(self.details["retry_after"])


@dataclass(frozen=True, slots=True)
class Limit:
    """`setting` says how often a minute."""

    setting: str
    what: Sentence


SEARCHES = Limit("SEARCHES_A_MINUTE", _("searches for patients"))
KEY_REQUESTS = Limit("KEY_REQUESTS_A_MINUTE", _("requests with one access key"))
FEED_FETCHES = Limit("FEED_FETCHES_A_MINUTE", _("fetches of one calendar"))
UNKNOWN_LINKS = Limit("UNKNOWN_LINKS_A_MINUTE", _("addresses that lead nowhere"))

_of_this_host = Tally(settings.DATA / "tally", secret=settings.SECRET_KEY)
_server = server_at(settings.REDIS_URL)
tally = SharedTally(_server, own=_of_this_host, secret=settings.SECRET_KEY) if _server else _of_this_host


def refuse_if_too_many(limit: Limit, *, who: str, now: datetime) -> None:
    """Count one more. Raises TooManyRequests once the minute's number is used up."""
    minute, second = divmod(int(now.timestamp()), 60)
    if tally.count(who=f"{limit.setting}:{who}", minute=minute) > getattr(settings, limit.setting):
        wait = 60 - second
        sentence = _(
            "Too many {what} within one minute. Wait {wait} seconds, then go on.", what=limit.what, wait=wait
        )
        raise TooManyRequests("too_many_requests", sentence, {"retry_after": wait})


def address_of(request: HttpRequest) -> str:
    """The client's network address, as the outermost proxy of our own tells it."""
    if settings.PROXIES:
        told = [word.strip() for word in request.headers.get("X-Forwarded-For", "").split(",")]
        # What stands further left was said by the client itself.
        if len(told) >= settings.PROXIES and (address := told[-settings.PROXIES]):
            return address
    return str(request.META.get("REMOTE_ADDR", ""))
