"""Lines of a file as records of cells; a quote that swallows lines costs its own line and no other. Pure."""

import csv
import re
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass

# No cell may be longer: a quoted one that goes on beyond was never closed.
LONGEST_CELL = 2_000
DELIMITERS = (",", ";", "\t")
_SEP = "sep="
# Within quotes two of them are one that was written: where their number is odd, the last one closes.
_CLOSING_QUOTE = re.compile(r'(?<!")"(?:"")*(?!")')
_END_WITHIN_QUOTES = "unexpected end of data"


@dataclass(frozen=True, slots=True)
class Record:
    """The cells that one or, with line breaks within quotes, several lines hold.

    `line` is the first, from 1; `line_count` leaves out blank ones. With a `fault` the cells are a guess.
    """

    line: int
    cells: tuple[str, ...]
    line_count: int = 1
    is_ended: bool = True
    fault: tuple[str, str] | None = None

    @property
    def is_blank(self) -> bool:
        return not any(cell.strip() for cell in self.cells) and self.fault is None


class Lines:
    """Lines that come one at a time and can be put back."""

    def __init__(self, lines: Iterable[str]) -> None:
        self._lines = iter(lines)
        self._again: deque[str] = deque()
        self.taken = 0

    def __iter__(self) -> Iterator[str]:
        return self

    def __next__(self) -> str:
        line = self._again.popleft() if self._again else next(self._lines)
        self.taken += 1
        return line

    def put_back(self, lines: Sequence[str]) -> None:
        self._again.extendleft(reversed(lines))
        self.taken -= len(lines)


def delimiter_of(lines: Lines) -> str:
    """What separates the cells: what a first line such as `sep=;` says, or else the header uses most."""
    taken: list[str] = []
    while not (taken and taken[-1].strip()) and (line := next(lines, None)) is not None:
        taken.append(line)
    first = taken[-1] if taken else ""
    said = first.strip("\r\n\t ")
    if said.casefold().startswith(_SEP) and said[len(_SEP) :] in (*DELIMITERS, ""):
        return said[len(_SEP) :] or "\t"
    lines.put_back(taken)
    return max(DELIMITERS, key=first.count)


def records_of(lines: Lines, *, delimiter: str, is_row: Callable[[Sequence[str]], bool]) -> Iterator[Record]:
    """The records, one at a time. `is_row` says whether cells look like a row of the table.

    A quote that is never closed, and one whose closing lies behind what looks like further rows, is a fault
    of its line: the lines that it would swallow are read as if it were not there. So is the closing one.
    """
    closing_line = 0
    while True:
        first_line, taken = lines.taken + 1, list[str]()
        cells, fault = _read(_feeding(lines, taken), delimiter)
        if not taken:
            return
        # Of a line only what comes before a closing quote was swallowed.
        swallowed = [_loosely(_CLOSING_QUOTE.split(line)[0], delimiter) for line in taken[1:]]
        if fault is None and any(map(is_row, swallowed)):
            closing_line, fault = lines.taken, _stray_quote()
        elif fault is None and first_line == closing_line:
            fault = _stray_quote()
        if fault is not None:
            lines.put_back(taken[1:])
            yield Record(first_line, tuple(_loosely(taken[0], delimiter)), fault=fault)
            continue
        written = sum(bool(line.strip()) for line in taken)
        yield Record(first_line, tuple(cells), written, taken[-1].endswith(("\n", "\r")))


def _feeding(lines: Lines, taken: list[str]) -> Iterator[str]:
    """Line after line, noted as taken, until no cell of ours can be that long."""
    length = 0
    while length <= LONGEST_CELL and (line := next(lines, None)) is not None:
        taken.append(line)
        # Of its first line a record may have other cells before the one that goes on.
        length += len(line) if len(taken) > 1 else 0
        yield line


def _read(lines: Iterator[str], delimiter: str) -> tuple[list[str], tuple[str, str] | None]:
    try:
        return next(csv.reader(lines, delimiter=delimiter, strict=True), []), None
    except csv.Error as error:
        told = str(error)
        if told == _END_WITHIN_QUOTES or "expected after" in told:
            return [], _stray_quote()
        return [], ("unreadable", f"This line cannot be read: {told}.")


def _stray_quote() -> tuple[str, str]:
    sentence = "A quotation mark on this line is not closed before another row begins, or stands alone."
    return "stray_quote", f"{sentence} Write it twice, or take it out."


def _loosely(line: str, delimiter: str) -> list[str]:
    """The cells of one line, whatever its quotes are like."""
    try:
        return next(csv.reader([line], delimiter=delimiter), [])
    except csv.Error:
        return []
