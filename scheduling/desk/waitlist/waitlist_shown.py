"""The queue and its offers, as the desk reads them."""

from dataclasses import dataclass
from datetime import date, datetime

from django.db.models import Prefetch
from django.utils.translation import gettext, ngettext

from clinic.identity.actors import Actor
from clinic.plain_text import isolated
from clinic.web.templatetags.desk import clock
from clinic.wording import label_of
from scheduling.desk.sessions.ripple_shown import standing_words
from scheduling.desk.shared.sessions_shown import about_session
from scheduling.desk.shared.wording import date_words, hours_words
from scheduling.models import Offer, OfferState, Wait
from scheduling.waitlist.matching import Match, queue_seen_by


@dataclass(frozen=True, slots=True)
class OfferShown:
    """One time on offer, or once so, in its site's time."""

    offer: Offer
    when: str
    until: str
    became: str
    is_open: bool


@dataclass(frozen=True, slots=True)
class WaitShown:
    """One who waits: for what, since when, and what they were offered, the last first."""

    wait: Wait
    what: str
    has: str
    since: str
    terms: tuple[str, ...]
    offers: tuple[OfferShown, ...]

    @property
    def open_offer(self) -> OfferShown | None:
        return next((offer for offer in self.offers if offer.is_open), None)


@dataclass(frozen=True, slots=True)
class MatchShown:
    """One whom the free time suits, and when they would come."""

    wait: Wait
    what: str
    when: str


def waiting(*, by: Actor, today: date, now: datetime) -> list[WaitShown]:
    """All who wait, in their turn. Two queries."""
    rows = queue_seen_by(by).select_related(
        "patient", "plan__protocol", "session__plan", "session__site", "session__session_type", "session_type"
    )
    offers = Prefetch("offers", Offer.objects.seen_by(by).select_related("site"))
    return [_shown(wait, today, now) for wait in rows.prefetch_related(offers)]


def match_shown(match: Match) -> MatchShown:
    placed = match.placed
    when = hours_words(placed.starts_at, placed.ends_at)
    return MatchShown(match.wait, _what(match.wait), when)


def _what(wait: Wait) -> str:
    """“PRP + mesotherapy, session 2”, “Consultation”."""
    about = isolated(wait.session_type.name)
    return f"{about}, {about_session(wait.session).lower()}" if wait.session.plan_id else about


def _shown(wait: Wait, today: date, now: datetime) -> WaitShown:
    offers = sorted(wait.offers.all(), key=lambda offer: (offer.created_at, offer.pk), reverse=True)
    return WaitShown(
        wait=wait,
        what=_what(wait),
        has=standing_words(wait.session, today=today),
        since=date_words(wait.created_at.date(), today=today),
        terms=tuple(_terms(wait, today)),
        offers=tuple(_offer(offer, today, now) for offer in offers),
    )


def _terms(wait: Wait, today: date) -> list[str]:
    """“not before Mon 4 Jan”, “with 24 hours’ notice”."""
    found = []
    if wait.from_on:
        found.append(gettext("not before {date}").format(date=date_words(wait.from_on, today=today)))
    if wait.until_on:
        found.append(gettext("not after {date}").format(date=date_words(wait.until_on, today=today)))
    notice = ngettext("with {count} hour’s notice", "with {count} hours’ notice", wait.notice_hours)
    found.append(notice.format(count=wait.notice_hours))
    return found


def _offer(offer: Offer, today: date, now: datetime) -> OfferShown:
    zone = offer.site.tz
    starts, expires = offer.starts_at.astimezone(zone), offer.expires_at.astimezone(zone)
    return OfferShown(
        offer=offer,
        when=f"{date_words(starts.date(), today=today)}, {clock(starts)}",
        until=f"{date_words(expires.date(), today=today)}, {clock(expires)}",
        became=label_of(OfferState(offer.state)).lower(),
        is_open=offer.state == OfferState.OPEN and offer.expires_at > now,
    )
