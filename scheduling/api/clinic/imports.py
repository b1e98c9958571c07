"""Bringing patients and bookings over by REST: tables in the body, with a dry run; see docs/import.md."""

import io
from collections import Counter
from collections.abc import Iterable, Iterator
from typing import NotRequired, TypedDict

from rest_framework import serializers

from clinic.identity.permissions import Act
from clinic.web.database_clock import database_now
from clinic.web.rest.bodies import LARGEST_BODY
from clinic.web.rest.contract import Answer, Call, Does, speaks
from clinic.web.rest.input_fields import Shape, Text, YesNo
from scheduling.importing.csv_tables import Table
from scheduling.importing.outcomes import Fate, Outcome
from scheduling.importing.run import import_bookings, import_patients
from scheduling.importing.written_times import DateOrder


class TableText(Text):
    """The text of a CSV file, its lines as they are."""

    def __init__(self) -> None:
        super().__init__(required=False, allow_blank=True, trim_whitespace=False, max_length=LARGEST_BODY)


class ImportShape(Shape):
    """One table or both. Unless `applies` is true nothing is written."""

    any_of = ("patients", "bookings")

    patients = TableText()
    bookings = TableText()
    dates = serializers.ChoiceField(
        choices=[(str(order), order.name) for order in DateOrder],
        required=False,
        help_text="How the tables write dates whose year is not first; 2027-01-04 is read in any case.",
    )
    applies = YesNo(required=False, default=False)
    update = YesNo(  # type: ignore[assignment]  # of patients, not of a row
        required=False,
        default=False,
        help_text="Whether what the table says otherwise of patients who are known is taken over.",
    )


class FlawJson(TypedDict):
    """What is wrong with a line, counted from the names of the columns; docs/import.md lists the codes."""

    line: int
    code: str
    about: str | None
    detail: str


class DifferenceJson(TypedDict):
    """What a line says otherwise of a patient who is known, by its column."""

    line: int
    about: str | None
    column: str
    stands: str
    said: str


class ImportedJson(TypedDict):
    """How many lines are new, change a patient, were there, and cannot be: together all that are not blank.

    `changed` are none without `update`.
    """

    imported: int
    changed: int
    known: int
    refused: int
    flaws: list[FlawJson]
    differences: list[DifferenceJson]


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
    dates = DateOrder(said["dates"]) if "dates" in said else None
    told: ImportJson = {"applied": applies}
    if "patients" in said:
        table = Table(_lines(said["patients"]), dates)
        outcomes = list(import_patients(table=table, applies=applies, by=by, now=at, updates=said["update"]))
        names = {one.name for one in outcomes if one.name and one.fate is not Fate.REFUSED}
        told["patients"] = _told(outcomes)
    if "bookings" in said:
        table = Table(_lines(said["bookings"]), dates)
        courses = import_bookings(table=table, patients=names, applies=applies, by=by, now=at)
        told["bookings"] = _told(courses)
    return Answer(told)


def _lines(table: str) -> Iterator[str]:
    return io.StringIO(table.removeprefix("\ufeff"), newline="")


def _told(outcomes: Iterable[Outcome]) -> ImportedJson:
    """How many of each fate, and every flaw with its line."""
    fates: Counter[Fate] = Counter()
    flaws: list[FlawJson] = []
    differences: list[DifferenceJson] = []
    for outcome in outcomes:
        fates[outcome.fate] += outcome.line_count
        about = str(outcome.name) if outcome.name else None
        flaws += [
            {"line": flaw.line, "code": flaw.code, "about": about, "detail": flaw.sentence}
            for flaw in outcome.flaws
        ]
        differences += [
            {
                "line": one.line,
                "about": about,
                "column": one.column,
                "stands": one.stands,
                "said": one.said,
            }
            for one in outcome.differences
        ]
    return {
        "imported": fates[Fate.IMPORTED],
        "changed": fates[Fate.CHANGED],
        "known": fates[Fate.KNOWN],
        "refused": fates[Fate.REFUSED],
        "flaws": sorted(flaws, key=lambda flaw: (flaw["line"], flaw["code"])),
        "differences": differences,
    }
