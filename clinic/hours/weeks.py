"""Weeks of hours: the one that holds on a day, when it changes, what overlaps in it. Pure."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, time, timedelta
from itertools import combinations
from math import lcm

from clinic.hours.opening import WeeklySpan

_DAY_MINUTES = 24 * 60
_DAY, _WEEK = timedelta(days=1), timedelta(days=7)


@dataclass(frozen=True, slots=True)
class Week:
    """The spans that hold from a day on, until the next week begins or for good; none: no hours."""

    begins_on: date
    spans: tuple[WeeklySpan, ...]


def week_on(spans: Iterable[WeeklySpan], on: date) -> list[WeeklySpan]:
    """The spans that hold on the date, on whatever weekday, by weekday and hour."""
    return sorted((span for span in spans if span.holds_on(on)), key=_in_order)


def begun_on(spans: Iterable[WeeklySpan], on: date) -> list[WeeklySpan]:
    """The same spans from a date on; whatever is not every week stays in its own weeks."""
    return [
        replace(
            span,
            valid_from=on,
            counted_from=(span.counted_from or span.valid_from) if span.every_weeks > 1 else None,
        )
        for span in spans
    ]


def ended_before(spans: Iterable[WeeklySpan], on: date) -> list[WeeklySpan]:
    """What stays of the spans if other hours begin on the date."""
    until = on - _DAY
    return [
        span
        if span.valid_until is not None and span.valid_until <= until
        else replace(span, valid_until=until)
        for span in spans
        if span.valid_from <= until
    ]


def weeks_of(spans: Sequence[WeeklySpan]) -> list[Week]:
    """Every week there is, by its first day; a gap is a week without spans."""
    days = {span.valid_from for span in spans}
    days |= {span.valid_until + _DAY for span in spans if span.valid_until is not None}
    weeks: list[Week] = []
    for begins_on in sorted(days):
        week = Week(begins_on, tuple(week_on(spans, begins_on)))
        if not weeks or _said(weeks[-1]) != _said(week):
            weeks.append(week)
    return weeks


def overlapping(spans: Sequence[WeeklySpan]) -> Iterator[tuple[WeeklySpan, WeeklySpan]]:
    """Pairs of spans that are open at the same minute on some date, past midnight too."""
    for one, other in combinations(spans, 2):
        if any(_meet(one, other, days) for days in (-1, 0, 1)):
            yield one, other


def runs_past_midnight(span: WeeklySpan) -> bool:
    """Whether it ends on the next day, and not as that begins."""
    return span.closes <= span.opens and span.closes != time(0)


def minutes_of(opens: time, closes: time) -> tuple[int, int]:
    """From and until which minute of the day; past midnight beyond its end."""
    start, end = (clock.hour * 60 + clock.minute for clock in (opens, closes))
    return start, end if end > start else end + _DAY_MINUTES


def _meet(one: WeeklySpan, other: WeeklySpan, days: int) -> bool:
    """Whether they overlap on a date of the one and the date so many days later of the other."""
    if (one.weekday + days - other.weekday) % 7:
        return False
    start, end = minutes_of(one.opens, one.closes)
    other_start, other_end = (
        days * _DAY_MINUTES + minute for minute in minutes_of(other.opens, other.closes)
    )
    if end <= other_start or other_end <= start:
        return False
    later = days * _DAY
    first = max(one.valid_from, other.valid_from - later)
    first += timedelta(days=(one.weekday - first.isoweekday()) % 7)
    # After so many weeks both are where they were.
    dates = (first + week * _WEEK for week in range(lcm(one.every_weeks, other.every_weeks)))
    return any(one.is_on(on) and other.is_on(on + later) for on in dates)


def _in_order(span: WeeklySpan) -> tuple[int, time, time]:
    return span.weekday, span.opens, span.closes


def _said(week: Week) -> list[tuple[int, time, time, int, date | None]]:
    """What of it is told: a span that goes on is the same, whenever it began."""
    return [
        (
            span.weekday,
            span.opens,
            span.closes,
            span.every_weeks,
            span.counted_from or span.valid_from if span.every_weeks > 1 else None,
        )
        for span in week.spans
    ]
