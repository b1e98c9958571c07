"""The feed as phones fetch it."""

import gzip
import hashlib

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.utils import timezone
from django.utils.cache import get_conditional_response, patch_vary_headers
from django.utils.http import http_date
from django.views.decorators.http import require_safe

from clinic.audit_trail.write import AuditAction
from clinic.errors import ClinicError, Unknown
from clinic.identity.actors import Actor, ActorKind, Way
from clinic.sentences import sentence as _
from clinic.web.limits import FEED_FETCHES, UNKNOWN_LINKS, address_of, refuse_if_too_many
from clinic.web.rest.errors import headers_of, status_of
from clinic.web.trail import saw
from clinic.wording import language_among
from scheduling.icalendar.feeds import feed_at
from scheduling.icalendar.vevents import FeedSession, FeedStyle, feed_text
from scheduling.icalendar.words import feed_words
from scheduling.models import Feed, FeedDetail
from scheduling.sync.ical.reading import sessions_of


@require_safe
def feed(request: HttpRequest, token: str) -> HttpResponseBase:
    """The sessions behind a secret address. An unknown or revoked one is a 404, never an empty calendar."""
    try:
        found = _found(request, token)
    except ClinicError as refusal:
        return _private(_said(refusal))
    setattr(request, "acting", _reader(found))  # noqa: B010  (a mark of ours on Django's object)
    sessions = sessions_of(feed=found, now=timezone.now())
    answer = _calendar(request, feed_text(sessions=sessions, style=_style(found)))
    answer["Last-Modified"] = http_date(_last_change(found, sessions))
    # Only the ETag decides: a session that left the feed, or a second change in one second, moves no date.
    said = get_conditional_response(request, etag=answer["ETag"], response=answer) or answer
    if said is answer and found.detail != FeedDetail.BUSY:
        # Busy times name nobody, and what the phone has already was told of when it came.
        saw(AuditAction.SAW_FEED, [session.patient for session in sessions], by=_reader(found), about=found)
    return _private(said)


def _found(request: HttpRequest, token: str) -> Feed:
    """Each calendar has its own measure; whoever tries out addresses has a smaller one for all of them."""
    found = feed_at(token=token)
    if found is None:
        refuse_if_too_many(UNKNOWN_LINKS, who=address_of(request), now=timezone.now())
        raise Unknown("unknown_feed", _("There is no such calendar."))
    refuse_if_too_many(FEED_FETCHES, who=str(found.uuid), now=timezone.now())
    return found


def _said(refusal: ClinicError) -> HttpResponse:
    return HttpResponse(
        f"{refusal.sentence}\n",
        status=status_of(refusal=refusal),
        headers=headers_of(refusal=refusal),
        content_type="text/plain; charset=utf-8",
    )


def _reader(found: Feed) -> Actor:
    """Whoever holds the address: nobody signs in to a feed."""
    return Actor(
        clinic_id=found.clinic_id,
        kind=ActorKind.KEY,
        label=found.label,
        way=Way.FEED,
        reference=str(found.uuid),
    )


def _calendar(request: HttpRequest, text: str) -> HttpResponse:
    """The text as an answer with a strong ETag, compressed for who takes it."""
    body = text.encode()
    tag = hashlib.sha256(body).hexdigest()[:40]
    takes_gzip = "gzip" in request.headers.get("Accept-Encoding", "")
    if takes_gzip:
        # Each form has an ETag of its own; without a time stamp equal text gives equal bytes.
        body, tag = gzip.compress(body, compresslevel=3, mtime=0), f"{tag}-gzip"
    answer = HttpResponse(body, content_type="text/calendar; charset=utf-8")
    if takes_gzip:
        answer["Content-Encoding"] = "gzip"
    answer["ETag"] = f'"{tag}"'
    patch_vary_headers(answer, ["Accept-Encoding"])
    return answer


def _private(answer: HttpResponseBase) -> HttpResponseBase:
    # May be kept by the phone itself, but is asked for anew each time.
    answer["Cache-Control"] = "private, no-cache"
    answer["X-Robots-Tag"] = "noindex"
    return answer


def _last_change(found: Feed, sessions: list[FeedSession]) -> float:
    return max([found.created_at, *(session.changed_at for session in sessions)]).timestamp()


def _style(found: Feed) -> FeedStyle:
    return FeedStyle(
        label=found.label,
        detail=found.detail,
        words=feed_words(language=language_among(found.clinic.language)),
        names_treatments=found.clinic.names_treatments,
        host=settings.CALENDAR_HOST,
    )
