"""Protocols and session types that nobody could keep, whatever the calendar. Pure: one function per rule."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import pairwise

from clinic.errors import Problem, ProblemKind
from clinic.sentences import Sentence
from clinic.sentences import sentence as _
from treatments.cadence import MOST_SESSIONS, TREATMENT, rules_of, windows
from treatments.catalogue_files.text import WrittenProtocol, WrittenSessionType, WrittenStep

# Months are as short as they come right after it: what is possible then always is.
_BEGINS_ON = date(2027, 2, 1)
CODE = "catalogue_impossible"


@dataclass(slots=True)
class _Row:
    """A step as rules are made of it."""

    pk: int
    session_type_id: int
    kind: str
    booking: str
    anchor: str
    repeats: bool
    interval_months: int
    interval_days: int
    earlier_months: int
    earlier_days: int
    later_months: int
    later_days: int


def stages_and_the_patient(session_type: WrittenSessionType) -> Iterator[Problem]:
    """Nobody leaves, or comes, in the midst of a stage: what goes on without them is a stage of its own."""
    stays = session_type.patient_minutes
    for stage in session_type.stage:
        start, end = stage.minutes
        where = f"{session_type.name}, {stage.name}"
        if start < stays < end:
            yield _impossible(
                _(
                    "{where}: the patient leaves at minute {minute}, in the midst of the stage (minutes "
                    "{start} to {end}). Let them stay, or write what follows as a stage of its own.",
                    where=where,
                    minute=stays,
                    start=start,
                    end=end,
                )
            )
        if start < 0 < end:
            yield _impossible(
                _(
                    "{where}: the patient comes in the midst of the stage (minutes {start} to {end}). Write "
                    "what goes on before as a stage of its own.",
                    where=where,
                    start=start,
                    end=end,
                )
            )


def steps_can_be_kept(protocol: WrittenProtocol) -> Iterator[Problem]:
    """Every step comes, after the one that it counts from and after the one before it."""
    treatments = [step for step in protocol.step if step.kind == TREATMENT]
    most = protocol.sessions[1]
    if len(treatments) > most:
        yield _impossible(
            _(
                "{protocol} has {steps} steps that are treatments and {most} sessions at most: the last "
                "never come. Leave steps out, or allow more sessions.",
                protocol=protocol.name,
                steps=len(treatments),
                most=most,
            )
        )
    for number, step in enumerate(protocol.step, start=1):
        yield from _one_step(step, f"{protocol.name}, step {number}")
    if treatments and 1 <= most <= MOST_SESSIONS:
        yield from _order(protocol)


def _one_step(step: WrittenStep, where: str) -> Iterator[Problem]:
    """Counted from another session it is some days after it, and its window opens after it."""
    counts_from_start = step.anchor == "start"
    if not counts_from_start and step.kind == TREATMENT and not (step.interval.months or step.interval.days):
        yield _impossible(
            _("{where}: the interval is 0. Say how long after the other session it is.", where=where)
        )
        return
    opens = _days(step.interval.months, step.interval.days) - _days(
        step.earlier.months, step.earlier.days, month=31
    )
    if opens < 0 or (opens == 0 and not counts_from_start and step.kind == TREATMENT):
        yield _impossible(
            _(
                "{where}: its window opens before what it counts from. Let `earlier` be less than the "
                "interval.",
                where=where,
            )
        )


def _days(months: int, days: int, *, month: int = 28) -> int:
    return months * month + days


def _order(protocol: WrittenProtocol) -> Iterator[Problem]:
    """Sessions follow each other: none is best on or before the day on which the one before it is."""
    rows = [_row(number, step) for number, step in enumerate(protocol.step, start=1)]
    count = protocol.sessions[1]
    found = windows(rules=rules_of(steps=rows, session_count=count), starts_on=_BEGINS_ON)
    treatments = [(key, window) for key, window in found.items() if key.kind == TREATMENT]
    for (before, earlier), (key, window) in pairwise(treatments):
        if window.target - earlier.target < timedelta(days=1):
            yield _impossible(
                _(
                    "{protocol}: {later} would be best on or before the day of {earlier}. Write the steps "
                    "in the order in which they come.",
                    protocol=protocol.name,
                    later=key.words.lower(),
                    earlier=before.words.lower(),
                )
            )
            return


def _row(number: int, step: WrittenStep) -> _Row:
    return _Row(
        pk=number,
        session_type_id=0,
        kind=step.kind,
        booking=step.booking,
        anchor=step.anchor,
        repeats=step.repeats,
        interval_months=step.interval.months,
        interval_days=step.interval.days,
        earlier_months=step.earlier.months,
        earlier_days=step.earlier.days,
        later_months=step.later.months,
        later_days=step.later.days,
    )


def _impossible(sentence: Sentence) -> Problem:
    return Problem(CODE, ProblemKind.BLOCKER, sentence)
