"""The feed as phones fetch it."""

import gzip
import hashlib
from datetime import datetime

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.utils import timezone
from django.utils.cache import get_conditional_response, patch_vary_headers
from django.utils.http import http_date
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_safe

from clinic.audit_trail.write import AuditAction
from clinic.errors import ClinicError, Unknown
from clinic.identity.actors import Actor, ActorKind, Way
from clinic.sentences import sentence as _
from clinic.web.limits import FEED_FETCHES, UNKNOWN_LINKS, address_of, refuse_if_too_many
from clinic.web.rest.errors import headers_of, status_of
from clinic.web.trail import saw
from clinic.wording import language_among
from scheduling.icalendar.feeds import feed_at, note_use
from scheduling.icalendar.vevents import FeedSession, FeedStyle, feed_text
from scheduling.icalendar.words import feed_words
from scheduling.models import Feed, FeedDetail
from scheduling.sync.ical.encodings import takes_gzip
from scheduling.sync.ical.known import KnownText, end_of_log, remember, still_known
from scheduling.sync.ical.reading import sessions_of


# Nothing is done here: whatever else is tried is told so, and not asked for a form of ours.
@csrf_exempt
@require_safe
def feed(request: HttpRequest, token: str) -> HttpResponseBase:
    """The sessions behind a secret address. An unknown or revoked one is a 404, never an empty calendar."""
    try:
        found = _found(request, token)
    except ClinicError as refusal:
        return _private(_said(refusal))
    setattr(request, "acting", _reader(found))  # noqa: B010  (a mark of ours on Django's object)
    now, style = timezone.now(), _style(found)
    note_use(feed=found, program=request.headers.get("User-Agent", ""), now=now)
    if unchanged := _unchanged(request, found, style, now):
        return _private(unchanged)
    point = end_of_log(clinic_id=found.clinic_id)
    sessions = sessions_of(feed=found, now=now)
    body = feed_text(sessions=sessions, style=style).encode()
    patients = frozenset(session.patient for session in sessions)
    text = KnownText(_tag(body), _last_change(found, sessions), style, now.date(), point, patients)
    remember(feed=found, text=text)
    answer = _dated(_calendar(request, body, text.tag), text)
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


def _unchanged(request: HttpRequest, found: Feed, style: FeedStyle, now: datetime) -> HttpResponseBase | None:
    """304 for who has the feed already, if the log tells of nothing new in it. Nothing is made for that."""
    if "If-None-Match" not in request.headers:
        return None
    text = still_known(feed=found, style=style, on=now.date())
    if text is None:
        return None
    answer = _dated(_calendar(request, b"", text.tag), text)
    said: HttpResponseBase | None = get_conditional_response(request, etag=answer["ETag"], response=answer)
    return said if said is not None and said is not answer else None


def _tag(body: bytes) -> str:
    return hashlib.sha256(body).hexdigest()[:40]


def _calendar(request: HttpRequest, body: bytes, tag: str) -> HttpResponse:
    """The text as an answer with a strong ETag, compressed for who takes it."""
    is_packed = takes_gzip(request.headers.get("Accept-Encoding", ""))
    if is_packed:
        # Each form has an ETag of its own; without a time stamp equal text gives equal bytes.
        body, tag = gzip.compress(body, compresslevel=3, mtime=0), f"{tag}-gzip"
    answer = HttpResponse(body, content_type="text/calendar; charset=utf-8")
    if is_packed:
        answer["Content-Encoding"] = "gzip"
    answer["ETag"] = f'"{tag}"'
    patch_vary_headers(answer, ["Accept-Encoding"])
    return answer


def _dated(answer: HttpResponse, text: KnownText) -> HttpResponse:
    answer["Last-Modified"] = http_date(text.last_change)
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
