"""What messages tell, found out as things stand: what patients believe against what is true, and offers."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from django.db.models import Q

from clinic.models import Site
from scheduling.messages.heard import Said
from scheduling.models import AHEAD, Facts, Heard, Message, MessageKind, Offer, Session

_Hours = tuple[datetime, datetime, int, str]
# In `Message.about` of a reminder or an offer: its patient knows it, by whoever acted.
KNOWN = "known"


@dataclass(frozen=True, slots=True)
class BookedSession:
    """A session that has a time and a place."""

    session: Session
    site: Site
    starts_at: datetime
    ends_at: datetime


@dataclass(frozen=True, slots=True)
class ToldSession:
    """A session, what its patient believes of it and at which site that is, and how it stands."""

    heard: Heard
    was: Facts
    was_site: Site
    now: Facts

    @property
    def session(self) -> Session:
        return self.heard.session

    @property
    def site(self) -> Site:
        """Where it is, or was to be."""
        return self.was_site if self.now.is_off or self.session.site is None else self.session.site

    @property
    def booked(self) -> BookedSession:
        """When and where it is, or was to be."""
        return BookedSession(self.session, self.site, self.now.starts_at, self.now.ends_at)

    @property
    def was_with(self) -> str:
        """Who was to treat the patient, if that is somebody else now."""
        return self.was.lead if self.was.lead != self.now.lead else ""

    @property
    def said(self) -> Said:
        return Said(self.heard, self.now)

    def as_json(self) -> dict[str, Any]:
        is_elsewhere = self.was.site_id != self.now.site_id
        return {
            "session": str(self.session.uuid),
            "sequence": self.session.sequence,
            "is_off": self.now.is_off,
            "was_at": self.was.starts_at.isoformat(),
            "was_until": self.was.ends_at.isoformat(),
            "was_site": self.was_site.name if is_elsewhere else "",
            "was_zone": self.was_site.zone if is_elsewhere else "",
            "was_with": self.was_with,
        }


class Comes(StrEnum):
    """What patients can expect of a course after one of its sessions is off."""

    AS_BOOKED = "as_booked"
    NEW_TIME = "new_time"
    PAUSE = "pause"
    END = "end"


@dataclass(frozen=True, slots=True)
class WhatNext:
    """What comes after sessions that are off, and the next session of their course that is booked."""

    comes: Comes = Comes.AS_BOOKED
    booked: BookedSession | None = None


@dataclass(frozen=True, slots=True)
class News:
    """A message with all that its mail needs.

    `sessions` are those of which the patient believes what is not so. `settled` are off, and nothing is said
    of them: the patient has another session at that very time, booked anew. `others` are reminders that the
    same mail brings. `can_happen` is whether what it reminds of can take place, as far as that was asked.
    `addressee` is by what name a patient is told from others at the same address; `next` what comes after
    what is off. Both are empty until `mail_context` looked.
    """

    message: Message
    sessions: tuple[ToldSession, ...] = ()
    settled: tuple[ToldSession, ...] = ()
    offer: Offer | None = None
    others: tuple[Message, ...] = ()
    can_happen: bool = True
    addressee: str = ""
    next: WhatNext = WhatNext()

    @property
    def messages(self) -> tuple[Message, ...]:
        return (self.message, *self.others)

    @property
    def is_known(self) -> bool:
        """Whether who acted said that the patient knows all that the mail tells, so that nobody calls."""
        if self.message.kind == MessageKind.NOTICE:
            return all(not one.now.is_news_after(one.heard.facts) for one in self.sessions)
        return all(one.about.get(KNOWN, False) for one in self.messages)


def about_sessions(told: Iterable[ToldSession]) -> dict[str, Any]:
    """What `Message.about` keeps of the sessions that a mail told of."""
    return {"visits": [one.as_json() for one in told]}


def about_offer(offer: Offer, *, is_known: bool = False) -> dict[str, Any]:
    """What `Message.about` keeps of an offer. Never its link: that is made anew as the mail is written."""
    return {"offer": str(offer.uuid)} | ({KNOWN: True} if is_known else {})


def told_in(message: Message) -> dict[UUID, bool]:
    """The sessions that a message told of, and whether it said that they are off."""
    is_cancelled = message.kind == MessageKind.CANCELLED
    return {UUID(one["session"]): one.get("is_off", is_cancelled) for one in message.about.get("visits", ())}


def news_of(*, messages: Sequence[Message], now: datetime, is_by_mail: bool = True) -> list[News]:
    """The messages with what they tell, in order. One query for what was heard, one for their offers.

    A mail tells what differs from what was last said in writing, or else at all; a person, only from that.
    """
    heard = _heard({m.patient_id for m in messages if m.kind == MessageKind.NOTICE}, now)
    offers = _offers({UUID(m.about["offer"]) for m in messages if "offer" in m.about})
    found = []
    for message in messages:
        if message.kind == MessageKind.NOTICE:
            found.append(_of_notice(message, heard[message.patient_id], now, is_by_mail=is_by_mail))
        else:
            found.append(News(message, offer=offers.get(message.about.get("offer", ""))))
    return found


def booked_session(session: Session | None) -> BookedSession | None:
    """None for a session that has no time or no place."""
    if session is None or session.site is None or session.starts_at is None or session.ends_at is None:
        return None
    return BookedSession(session, session.site, session.starts_at, session.ends_at)


def _heard(patients: set[int], now: datetime) -> dict[int, list[Heard]]:
    """By patient, what they believe of all their sessions that are ahead, or that they take to be."""
    found: dict[int, list[Heard]] = defaultdict(list)
    if patients:
        rows = Heard.objects.filter(session__patient__in=patients).filter(
            Q(starts_at__gt=now) | Q(session__starts_at__gt=now)
        )
        rows = rows.select_related("site", "session__site", "session__session_type", "session__plan")
        for row in rows.order_by("session_id"):
            found[row.session.patient_id].append(row)
    return found


def _offers(uuids: set[UUID]) -> dict[str, Offer]:
    if not uuids:
        return {}
    rows = Offer.objects.filter(uuid__in=uuids).select_related(
        "site", "wait__session__site", "wait__session__session_type", "wait__session__plan"
    )
    return {str(offer.uuid): offer for offer in rows}


def _of_notice(message: Message, rows: Sequence[Heard], now: datetime, *, is_by_mail: bool) -> News:
    """By date. Of two sessions at the very same time, of which one is off, the patient knows one."""
    expected = {hours for row in rows if row.session.status in AHEAD for hours in _expected(row)}
    told, settled = [], []
    for row in rows:
        if row.session.plan_id != message.plan_id or not (one := _untold(row, now, is_by_mail)):
            continue
        if one.now.is_off and _hours(one.was) in expected:
            settled.append(one)
            continue
        told.append(one)
        if one.now.is_off:
            expected.add(_hours(one.was))
    return News(message, tuple(sorted(told, key=lambda one: one.now.starts_at)), tuple(settled))


def _expected(row: Heard) -> Iterable[_Hours]:
    """When and with whom the patient has this session: as it stands, and as they believe."""
    for facts in (Facts.of(row.session), row.facts, row.facts_by_message):
        if facts is not None and not facts.is_off:
            yield _hours(facts)


def _hours(facts: Facts) -> _Hours:
    return facts.starts_at, facts.ends_at, facts.site_id, facts.lead


def _untold(row: Heard, now: datetime, is_by_mail: bool) -> ToldSession | None:
    """What the patient believes of the session that is not so; None if it is so, or over."""
    for was in (row.facts_by_message, row.facts) if is_by_mail else (row.facts,):
        truth = was.truth(row.session)
        if truth is not None and truth.is_news_after(was) and truth.starts_at > now:
            return ToldSession(row, was, _site(row, was), truth)
    return None


def _site(row: Heard, was: Facts) -> Site:
    near = {site.pk: site for site in (row.session.site, row.site) if site is not None}
    # A mail and a person named two places, and now it is at a third: nobody's everyday.
    return near.get(was.site_id) or Site.objects.get(pk=was.site_id)
