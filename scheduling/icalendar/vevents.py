"""Events of a calendar: what a feed tells of a session. Pure."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from clinic.plain_text import initials_of, whole_name
from scheduling.icalendar.text import CalendarSession, calendar_text, escaped, on_one_line, uid_of

BUSY, NAMES = "busy", "names"
TREATMENT, REVIEW = "treatment", "review"
# Who and where. Devices are left out: their names may give the treatment away. So may those of rooms: only
# whoever may read patients' names, or treatments, reads them.
_PEOPLE, _PEOPLE_AND_ROOMS = ("practitioner",), ("practitioner", "room")


@dataclass(frozen=True, slots=True)
class FeedSession:
    """A session as read for a feed; `count` is how many sessions its course has, if it belongs to one."""

    uuid: UUID
    is_cancelled: bool
    sequence: int
    changed_at: datetime
    starts_at: datetime
    ends_at: datetime
    kind: str
    number: int
    count: int | None
    treatment: str
    patient: UUID
    given_name: str
    family_name: str
    site_name: str
    site_address: str
    zone: str
    cast: list[dict[str, Any]]


@dataclass(frozen=True, slots=True)
class FeedWords:
    """The few words of a feed; `numbered` and `cancelled` are patterns for str.format."""

    visit: str
    review: str
    busy: str
    numbered: str
    cancelled: str


@dataclass(frozen=True, slots=True)
class FeedStyle:
    """How much a feed tells, in which words; `host` is the installation's, in every UID."""

    label: str
    detail: str
    words: FeedWords
    names_treatments: bool
    host: str


def feed_text(*, sessions: Iterable[FeedSession], style: FeedStyle) -> str:
    """The whole feed. The same sessions and style give the same characters: nothing in it is about now."""
    label = escaped(on_one_line(style.label))
    head = [
        f"NAME:{label}",
        f"X-WR-CALNAME:{label}",
        # Hints; what is read how often is for the client to say.
        "REFRESH-INTERVAL;VALUE=DURATION:PT15M",
        "X-PUBLISHED-TTL:PT15M",
    ]
    return calendar_text(sessions=(_calendar_session(session, style) for session in sessions), head=head)


def _calendar_session(session: FeedSession, style: FeedStyle) -> CalendarSession:
    is_told = style.detail != BUSY
    summary = _summary(session, style) if is_told else style.words.busy
    return CalendarSession(
        uid=uid_of(session.uuid, host=style.host),
        sequence=session.sequence,
        changed_at=session.changed_at,
        starts_at=session.starts_at,
        ends_at=session.ends_at,
        # Several clients show a cancelled session like any other: the words must say it.
        summary=style.words.cancelled.format(summary=summary) if session.is_cancelled else summary,
        description=_people_and_rooms(session, _told_kinds(style)) if is_told else "",
        location=_place(session) if is_told else "",
        is_cancelled=session.is_cancelled,
    )


def _summary(session: FeedSession, style: FeedStyle) -> str:
    name = style.words.review if session.kind == REVIEW else style.words.visit
    if style.names_treatments:
        name = session.treatment
    if session.count is not None and session.kind == TREATMENT:
        name = style.words.numbered.format(name=name, number=session.number, count=session.count)
    given, family = session.given_name, session.family_name
    patient = whole_name(given, family) if style.detail == NAMES else initials_of(given, family)
    return f"{name} · {patient}"


def _place(session: FeedSession) -> str:
    parts = [session.site_name, *session.site_address.splitlines()]
    return ", ".join(part.strip() for part in parts if part.strip())


def _told_kinds(style: FeedStyle) -> tuple[str, ...]:
    return _PEOPLE_AND_ROOMS if style.names_treatments or style.detail == NAMES else _PEOPLE


def _people_and_rooms(session: FeedSession, kinds: tuple[str, ...]) -> str:
    """A line for each person and room, from when to when on the site's clock: “10:15–10:25 Dr Osei”."""
    stretches: dict[str, tuple[int, int]] = {}
    names: dict[str, str] = {}
    for part in session.cast:
        if part["kind"] in kinds:
            key = part["resource"]
            starts, ends = stretches.get(key, (part["starts_minute"], part["ends_minute"]))
            stretches[key] = min(starts, part["starts_minute"]), max(ends, part["ends_minute"])
            names[key] = part["name"]
    told = sorted((stretch, names[key]) for key, stretch in stretches.items())
    zone = ZoneInfo(session.zone)
    return "\n".join(
        f"{_clock(session, starts, zone)}–{_clock(session, ends, zone)} {name}"
        for (starts, ends), name in told
    )


def _clock(session: FeedSession, minute: int, zone: ZoneInfo) -> str:
    at = (session.starts_at + timedelta(minutes=minute)).astimezone(zone)
    return f"{at.hour:02}:{at.minute:02}"


def has_in_cast(cast: Iterable[Mapping[str, Any]], *, resource: UUID) -> bool:
    return any(part["resource"] == str(resource) for part in cast)
