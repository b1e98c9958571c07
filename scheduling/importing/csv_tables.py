"""Reading tables that another system wrote: lines in, rows and flaws out, one row at a time. Pure.

Everything in a cell is text: what begins with = is a text that begins with =.
"""

import csv
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time

LONGEST_CELL = 2_000
_BOM = "\ufeff"
_DATE = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)
_LOCAL = re.compile(r"(\d{4}-\d{2}-\d{2})[T ](\d{2}:\d{2})(:\d{2})?([Zz]|[+-]\d{2}:\d{2})?", re.ASCII)
# Beyond these a calendar has nothing to say, and arithmetic on dates runs off its end.
_FIRST_YEAR, _LAST_YEAR = 1850, 2199


@dataclass(frozen=True, slots=True)
class Flaw:
    """One thing that keeps a line from being imported. `line` is where its row begins, from 1."""

    line: int
    code: str
    sentence: str


@dataclass(frozen=True, slots=True)
class Columns:
    """What a table may hold, and what it must."""

    needed: tuple[str, ...]
    others: tuple[str, ...] = ()

    @property
    def known(self) -> frozenset[str]:
        return frozenset({*self.needed, *self.others})


@dataclass(frozen=True, slots=True)
class Row:
    """One row: its cells by column, trimmed; a column that the table lacks reads as empty."""

    line: int
    cells: Mapping[str, str]
    flaws: tuple[Flaw, ...] = ()

    def __getitem__(self, column: str) -> str:
        return self.cells.get(column, "")


@dataclass(frozen=True, slots=True)
class WallTime:
    """A time on the wall clock, and its offset in minutes if one was said."""

    on: date
    at: time
    offset_minutes: int | None = None


@dataclass(slots=True)
class _Told:
    """What was said of the table as a whole."""

    flaws: list[Flaw] = field(default_factory=list)

    def __call__(self, line: int, code: str, sentence: str) -> None:
        self.flaws.append(Flaw(line, code, sentence))


def rows_of(lines: Iterable[str], *, columns: Columns) -> Iterator[Row]:
    """The rows of a table with a header, separated by commas or semicolons; blank lines are passed over.

    A row that cannot be read carries its flaws. A header that cannot be used is a row with flaws and
    no cells, and the last one.
    """
    numbered = iter(lines)
    first = next(numbered, "").removeprefix(_BOM)
    delimiter = ";" if first.count(";") > first.count(",") else ","
    [header] = list(csv.reader([first], delimiter=delimiter)) or [[]]
    names = [name.strip().casefold() for name in header]
    if flaws := tuple(_header_flaws(names, columns)):
        yield Row(1, {}, flaws)
        return
    reader = csv.reader(numbered, delimiter=delimiter)
    line = 2
    try:
        for cells in reader:
            if any(cell.strip() for cell in cells):
                yield _row(line, cells, names)
            line = reader.line_num + 2
    except csv.Error as error:
        yield Row(line, {}, (Flaw(line, "unreadable", f"The table cannot be read on from here: {error}."),))


def day_from(text: str) -> date | None:
    """`2027-01-04` as a date; None for anything else."""
    try:
        day = date.fromisoformat(text) if _DATE.fullmatch(text) else None
    except ValueError:
        return None
    return day if day is not None and _FIRST_YEAR <= day.year <= _LAST_YEAR else None


def wall_time_from(text: str) -> WallTime | None:
    """`2027-01-04 09:30`, with or without seconds and offset; None for anything else."""
    match = _LOCAL.fullmatch(text)
    if match is None:
        return None
    try:
        moment = datetime.fromisoformat(text.upper())
    except ValueError:
        return None
    if not _FIRST_YEAR <= moment.year <= _LAST_YEAR:
        return None
    offset = moment.utcoffset()
    minutes = None if offset is None else int(offset.total_seconds()) // 60
    return WallTime(moment.date(), moment.time().replace(tzinfo=None), minutes)


def number_from(text: str, *, most: int) -> int | None:
    """`3` as a number from 1 to `most`; None for anything else."""
    is_number = text.isascii() and text.isdigit() and len(text) <= len(str(most))
    return int(text) if is_number and 1 <= int(text) <= most else None


def _row(line: int, cells: list[str], names: list[str]) -> Row:
    told = _Told()
    if len(cells) != len(names):
        told(line, "cells_missing", f"This line has {len(cells)} cells, the header {len(names)}.")
    if any(len(cell) > LONGEST_CELL for cell in cells):
        told(line, "cell_too_long", f"A cell holds more than {LONGEST_CELL} characters.")
    # Bytes that are no UTF-8 were read as lone surrogates.
    if any("\ud800" <= letter <= "\udfff" for cell in cells for letter in cell):
        told(line, "not_utf8", "This line is not written in UTF-8. Save the table as CSV in UTF-8.")
    by_name = {name: cell.strip() for name, cell in zip(names, cells, strict=False)}
    return Row(line, by_name, tuple(told.flaws))


def _header_flaws(names: list[str], columns: Columns) -> Iterator[Flaw]:
    if not any(names):
        yield Flaw(1, "table_empty", "The table is empty. Its first line names the columns.")
        return
    for name in names:
        if name not in columns.known:
            known = ", ".join(sorted(columns.known))
            yield Flaw(1, "unknown_column", f"There is no column “{name[:50]}”. The columns are: {known}.")
    for name in sorted({name for name in names if name in columns.known and names.count(name) > 1}):
        yield Flaw(1, "column_twice", f"The column “{name}” stands twice. Leave one out.")
    for name in columns.needed:
        if name not in names:
            yield Flaw(1, "column_missing", f"The column “{name}” is missing.")
