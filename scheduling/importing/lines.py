"""Lines of an import: patients, and the sessions they have. Pure."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import groupby, islice, pairwise

from clinic.plain_text import one_line
from scheduling.importing.csv_tables import (
    Columns,
    Flaw,
    Row,
    WallTime,
    day_from,
    number_from,
    wall_time_from,
)
from treatments.cadence import MOST_SESSIONS

PATIENT_COLUMNS = Columns(
    needed=("system", "id", "given_name", "family_name"),
    others=("born_on", "email", "phone", "language", "message_consent"),
)
BOOKING_COLUMNS = Columns(
    needed=("system", "patient", "course", "starts_at", "status"),
    others=("protocol", "session_type", "sessions", "number", "site", "practitioner", "room", "note"),
)
DONE, BOOKED = "done", "booked"


@dataclass(frozen=True, slots=True)
class BookingLine:
    """One session that another system knows. Of a flawed line only what could be read is there."""

    row: Row
    wall: WallTime | None
    number: int
    sessions: int | None
    flaws: tuple[Flaw, ...]

    @property
    def line(self) -> int:
        return self.row.line

    @property
    def on(self) -> date | None:
        return self.wall.on if self.wall else None

    @property
    def is_done(self) -> bool:
        return self.row["status"].casefold() == DONE

    @property
    def note(self) -> str:
        return self.row["note"]


@dataclass(frozen=True, slots=True)
class CourseLines:
    """The lines that stand together under one id: the sessions of a course, or sessions without a plan."""

    lines: tuple[BookingLine, ...]

    @property
    def first(self) -> BookingLine:
        return self.lines[0]

    @property
    def flaws(self) -> list[Flaw]:
        return [flaw for line in self.lines for flaw in line.flaws]

    @property
    def protocol(self) -> str:
        """The key of its protocol; empty for sessions without a plan."""
        return self.first.row["protocol"]

    @property
    def sessions_at_least(self) -> int:
        """How many treatments the course has as far as the lines say."""
        asked = max((line.sessions or 0 for line in self.lines), default=0)
        return max(asked, *(line.number for line in self.lines), 1)


def born_on_of(row: Row) -> date | None:
    return day_from(row["born_on"])


def birth_flaws(row: Row) -> Iterator[Flaw]:
    if row["born_on"] and born_on_of(row) is None:
        yield Flaw(row.line, "malformed_date", f"“{row['born_on'][:40]}” is no date such as 1984-02-29.")


def courses_in(rows: Iterable[Row]) -> Iterator[CourseLines]:
    """The courses, each with all its lines that stand together; of too many lines only the first."""
    for _, together in groupby(rows, key=lambda row: (row["system"], one_line(row["course"]))):
        # One more than can be tells that there are too many; the others are passed over unread.
        lines = tuple(map(_booking_line, islice(together, MOST_SESSIONS + 1)))
        yield CourseLines(tuple(_checked(lines)))


def _booking_line(row: Row) -> BookingLine:
    return BookingLine(
        row=row,
        wall=wall_time_from(row["starts_at"]),
        number=number_from(row["number"], most=MOST_SESSIONS) or 1,
        sessions=number_from(row["sessions"], most=MOST_SESSIONS),
        flaws=(*row.flaws, *(_line_flaws(row) if row.cells else ())),
    )


def _line_flaws(row: Row) -> Iterator[Flaw]:
    line = row.line
    if not row["patient"] or not row["course"]:
        yield Flaw(line, "id_missing", "Give the patient’s and the course’s id in the other system.")
    if bool(row["protocol"]) == bool(row["session_type"]):
        yield Flaw(
            line, "protocol_or_type", "Name a protocol, or a session type for a session without a plan."
        )
    if wall_time_from(row["starts_at"]) is None:
        said = row["starts_at"][:40]
        yield Flaw(line, "malformed_time", f"“{said}” is no local time such as 2027-01-04 09:30.")
    if row["status"].casefold() not in (DONE, BOOKED):
        yield Flaw(line, "malformed_status", f"The status is {DONE} or {BOOKED}, not “{row['status'][:40]}”.")
    for column in ("number", "sessions"):
        if row[column] and number_from(row[column], most=MOST_SESSIONS) is None:
            said = row[column][:40]
            yield Flaw(line, "malformed_number", f"“{said}” is no number from 1 to {MOST_SESSIONS}.")


def _checked(lines: Sequence[BookingLine]) -> Iterator[BookingLine]:
    """The same lines in the order of their numbers, each with what is wrong between them."""
    between = list(_between(lines))
    for line in sorted(lines, key=lambda one: one.number):
        own = tuple(flaw for flaw in between if flaw.line == line.line)
        yield BookingLine(line.row, line.wall, line.number, line.sessions, (*line.flaws, *own))


def _between(lines: Sequence[BookingLine]) -> Iterator[Flaw]:
    first = lines[0]
    if len(lines) > MOST_SESSIONS:
        yield Flaw(first.line, "too_many_sessions", f"A course has {MOST_SESSIONS} sessions at most.")
    for line in lines[1:]:
        if line.row["patient"] != first.row["patient"] or line.row["protocol"] != first.row["protocol"]:
            yield Flaw(
                line.line, "course_differs", f"Line {first.line} names another patient or protocol for it."
            )
    ordered = sorted(lines, key=lambda one: one.number)
    for earlier, later in pairwise(ordered):
        if later.number == earlier.number:
            yield Flaw(later.line, "number_twice", f"Line {earlier.line} is number {later.number} already.")
    if first.row["protocol"]:
        yield from _rhythm(ordered)


def _rhythm(ordered: Sequence[BookingLine]) -> Iterator[Flaw]:
    """The sessions of a course follow each other on different days, and none is left out."""
    if ordered[0].number > 1:
        yield Flaw(ordered[0].line, "number_missing", "Session 1 has no line. Number them from 1.")
    for earlier, later in pairwise(ordered):
        if later.number > earlier.number + 1:
            yield Flaw(later.line, "number_missing", f"Session {later.number - 1} has no line.")
        if earlier.on and later.on and later.on <= earlier.on and later.number > earlier.number:
            sentence = f"Session {later.number} does not follow session {earlier.number} on a later day."
            yield Flaw(later.line, "out_of_order", sentence)
        if later.is_done and not earlier.is_done:
            sentence = f"Session {later.number} was done before session {earlier.number}, which is booked."
            yield Flaw(later.line, "out_of_order", sentence)
