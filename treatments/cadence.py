"""The rhythm of a course: steps, and what happened so far, to windows.

Month arithmetic is python-dateutil's `relativedelta`: 31 January + 1 month = the last day of February.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Protocol

from dateutil.relativedelta import relativedelta

from clinic.sentences import Sentence
from clinic.sentences import sentence as _

TREATMENT, REVIEW = "treatment", "review"
# More sessions than this are a slip of the hand.
MOST_SESSIONS = 60
SHORTEST_REOPENING_DAYS = 7


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

    def reopened(self, on: date | None) -> "Window":
        """The same window; one that closed before that date opens on it anew, best at once."""
        if on is None or self.latest >= on:
            return self
        days = reopened_days((self.latest - self.target).days)
        return Window(earliest=on, target=on, latest=on + timedelta(days=days))

    def as_dict(self) -> dict[str, str]:
        return {"earliest": str(self.earliest), "target": str(self.target), "latest": str(self.latest)}


def reopened_days(later_days: int) -> int:
    """For how long a window opens anew that had so many days after its target: a week at least."""
    return max(later_days, SHORTEST_REOPENING_DAYS)


@dataclass(frozen=True, slots=True)
class Key:
    """Which session of a course: treatments and reviews are counted apart, each from 1."""

    kind: str
    number: int

    @property
    def words(self) -> Sentence:
        """“Session 3”, “Review 1”."""
        if self.kind == REVIEW:
            return _("Review {number}", number=self.number)
        return _("Session {number}", number=self.number)


@dataclass(frozen=True, slots=True)
class Rule:
    """The rule of one session: its key, what happens in it, and its window counted from an anchor's date.

    Offsets are (months, days) from the anchor. Without an anchor (`anchor_key` None) the window is
    counted from the start of the course. What did not happen before a pause opens when it is over
    (`not_before`).
    """

    key: Key
    step_id: int
    session_type_id: int
    is_booked_with_course: bool
    anchor_key: Key | None
    earliest: tuple[int, int]
    target: tuple[int, int]
    latest: tuple[int, int]
    not_before: date | None = None

    def window(self, anchor_on: date) -> Window:
        earliest, target, latest = (
            anchor_on + relativedelta(months=months, days=days)
            for months, days in (self.earliest, self.target, self.latest)
        )
        return Window(earliest=min(earliest, target), target=target, latest=max(target, latest))


def rules_of(*, steps: Iterable[StepRow], session_count: int, interval_days: int | None = None) -> list[Rule]:
    """The rules of a course of so many treatments: treatments in order, then reviews.

    A repeating step stands for as many sessions as the others leave. Where none repeats, steps
    beyond the prescribed number are left out, and the last one goes on when more are prescribed.
    A step that is used again counts from the session before it, at the distance it has from the
    step before it. `interval_days` is what is between two treatments in place of what their steps
    say, where a treatment counts from the one before it; its tolerance stays.
    """
    ordered = list(steps)
    treatments = [step for step in ordered if step.kind == TREATMENT]
    reviews = [step for step in ordered if step.kind == REVIEW]
    rules: list[Rule] = []
    for number, step in enumerate(_unrolled(treatments, session_count), start=1):
        key = Key(TREATMENT, number)
        if number > 1 and rules[-1].step_id == step.pk:
            rules.append(_rule(step, key, Key(TREATMENT, number - 1), _distance(treatments, step)))
        elif number == 1 and step.anchor != "start":
            # Nothing came before it, so no interval applies, and no course begins before its start.
            rules.append(replace(_rule(step, key, None, (0, 0)), earliest=(0, 0)))
        else:
            rules.append(_rule(step, key, _anchor(step, key, session_count), _interval(step)))
        if interval_days is not None and _counts_from_previous(rules[-1], step):
            rules[-1] = _rule(step, key, rules[-1].anchor_key, (0, interval_days))
    for number, step in enumerate(reviews, start=1):
        key = Key(REVIEW, number)
        rules.append(_rule(step, key, _anchor(step, key, session_count), _interval(step)))
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
        window, on = rule.window(anchor_on), dates.get(rule.key)
        # What happened before a pause was over keeps the window it had.
        is_before = on is not None and rule.not_before is not None and on < rule.not_before
        found[rule.key] = window if is_before else window.reopened(rule.not_before)
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
    if step.anchor == "start":
        return None
    if step.anchor == "first":
        return Key(TREATMENT, 1)
    if key.kind == REVIEW and (step.anchor == "last" or key.number == 1):
        return Key(TREATMENT, session_count)
    return Key(key.kind, key.number - 1)


def _counts_from_previous(rule: Rule, step: StepRow) -> bool:
    """A step that names the first session as its anchor means it, even where that is the one before."""
    is_after_previous = rule.anchor_key == Key(TREATMENT, rule.key.number - 1)
    return is_after_previous and (step.repeats or step.anchor != "first")


def _distance(treatments: Sequence[StepRow], step: StepRow) -> tuple[int, int]:
    """(months, days) from the step before it to this one."""
    if step.anchor == "previous":
        return _interval(step)
    place = [other.pk for other in treatments].index(step.pk)
    if place == 0:
        return 0, 0
    here, before = _from_first(treatments, place), _from_first(treatments, place - 1)
    return here[0] - before[0], here[1] - before[1]


def _from_first(treatments: Sequence[StepRow], place: int) -> tuple[int, int]:
    """(months, days) from the first session to the step at that place."""
    if place == 0:
        return 0, 0
    months, days = _interval(treatments[place])
    if treatments[place].anchor != "previous":
        return months, days
    before = _from_first(treatments, place - 1)
    return before[0] + months, before[1] + days


def _interval(step: StepRow) -> tuple[int, int]:
    return step.interval_months, step.interval_days


def _rule(step: StepRow, key: Key, anchor_key: Key | None, interval: tuple[int, int]) -> Rule:
    months, days = interval
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
