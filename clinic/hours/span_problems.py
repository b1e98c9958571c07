"""Why hours and absences cannot be: they mean nothing, are empty, overlap or end before they begin. Pure."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime, time
from itertools import combinations

from clinic.errors import Malformed, Problem, ProblemKind
from clinic.hours.opening import WeeklySpan
from clinic.hours.weeks import minutes_of, overlapping
from clinic.sentences import Sentence
from clinic.sentences import sentence as _

MOST_WEEKS = 52
WEEKDAYS: tuple[Sentence, ...] = (
    _("Monday"),
    _("Tuesday"),
    _("Wednesday"),
    _("Thursday"),
    _("Friday"),
    _("Saturday"),
    _("Sunday"),
)
_MIDNIGHT = time(0)


def refuse_malformed(spans: Iterable[WeeklySpan]) -> None:
    """Raise Malformed (`malformed_weekday`, `malformed_weeks`)."""
    for span in spans:
        if not 1 <= span.weekday <= 7:
            raise Malformed("malformed_weekday", _("Weekdays are numbers from 1 (Monday) to 7 (Sunday)."))
        if not 1 <= span.every_weeks <= MOST_WEEKS:
            raise Malformed(
                "malformed_weeks",
                _("Hours recur every week or every so many weeks, from 1 to {most}.", most=MOST_WEEKS),
            )


def week_problems(spans: Sequence[WeeklySpan], *, may_be_none: bool) -> Iterator[Problem]:
    """Of a week whose spans mean something."""
    if not spans and not may_be_none:
        yield Problem(
            "no_hours",
            ProblemKind.BLOCKER,
            _("Enter the hours of at least one weekday, or leave for the time."),
        )
    for span in spans:
        if span.valid_until is not None and span.valid_until < span.valid_from:
            yield Problem(
                "valid_until_reversed",
                ProblemKind.BLOCKER,
                _(
                    "Hours valid from {first} cannot end on {last}. Enter a later end.",
                    first=span.valid_from,
                    last=span.valid_until,
                ),
            )
    yield from _empty_problems((span.opens, span.closes) for span in spans)
    for one, other in overlapping(spans):
        yield _overlap(span_words(one), span_words(other))


def day_problems(spans: Sequence[tuple[time, time]]) -> Iterator[Problem]:
    """Of the hours of one date."""
    yield from _empty_problems(spans)
    for (opens, closes), (other_opens, other_closes) in combinations(spans, 2):
        start, end = minutes_of(opens, closes)
        other_start, other_end = minutes_of(other_opens, other_closes)
        if start < other_end and other_start < end:
            yield _overlap(_hours(opens, closes), _hours(other_opens, other_closes))


def absence_problems(
    starts_at: datetime, ends_at: datetime | None, *, is_kept_free: bool = False
) -> Iterator[Problem]:
    """Of leave, a closure, or time kept free."""
    if ends_at is not None and ends_at <= starts_at:
        yield Problem(
            "absence_reversed",
            ProblemKind.BLOCKER,
            _("The absence ends before it begins. Enter a later end."),
        )
    if is_kept_free and ends_at is None:
        yield Problem(
            "kept_free_endless",
            ProblemKind.BLOCKER,
            _("Say until when the time is kept free. What is away for good is entered as an absence."),
        )


def span_words(span: WeeklySpan) -> Sentence:
    """“Tuesday 17:00–20:00”."""
    return _("{weekday} {hours}", weekday=WEEKDAYS[span.weekday - 1], hours=_hours(span.opens, span.closes))


def _empty_problems(spans: Iterable[tuple[time, time]]) -> Iterator[Problem]:
    for opens, closes in spans:
        if opens == closes != _MIDNIGHT:
            yield Problem(
                "hours_empty",
                ProblemKind.BLOCKER,
                _(
                    "Hours from {opens:H:i} to {opens:H:i} are none. Enter another end, or 00:00 to 00:00 "
                    "for the whole day.",
                    opens=opens,
                ),
            )


def _overlap(one: object, other: object) -> Problem:
    sentence = _("{one} and {other} overlap. Make one stretch of them, or part them.", one=one, other=other)
    return Problem("hours_overlap", ProblemKind.BLOCKER, sentence)


def _hours(opens: time, closes: time) -> Sentence:
    return _("{opens:H:i}–{closes:H:i}", opens=opens, closes=closes)
