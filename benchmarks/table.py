"""A row says what was measured, what it should be, and whether it is."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

PAGE = Path(__file__).parent / "README.md"
_BEGIN, _END = "<!-- {} begins -->", "<!-- {} ends -->"


@dataclass(frozen=True, slots=True)
class Row:
    """`figure` is a ratio or a count; `most` and `least` bound it; without either it is only told."""

    job: str
    figure: float | None
    unit: str = ""
    most: float | None = None
    least: float | None = None
    note: str = ""

    @property
    def goal(self) -> str:
        if self.most is not None:
            return f"≤ {_said(self.most)} {self.unit}".strip()
        return f"≥ {_said(self.least)} {self.unit}".strip() if self.least is not None else "–"

    @property
    def verdict(self) -> str:
        if self.figure is None:
            return "not measured"
        if self.most is None and self.least is None:
            return ""
        is_met = (self.most is None or self.figure <= self.most) and (
            self.least is None or self.figure >= self.least
        )
        return "met" if is_met else "MISSED"

    @property
    def said(self) -> str:
        return "–" if self.figure is None else f"{_said(self.figure)} {self.unit}".strip()


def printed(rows: Iterable[Row]) -> Iterator[str]:
    """For a terminal."""
    for row in rows:
        yield f"{row.job:<66} {row.goal:>14} {row.said:>14}  {row.verdict}{_aside(row)}"


def kept(rows: Iterable[Row], *, part: str) -> None:
    """Put the rows into the part of the page between its two marks."""
    begin, end = _BEGIN.format(part), _END.format(part)
    text = PAGE.read_text("utf-8")
    before, after = text.split(begin)[0], text.split(end)[1]
    lines = ["| job | goal | figure | verdict | |", "|---|---|---|---|---|"]
    lines += [f"| {r.job} | {r.goal} | {r.said} | {r.verdict} | {r.note} |" for r in rows]
    PAGE.write_text("\n".join([f"{before}{begin}", *lines, f"{end}{after}"]), "utf-8")


def _aside(row: Row) -> str:
    return f"  ({row.note})" if row.note else ""


def _said(value: float | None) -> str:
    if value is None:
        return ""
    if value >= 100 or value == int(value):
        return f"{value:.0f}"
    return f"{value:.2f}" if value >= 0.01 else f"{value:.5f}"
