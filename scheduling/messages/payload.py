"""Payloads of messages: kept as JSON in their rows, read again as things stand when the mail goes out."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Self
from uuid import UUID

from clinic.models import Site
from scheduling.models import AHEAD, Message, MessageKind, Offer, Session, SessionStatus


@dataclass(frozen=True, slots=True)
class LastKnown:
    """A session that is told of, the sequence it is told at, and where the patient believes it to be.

    `was_until` where the end may have changed; `was_site` and its `was_zone` where the place did, and
    `was_with` where another person treats them.
    """

    session: UUID
    sequence: int
    was_at: datetime
    was_until: datetime | None = None
    was_site: str = ""
    was_zone: str = ""
    was_with: str = ""

    @classmethod
    def from_json(cls, said: Mapping[str, Any]) -> Self:
        until = said.get("was_until")
        return cls(
            session=UUID(said["session"]),
            sequence=said["sequence"],
            was_at=datetime.fromisoformat(said["was_at"]),
            was_until=datetime.fromisoformat(until) if until else None,
            was_site=said.get("was_site", ""),
            was_zone=said.get("was_zone", ""),
            was_with=said.get("was_with", ""),
        )

    def as_json(self) -> dict[str, Any]:
        return {
            "session": str(self.session),
            "sequence": self.sequence,
            "was_at": self.was_at.isoformat(),
            "was_until": self.was_until.isoformat() if self.was_until else None,
            "was_site": self.was_site,
            "was_zone": self.was_zone,
            "was_with": self.was_with,
        }

    def differs_from(self, session: Session) -> bool:
        """Whether the patient would see a difference: another room, device or assistant is none."""
        return (
            self.was_at != session.starts_at
            or (self.was_until is not None and self.was_until != session.ends_at)
            or bool(self.was_site and session.site is not None and self.was_site != session.site.name)
            or bool(self.was_with and self.was_with != session.lead)
        )


@dataclass(frozen=True, slots=True)
class BookedSession:
    """A session that has a time and a place."""

    session: Session
    site: Site
    starts_at: datetime
    ends_at: datetime


@dataclass(frozen=True, slots=True)
class ToldSession:
    """A session as it stands now, and where the patient believes it to be."""

    session: BookedSession
    before: LastKnown


@dataclass(frozen=True, slots=True)
class News:
    """A message with all that its mail needs; `sessions` are those of which what it tells still holds."""

    message: Message
    sessions: tuple[ToldSession, ...] = ()
    offer: Offer | None = None


def about_sessions(told: Iterable[LastKnown]) -> dict[str, Any]:
    """What `Message.about` keeps of the sessions that a message tells of."""
    return {"visits": [before.as_json() for before in told]}


def about_offer(offer: Offer) -> dict[str, Any]:
    """What `Message.about` keeps of an offer. Never its link: that is made anew as the mail is written."""
    return {"offer": str(offer.uuid)}


def told_in(message: Message) -> list[LastKnown]:
    return [LastKnown.from_json(said) for said in message.about.get("visits", ())]


def news_of(*, messages: Sequence[Message], now: datetime) -> list[News]:
    """The messages with what they tell, in order. One query for their sessions, one for their offers."""
    told = {message.pk: told_in(message) for message in messages}
    sessions = _sessions({before.session for some in told.values() for before in some})
    offers = _offers({UUID(m.about["offer"]) for m in messages if "offer" in m.about})
    return [
        News(
            message,
            tuple(_still_so(message, told[message.pk], sessions, now)),
            offers.get(message.about.get("offer", "")),
        )
        for message in messages
    ]


def booked_session(session: Session | None) -> BookedSession | None:
    """None for a session that has no time or no place."""
    if session is None or session.site is None or session.starts_at is None or session.ends_at is None:
        return None
    return BookedSession(session, session.site, session.starts_at, session.ends_at)


def _sessions(uuids: set[UUID]) -> dict[UUID, Session]:
    if not uuids:
        return {}
    rows = Session.objects.filter(uuid__in=uuids).select_related("site", "session_type", "plan")
    return {session.uuid: session for session in rows}


def _offers(uuids: set[UUID]) -> dict[str, Offer]:
    if not uuids:
        return {}
    rows = Offer.objects.filter(uuid__in=uuids).select_related(
        "site", "wait__session__site", "wait__session__session_type", "wait__session__plan"
    )
    return {str(offer.uuid): offer for offer in rows}


def _still_so(
    message: Message, told: Sequence[LastKnown], sessions: Mapping[UUID, Session], now: datetime
) -> Iterable[ToldSession]:
    """By date. What was changed again, or is over, is left out: a later message is about it, or none."""
    is_cancelled = message.kind == MessageKind.CANCELLED
    found = []
    for before in told:
        session = booked_session(sessions.get(before.session))
        if session is None or session.session.patient_id != message.patient_id:
            continue
        if session.session.sequence != before.sequence:
            continue
        status = session.session.status
        is_as_told = status == SessionStatus.CANCELLED if is_cancelled else status in AHEAD
        last_at = max(session.starts_at, before.was_at) if is_cancelled else session.starts_at
        if is_as_told and last_at > now:
            found.append(ToldSession(session, before))
    return sorted(found, key=lambda one: one.before.was_at if is_cancelled else one.session.starts_at)
