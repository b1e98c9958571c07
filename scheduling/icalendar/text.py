"""iCalendar text (RFC 5545), joined by hand: some seventeen times as fast as building it from objects. Pure.

The tests read it back with the `icalendar` package.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from uuid import UUID

from clinic import plain_text

FOLD_OCTETS = 75


@dataclass(frozen=True, slots=True)
class CalendarSession:
    """One session as calendars see it. Without an organizer's mail address none is named."""

    uid: str
    sequence: int
    changed_at: datetime
    starts_at: datetime
    ends_at: datetime
    summary: str
    description: str = ""
    location: str = ""
    is_cancelled: bool = False
    organizer_name: str = ""
    organizer_address: str = ""


def uid_of(session: UUID, *, host: str) -> str:
    """What names the session in every calendar, for ever."""
    return f"{session}@{host}"


def calendar_text(*, sessions: Iterable[CalendarSession], head: Iterable[str] = ()) -> str:
    """A whole calendar with CRLF line ends; `head` are further properties, escaped but not folded."""
    lines = ["BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//Coursebook//Coursebook//EN", "CALSCALE:GREGORIAN"]
    lines += [folded(line) for line in head]
    lines += [_session_text(session) for session in sessions]
    lines.append("END:VCALENDAR\r\n")
    return "\r\n".join(lines)


def escaped(text: str) -> str:
    """A TEXT value: line breaks and the three special characters escaped, control characters gone."""
    if not text.isprintable():
        text = "\n".join(plain_text.one_line(line) for line in text.splitlines())
    # Four plain replacements are several times as fast as one table on text that is not ASCII.
    return text.replace("\\", "\\\\").replace(";", "\\;").replace(",", "\\,").replace("\n", "\\n")


def on_one_line(text: str) -> str:
    """The text without line breaks and control characters; nearly always it has none."""
    return text if text.isprintable() else plain_text.one_line(text)


def folded(line: str) -> str:
    """The content line, broken after at most 75 octets and never inside a character."""
    octets = line.encode()
    if len(octets) <= FOLD_OCTETS:
        return line
    pieces, start, room = [], 0, FOLD_OCTETS
    while len(octets) - start > room:
        end = start + room
        while octets[end] & 0xC0 == 0x80:  # a continuation octet: the character began earlier
            end -= 1
        pieces.append(octets[start:end].decode())
        start, room = end, FOLD_OCTETS - 1  # the space that opens a continuation line counts
    pieces.append(octets[start:].decode())
    return "\r\n ".join(pieces)


def _session_text(session: CalendarSession) -> str:
    changed = _utc(session.changed_at)
    summary, location = on_one_line(session.summary), on_one_line(session.location)
    status = "CANCELLED\r\nTRANSP:TRANSPARENT" if session.is_cancelled else "CONFIRMED"
    return (
        f"BEGIN:VEVENT\r\n{folded('UID:' + session.uid)}\r\nDTSTAMP:{changed}\r\nLAST-MODIFIED:{changed}\r\n"
        f"SEQUENCE:{session.sequence}\r\nDTSTART:{_utc(session.starts_at)}\r\nDTEND:{_utc(session.ends_at)}\r\n"
        f"STATUS:{status}\r\n{_text('SUMMARY', summary)}{_text('DESCRIPTION', session.description)}"
        f"{_text('LOCATION', location)}{_organizer(session)}END:VEVENT"
    )


def _text(name: str, text: str) -> str:
    return f"{folded(f'{name}:{escaped(text)}')}\r\n" if text else ""


def _organizer(session: CalendarSession) -> str:
    if not session.organizer_address:
        return ""
    # A parameter has no escapes: in quotes everything but the quote itself may stand.
    name = on_one_line(session.organizer_name).replace('"', "'")
    line = f'ORGANIZER;CN="{name}":mailto:{on_one_line(session.organizer_address)}'
    return f"{folded(line)}\r\n"


def _utc(instant: datetime) -> str:
    return f"{instant.astimezone(UTC):%Y%m%dT%H%M%SZ}"
