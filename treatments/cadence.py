"""The rhythm of a course: steps, and what happened so far, to windows.

Month arithmetic is python-dateutil's `relativedelta`: 31 January + 1 month = the last day of February.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Protocol

from dateutil.relativedelta import relativedelta

TREATMENT, REVIEW = "treatment", "review"


class StepRow(Protocol):
    """What a step must tell (treatments.models.Step does)."""

    @property
    def pk(self) -> int: ...
    @property
    def session_type_id(self) -> int: ...

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


@dataclass(frozen=True, slots=True)
class Window:
    """The dates on which a session may be: from earliest to latest, both included, best on target."""

    earliest: date
    target: date
    latest: date

    def holds(self, on: date) -> bool:
        return self.earliest <= on <= self.latest

    def as_dict(self) -> dict[str, str]:
        return {"earliest": str(self.earliest), "target": str(self.target), "latest": str(self.latest)}


@dataclass(frozen=True, slots=True)
class Key:
    """Which session of a course: treatments and reviews are counted apart, each from 1."""

    kind: str
    number: int


@dataclass(frozen=True, slots=True)
class Rule:
    """The rule of one session: its key, what happens in it, and its window counted from an anchor's date.

    Offsets are (months, days) from the anchor. Without an anchor (`anchor_key` None) the window is
    counted from the start of the course.
    """

    key: Key
    step_id: int
    session_type_id: int
    is_booked_with_course: bool
    anchor_key: Key | None
    earliest: tuple[int, int]
    target: tuple[int, int]
    latest: tuple[int, int]

    def window(self, anchor_on: date) -> Window:
        earliest, target, latest = (
            anchor_on + relativedelta(months=months, days=days)
            for months, days in (self.earliest, self.target, self.latest)
        )
        return Window(earliest=min(earliest, target), target=target, latest=max(target, latest))


def rules_of(*, steps: Iterable[StepRow], session_count: int) -> list[Rule]:
    """The rules of a course of so many treatments: treatments in order, then reviews.

    A repeating step stands for as many sessions as the others leave. Where there is none, steps
    beyond the prescribed number are left out, and the last one goes on when more are prescribed.
    """
    ordered = list(steps)
    treatments = [step for step in ordered if step.kind == TREATMENT]
    reviews = [step for step in ordered if step.kind == REVIEW]
    rules = [
        _rule(step, Key(TREATMENT, number), _anchor(step, Key(TREATMENT, number), session_count))
        for number, step in enumerate(_unrolled(treatments, session_count), start=1)
    ]
    for number, step in enumerate(reviews, start=1):
        key = Key(REVIEW, number)
        rules.append(_rule(step, key, _anchor(step, key, session_count)))
    return rules


def windows(
    *, rules: Sequence[Rule], starts_on: date, happened: Mapping[Key, date] | None = None
) -> dict[Key, Window]:
    """The window of every session, counted from the dates on which sessions happened or are booked.

    Where an anchor has no date yet, its target stands in for it.
    """
    dates = dict(happened or {})
    found: dict[Key, Window] = {}
    for rule in rules:
        anchor_on = starts_on if rule.anchor_key is None else dates[rule.anchor_key]
        found[rule.key] = rule.window(anchor_on)
        dates.setdefault(rule.key, found[rule.key].target)
    return found


def _unrolled(treatments: Sequence[StepRow], count: int) -> list[StepRow]:
    repeating = [step for step in treatments if step.repeats]
    if not repeating:
        return [treatments[min(index, len(treatments) - 1)] for index in range(count)]
    missing = count - (len(treatments) - 1)
    unrolled: list[StepRow] = []
    for step in treatments:
        unrolled += [step] * (max(missing, 0) if step.repeats else 1)
    return unrolled[:count]


def _anchor(step: StepRow, key: Key, session_count: int) -> Key | None:
    first, last = Key(TREATMENT, 1), Key(TREATMENT, session_count)
    if step.anchor == "start" or key == first:
        return None
    if step.anchor == "first":
        return first
    if step.anchor == "last" and key.kind == REVIEW:
        return last
    if key == Key(REVIEW, 1):
        return last
    return Key(key.kind, key.number - 1)


def _rule(step: StepRow, key: Key, anchor_key: Key | None) -> Rule:
    months, days = step.interval_months, step.interval_days
    return Rule(
        key=key,
        step_id=step.pk,
        session_type_id=step.session_type_id,
        is_booked_with_course=step.booking == "with_course",
        anchor_key=anchor_key,
        earliest=(months - step.earlier_months, days - step.earlier_days),
        target=(months, days),
        latest=(months + step.later_months, days + step.later_days),
    )
