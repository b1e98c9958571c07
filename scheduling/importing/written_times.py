"""Dates and times as tables write them. Pure."""

import re
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from enum import StrEnum

# Beyond these a calendar has nothing to say, and arithmetic on dates runs off its end.
_FIRST_YEAR, _LAST_YEAR = 1850, 2199
_YEAR_FIRST = re.compile(r"(\d{4})([-/.])(\d{1,2})\2(\d{1,2})", re.ASCII)
_YEAR_LAST = re.compile(r"(\d{1,2})([-/.])(\d{1,2})\2(\d{4})", re.ASCII)
_LOCAL = re.compile(r"(\S+?)[T ]+(\d{1,2}):(\d{2})(?::(\d{2}))?([Zz]|[+-]\d{2}:\d{2})?", re.ASCII)


class DateOrder(StrEnum):
    """In which order a table writes a date whose year does not come first."""

    DAY_FIRST = "dmy"
    MONTH_FIRST = "mdy"


@dataclass(frozen=True, slots=True)
class WallTime:
    """A time on the wall clock, and its offset in minutes if one was said."""

    on: date
    at: time
    offset_minutes: int | None = None


def day_from(text: str, order: DateOrder | None = None) -> date | None:
    """`2027-01-04`, or as `order` says `4-1-2027`, as a date; None for anything else."""
    if match := _YEAR_FIRST.fullmatch(text):
        year, _, month, day = match.groups()
    elif order and (match := _YEAR_LAST.fullmatch(text)):
        first, _, second, year = match.groups()
        day, month = (first, second) if order == DateOrder.DAY_FIRST else (second, first)
    else:
        return None
    try:
        found = date(int(year), int(month), int(day))
    except ValueError:
        return None
    return found if _FIRST_YEAR <= found.year <= _LAST_YEAR else None


def wall_time_from(text: str, order: DateOrder | None = None) -> WallTime | None:
    """`2027-01-04 09:30`, with or without seconds and offset; None for anything else."""
    match = _LOCAL.fullmatch(text)
    day = day_from(match[1], order) if match else None
    if match is None or day is None:
        return None
    try:
        at = time(int(match[2]), int(match[3]), int(match[4] or 0))
        return WallTime(day, at, _offset_minutes(match[5]))
    except ValueError:
        return None


def wants_order(text: str) -> bool:
    """Whether the text is a date, or begins with one, that can be read once it is known what comes first."""
    day = text.replace("T", " ").split(" ")[0]
    return any(day_from(day, order) for order in DateOrder)


def _offset_minutes(text: str | None) -> int | None:
    """Raises ValueError for an offset of a day or more."""
    if text is None:
        return None
    offset = datetime.strptime(text.upper(), "%z").utcoffset() or timedelta()
    return int(offset.total_seconds()) // 60
