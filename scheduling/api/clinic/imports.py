"""Bringing patients and bookings over by REST: tables in the body, with a dry run; see docs/import.md."""

import io
from collections import Counter
from collections.abc import Iterable, Iterator
from typing import Any

from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from clinic.identity.permissions import Act
from clinic.web.database_clock import database_now
from clinic.web.rest.auth import actor_of, needs
from clinic.web.rest.bodies import LARGEST_BODY
from clinic.web.rest.input_fields import Shape, Text, YesNo, parsed
from scheduling.importing.run import Fate, Outcome, import_bookings, import_patients


class Table(Text):
    """The text of a CSV file, its lines as they are."""

    def __init__(self) -> None:
        super().__init__(required=False, trim_whitespace=False, max_length=LARGEST_BODY)


class ImportShape(Shape):
    patients = Table()
    bookings = Table()
    applies = YesNo(required=False, default=False)

    def validate(self, said: dict[str, Any]) -> dict[str, Any]:
        if not said.keys() & {"patients", "bookings"}:
            raise serializers.ValidationError("Send a table: patients, bookings, or both.")
        return said


@needs(Act.IMPORT)
def bring_over(request: Request) -> Response:
    said, by, at = parsed(ImportShape, request.data), actor_of(request), database_now()
    applies, told, names = said["applies"], {"applied": said["applies"]}, set()
    if "patients" in said:
        lines = _lines(said["patients"])
        outcomes = list(import_patients(lines=lines, applies=applies, by=by, now=at))
        names = {one.name for one in outcomes if one.name and one.fate is not Fate.REFUSED}
        told["patients"] = _told(outcomes)
    if "bookings" in said:
        lines = _lines(said["bookings"])
        courses = import_bookings(lines=lines, patients=names, applies=applies, by=by, now=at)
        told["bookings"] = _told(courses)
    return Response(told)


def _lines(table: str) -> Iterator[str]:
    return io.StringIO(table.removeprefix("\ufeff"), newline="")


def _told(outcomes: Iterable[Outcome]) -> dict[str, Any]:
    """How many of each fate, and every flaw with its line."""
    fates: Counter[Fate] = Counter()
    flaws = []
    for outcome in outcomes:
        fates[outcome.fate] += 1
        about = str(outcome.name) if outcome.name else None
        flaws += [
            {"line": flaw.line, "code": flaw.code, "about": about, "detail": flaw.sentence}
            for flaw in outcome.flaws
        ]
    return {fate.value: fates[fate] for fate in Fate} | {
        "flaws": sorted(flaws, key=lambda flaw: (flaw["line"], flaw["code"]))
    }
