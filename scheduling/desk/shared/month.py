"""Small pictures of months with the sessions marked. Pure."""

from calendar import Calendar
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date

_WEEKS = Calendar(firstweekday=0)
MOST_MONTHS = 18


@dataclass(frozen=True, slots=True)
class MonthDay:
    """One cell: a day of the month, or nothing (number 0); `mark` is the number of the session on it."""

    number: int
    mark: str = ""


@dataclass(frozen=True, slots=True)
class Month:
    first: date
    weeks: tuple[tuple[MonthDay, ...], ...]


def months_of(marks: Mapping[date, str], *, beside: Iterable[date] = ()) -> list[Month]:
    """The months that have a marked date, or one of the dates of what is shown beside them, in order."""
    months = sorted({on.replace(day=1) for on in (*marks, *beside)})[:MOST_MONTHS]
    return [Month(first, tuple(_week(week, marks) for week in _weeks(first))) for first in months]


def _weeks(first: date) -> Iterable[list[date | None]]:
    for week in _WEEKS.monthdayscalendar(first.year, first.month):
        yield [first.replace(day=number) if number else None for number in week]


def _week(week: list[date | None], marks: Mapping[date, str]) -> tuple[MonthDay, ...]:
    return tuple(MonthDay(on.day, marks.get(on, "")) if on else MonthDay(0) for on in week)
