"""Reading tables that another system wrote: lines in, rows and flaws out, one row at a time. Pure.

Everything in a cell is text: what begins with = is a text that begins with =.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from scheduling.importing.records import LONGEST_CELL, Lines, Record, delimiter_of, records_of
from scheduling.importing.written_times import DateOrder

_BOM = "\ufeff"


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
class Table:
    """The lines of a file, and in which order it writes dates whose year is not first."""

    lines: Iterable[str]
    dates: DateOrder | None = None


@dataclass(frozen=True, slots=True)
class Row:
    """One row: its cells by column, trimmed; a column that the table lacks reads as empty.

    `line_count` is how many lines of the file it stands for. Of one that is not read the cells are a guess.
    """

    line: int
    cells: Mapping[str, str]
    flaws: tuple[Flaw, ...] = ()
    line_count: int = 1
    is_read: bool = True

    def __getitem__(self, column: str) -> str:
        return self.cells.get(column, "")


def rows_of(lines: Iterable[str], *, columns: Columns) -> Iterator[Row]:
    """The rows of a table with a header, separated by commas, semicolons or tabs.

    Blank rows are passed over, before the header too. A row that cannot be read carries its flaws. A header
    that cannot be used is a row with flaws and no cells, and the last one; it stands for every line below it.
    """
    numbered = Lines(_without_mark(lines))
    delimiter = delimiter_of(numbered)
    first = records_of(numbered, delimiter=delimiter, is_row=lambda cells: False)
    header = next((record for record in first if not record.is_blank), Record(1, ()))
    names = _without_blank_end([name.strip().casefold() for name in header.cells])
    told = [Flaw(header.line, *header.fault)] if header.fault else _header_flaws(header.line, names, columns)
    if flaws := tuple(told):
        below = header.line_count - 1 + sum(bool(line.strip()) for line in numbered)
        yield Row(header.line, {}, flaws, line_count=max(1, below), is_read=False)
        return
    table = _Table(columns, names)
    for record in records_of(numbered, delimiter=delimiter, is_row=table.is_row):
        if not record.is_blank:
            yield table.row(record)


@dataclass(frozen=True, slots=True)
class _Table:
    """What its header says of every row."""

    columns: Columns
    names: Sequence[str]

    def row(self, record: Record) -> Row:
        cells = _without_blank_end(record.cells, at_least=len(self.names))
        flaws = tuple(self._flaws(record, cells))
        return Row(record.line, self._by_name(cells), flaws, record.line_count, record.fault is None)

    def is_row(self, cells: Sequence[str]) -> bool:
        """Whether the cells would do as a row of their own: every column that is needed is filled."""
        by_name = self._by_name(cells)
        return all(by_name.get(name) for name in self.columns.needed)

    def _by_name(self, cells: Sequence[str]) -> dict[str, str]:
        return {name: cell.strip() for name, cell in zip(self.names, cells, strict=False)}

    def _flaws(self, record: Record, cells: Sequence[str]) -> Iterator[Flaw]:
        line = record.line
        if record.fault is not None:
            yield Flaw(line, *record.fault)
            return
        left_out = set(self.names[len(cells) :])
        # Spreadsheets leave empty ends out; but of a file that breaks off the last line looks like that too.
        if (
            len(cells) > len(self.names)
            or left_out & {*self.columns.needed}
            or (left_out and not record.is_ended)
        ):
            told = f"This line has {len(record.cells)} cells, the header {len(self.names)}."
            yield Flaw(line, "cells_missing", told)
        if any(len(cell) > LONGEST_CELL for cell in cells):
            yield Flaw(line, "cell_too_long", f"A cell holds more than {LONGEST_CELL} characters.")
        # Bytes that are no UTF-8 were read as lone surrogates.
        if any("\ud800" <= letter <= "\udfff" for cell in cells for letter in cell):
            yield Flaw(line, "not_utf8", "This line is not written in UTF-8. Save the table as CSV in UTF-8.")


def number_from(text: str, *, most: int) -> int | None:
    """`3` as a number from 1 to `most`; None for anything else."""
    is_number = text.isascii() and text.isdigit() and len(text) <= len(str(most))
    return int(text) if is_number and 1 <= int(text) <= most else None


def _without_mark(lines: Iterable[str]) -> Iterator[str]:
    numbered = iter(lines)
    if (first := next(numbered, None)) is not None:
        yield first.removeprefix(_BOM)
        yield from numbered


def _without_blank_end(cells: Sequence[str], *, at_least: int = 0) -> list[str]:
    """The cells without the empty ones at the end, which spreadsheets add to rows and to the header."""
    kept = list(cells)
    while len(kept) > at_least and not kept[-1].strip():
        kept.pop()
    return kept


def _header_flaws(line: int, names: Sequence[str], columns: Columns) -> Iterator[Flaw]:
    if not any(names):
        yield Flaw(line, "table_empty", "The table is empty. Its first line names the columns.")
        return
    for name in names:
        if name not in columns.known:
            known = ", ".join(sorted(columns.known))
            yield Flaw(line, "unknown_column", f"There is no column “{name[:50]}”. The columns are: {known}.")
    for name in sorted({name for name in names if name in columns.known and names.count(name) > 1}):
        yield Flaw(line, "column_twice", f"The column “{name}” stands twice. Leave one out.")
    for name in columns.needed:
        if name not in names:
            yield Flaw(line, "column_missing", f"The column “{name}” is missing.")
