"""Tables of another system, and what becomes of them."""

import csv
import io
from collections.abc import Sequence
from typing import Any

from clinic.identity.actors import Actor
from clinic.people.external_id_kinds import Name
from scheduling.importing.csv_tables import Table
from scheduling.importing.outcomes import Fate, Outcome
from scheduling.importing.run import import_bookings, import_patients
from scheduling.importing.written_times import DateOrder
from tests.support.cast import NOW
from tests.support.worlds import World

PATIENT = {"system": "till", "id": "P1", "given_name": "Anna", "family_name": "Bakker"}
SESSION = {
    "system": "till",
    "patient": "P1",
    "course": "C1",
    "protocol": "",
    "session_type": "consultation",
    "sessions": "",
    "number": "",
    "starts_at": "2027-01-11 10:00",
    "site": "",
    "practitioner": "",
    "room": "",
    "status": "booked",
    "note": "",
}


def table(rows: Sequence[dict[str, str]], *, delimiter: str = ",") -> list[str]:
    """The lines of a CSV file with these rows, which have the same columns."""
    text = io.StringIO(newline="")
    writer = csv.DictWriter(text, rows[0], delimiter=delimiter)
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue().splitlines(keepends=True)


def a_patient_row(**cells: str) -> dict[str, str]:
    return {**PATIENT, **cells}


def a_session_row(**cells: str) -> dict[str, str]:
    return {**SESSION, **cells}


def course_rows(*dates: str, done: int = 0, at: str = "10:00", **cells: str) -> list[dict[str, str]]:
    """The lines of a PRP + mesotherapy course on those dates, the first so many done."""
    return [
        a_session_row(
            **{
                "protocol": "prp-mesotherapy",
                "session_type": "",
                "number": str(number),
                "starts_at": f"{on} {at}",
                "status": "done" if number <= done else "booked",
                **cells,
            }
        )
        for number, on in enumerate(dates, start=1)
    ]


def patients_brought(
    world: World,
    *rows: dict[str, str],
    applies: bool = True,
    by: Actor | None = None,
    dates: DateOrder | None = None,
    updates: bool = False,
) -> list[Outcome]:
    outcomes = import_patients(
        table=Table(table(rows or (PATIENT,)), dates),
        applies=applies,
        by=by or world.owner,
        now=NOW,
        updates=updates,
    )
    return list(outcomes)


def bookings_brought(
    world: World, *rows: dict[str, str], dates: DateOrder | None = None, **said: Any
) -> list[Outcome]:
    """What becomes of the bookings: applied unless said otherwise."""
    asked = {"applies": True, "patients": set[Name](), "by": world.owner, "now": NOW, **said}
    return list(import_bookings(table=Table(table(rows), dates), **asked))


def fates(outcomes: Sequence[Outcome]) -> list[Fate]:
    return [outcome.fate for outcome in outcomes]


def flaws(outcomes: Sequence[Outcome]) -> list[tuple[int, str]]:
    return sorted((flaw.line, flaw.code) for outcome in outcomes for flaw in outcome.flaws)


def dry(world: World, *rows: dict[str, str]) -> list[Outcome]:
    """What an import of them would do."""
    return bookings_brought(world, *rows, applies=False)
