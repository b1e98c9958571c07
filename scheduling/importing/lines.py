"""Lines of an import: patients, and the sessions they have. Pure."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import groupby, islice, pairwise

from clinic.plain_text import one_line
from scheduling.importing.csv_tables import Columns, Flaw, Row, number_from
from scheduling.importing.written_times import DateOrder, WallTime, day_from, wall_time_from, wants_order
from treatments.cadence import MOST_SESSIONS

PATIENT_COLUMNS = Columns(
    needed=("system", "id", "given_name", "family_name"),
    others=("born_on", "email", "phone", "language", "message_consent"),
)
BOOKING_COLUMNS = Columns(
    needed=("system", "patient", "course", "starts_at", "status"),
    others=("protocol", "session_type", "sessions", "number", "site", "practitioner", "room", "note"),
)
DONE, BOOKED, MISSED, CANCELLED = "done", "booked", "missed", "cancelled"
# Each session of a course may have failed before it stood; what is beyond is no course.
MOST_LINES = 3 * MOST_SESSIONS


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
    def status(self) -> str:
        return self.row["status"].casefold()

    @property
    def is_done(self) -> bool:
        return self.status == DONE

    @property
    def is_booked(self) -> bool:
        return self.status == BOOKED

    @property
    def has_failed(self) -> bool:
        """Whether it was promised and did not take place: it stands for its number no more."""
        return self.status in (MISSED, CANCELLED)

    @property
    def note(self) -> str:
        return self.row["note"]


@dataclass(frozen=True, slots=True)
class CourseLines:
    """The lines that stand together under one id: the sessions of a course, or sessions without a plan."""

    lines: tuple[BookingLine, ...]
    line_count: int

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


def birth_flaws(row: Row, dates: DateOrder | None) -> Iterator[Flaw]:
    said = row["born_on"]
    if not said or day_from(said, dates) is not None:
        return
    if dates is None and wants_order(said):
        yield _order_wanted(row.line, said)
    else:
        yield Flaw(row.line, "malformed_date", f"“{said[:40]}” is no date such as 1984-02-29.")


def courses_in(rows: Iterable[Row], *, dates: DateOrder | None = None) -> Iterator[CourseLines]:
    """The courses, each with all its lines that stand together; of too many lines only the first."""
    for _, together in groupby(rows, key=_CourseId()):
        # One more than can be tells that there are too many; the others are counted, and not kept.
        kept = list(islice(together, MOST_LINES + 1))
        line_count = sum(row.line_count for row in (*kept, *together))
        lines = [_booking_line(row, dates) for row in kept]
        yield CourseLines(tuple(_checked(lines)), line_count)


class _CourseId:
    """To which course a row belongs; one that cannot be read and names none, to the one before it."""

    def __init__(self) -> None:
        self._last = ("", "")

    def __call__(self, row: Row) -> tuple[str, str]:
        if row.is_read or row["course"]:
            self._last = (row["system"], one_line(row["course"]))
        return self._last


def _booking_line(row: Row, dates: DateOrder | None) -> BookingLine:
    return BookingLine(
        row=row,
        wall=wall_time_from(row["starts_at"], dates),
        number=number_from(row["number"], most=MOST_SESSIONS) or 1,
        sessions=number_from(row["sessions"], most=MOST_SESSIONS),
        flaws=(*row.flaws, *(_line_flaws(row, dates) if row.is_read else ())),
    )


def _order_wanted(line: int, said: str) -> Flaw:
    sentence = f"“{said[:40]}”: say in which order the table writes dates, dmy or mdy."
    return Flaw(line, "date_order_wanted", sentence)


def _line_flaws(row: Row, dates: DateOrder | None) -> Iterator[Flaw]:
    line = row.line
    if not row["patient"] or not row["course"]:
        yield Flaw(line, "id_missing", "Give the patient’s and the course’s id in the other system.")
    if bool(row["protocol"]) == bool(row["session_type"]):
        yield Flaw(
            line, "protocol_or_type", "Name a protocol, or a session type for a session without a plan."
        )
    if wall_time_from(row["starts_at"], dates) is None:
        yield _time_flaw(line, row["starts_at"], dates)
    if row["status"].casefold() not in (DONE, BOOKED, MISSED, CANCELLED):
        said, known = row["status"][:40], f"{DONE}, {BOOKED}, {MISSED} or {CANCELLED}"
        yield Flaw(line, "malformed_status", f"The status is {known}, not “{said}”.")
    for column in ("number", "sessions"):
        if row[column] and number_from(row[column], most=MOST_SESSIONS) is None:
            said = row[column][:40]
            yield Flaw(line, "malformed_number", f"“{said}” is no number from 1 to {MOST_SESSIONS}.")


def _time_flaw(line: int, said: str, dates: DateOrder | None) -> Flaw:
    if dates is None and wants_order(said):
        return _order_wanted(line, said)
    return Flaw(line, "malformed_time", f"“{said[:40]}” is no local time such as 2027-01-04 09:30.")


def _checked(lines: Sequence[BookingLine]) -> Iterator[BookingLine]:
    """The same lines in the order of their numbers, each with what is wrong between them."""
    between = list(_between(lines))
    for line in sorted(lines, key=lambda one: one.number):
        own = tuple(flaw for flaw in between if flaw.line == line.line)
        yield BookingLine(line.row, line.wall, line.number, line.sessions, (*line.flaws, *own))


def _between(lines: Sequence[BookingLine]) -> Iterator[Flaw]:
    first = lines[0]
    if len(lines) > MOST_LINES or sum(not line.has_failed for line in lines) > MOST_SESSIONS:
        yield Flaw(first.line, "too_many_sessions", f"A course has {MOST_SESSIONS} sessions at most.")
    for line in lines[1:]:
        if line.row["patient"] != first.row["patient"] or line.row["protocol"] != first.row["protocol"]:
            yield Flaw(
                line.line, "course_differs", f"Line {first.line} names another patient or protocol for it."
            )
    ordered = sorted((one for one in lines if not one.has_failed), key=lambda one: one.number)
    for earlier, later in pairwise(ordered):
        if later.number == earlier.number:
            yield Flaw(later.line, "number_twice", f"Line {earlier.line} is number {later.number} already.")
    if first.row["protocol"] and ordered:
        yield from _rhythm(ordered)


def _rhythm(ordered: Sequence[BookingLine]) -> Iterator[Flaw]:
    """The sessions of a course follow each other on different days, and none is left out."""
    if ordered[0].number > 1:
        sentence = "Session 1 has no line that is done or booked. Number them from 1."
        yield Flaw(ordered[0].line, "number_missing", sentence)
    for earlier, later in pairwise(ordered):
        if later.number > earlier.number + 1:
            sentence = f"Session {later.number - 1} has no line that is done or booked."
            yield Flaw(later.line, "number_missing", sentence)
        if earlier.on and later.on and later.on <= earlier.on and later.number > earlier.number:
            sentence = f"Session {later.number} does not follow session {earlier.number} on a later day."
            yield Flaw(later.line, "out_of_order", sentence)
        if later.is_done and not earlier.is_done:
            sentence = f"Session {later.number} was done before session {earlier.number}, which is booked."
            yield Flaw(later.line, "out_of_order", sentence)
