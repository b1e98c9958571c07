"""Bringing patients and bookings over by REST: tables in the body, with a dry run; see docs/import.md."""

import io
from collections import Counter
from collections.abc import Iterable, Iterator
from typing import NotRequired, TypedDict

from clinic.identity.permissions import Act
from clinic.web.database_clock import database_now
from clinic.web.rest.bodies import LARGEST_BODY
from clinic.web.rest.contract import Answer, Call, Does, speaks
from clinic.web.rest.input_fields import Shape, Text, YesNo
from scheduling.importing.run import Fate, Outcome, import_bookings, import_patients


class Table(Text):
    """The text of a CSV file, its lines as they are."""

    def __init__(self) -> None:
        super().__init__(required=False, trim_whitespace=False, max_length=LARGEST_BODY)


class ImportShape(Shape):
    """One table or both. Unless `applies` is true nothing is written."""

    any_of = ("patients", "bookings")

    patients = Table()
    bookings = Table()
    applies = YesNo(required=False, default=False)


class FlawJson(TypedDict):
    """What is wrong with a line, counted from the names of the columns; docs/import.md lists the codes."""

    line: int
    code: str
    about: str | None
    detail: str


class ImportedJson(TypedDict):
    """How many lines (of bookings: courses) are new, were there, and cannot be."""

    imported: int
    known: int
    refused: int
    flaws: list[FlawJson]


class ImportJson(TypedDict):
    """What became, or would become, of each table."""

    applied: bool
    patients: NotRequired[ImportedJson]
    bookings: NotRequired[ImportedJson]


@speaks("import_tables", Act.IMPORT, does=Does.MAKES, body=ImportShape, answers={200: ImportJson})
def bring_over(call: Call) -> Answer[ImportJson]:
    """Bring patients and bookings over from tables.

    200 whatever became of the lines; what is there already is `known`.
    """
    said, by, at = call.said, call.by, database_now()
    applies, names = said["applies"], set()
    told: ImportJson = {"applied": applies}
    if "patients" in said:
        lines = _lines(said["patients"])
        outcomes = list(import_patients(lines=lines, applies=applies, by=by, now=at))
        names = {one.name for one in outcomes if one.name and one.fate is not Fate.REFUSED}
        told["patients"] = _told(outcomes)
    if "bookings" in said:
        lines = _lines(said["bookings"])
        courses = import_bookings(lines=lines, patients=names, applies=applies, by=by, now=at)
        told["bookings"] = _told(courses)
    return Answer(told)


def _lines(table: str) -> Iterator[str]:
    return io.StringIO(table.removeprefix("\ufeff"), newline="")


def _told(outcomes: Iterable[Outcome]) -> ImportedJson:
    """How many of each fate, and every flaw with its line."""
    fates: Counter[Fate] = Counter()
    flaws: list[FlawJson] = []
    for outcome in outcomes:
        fates[outcome.fate] += 1
        about = str(outcome.name) if outcome.name else None
        flaws += [
            {"line": flaw.line, "code": flaw.code, "about": about, "detail": flaw.sentence}
            for flaw in outcome.flaws
        ]
    return {
        "imported": fates[Fate.IMPORTED],
        "known": fates[Fate.KNOWN],
        "refused": fates[Fate.REFUSED],
        "flaws": sorted(flaws, key=lambda flaw: (flaw["line"], flaw["code"])),
    }
