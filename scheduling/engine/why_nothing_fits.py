"""The reason why no calendar fits: a session without a date, and the need that closes its window. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from clinic.errors import Problem, ProblemKind
from clinic.hours.opening import Horizon
from clinic.sentences import Sentence, counted, listed
from clinic.sentences import sentence as _
from scheduling.engine.availability import Kernel, RequiredRole, SessionRequirements
from scheduling.engine.placement import DeadEnd
from scheduling.engine.rest import NEVER_CLOSED, ClosedDates


@dataclass(frozen=True, slots=True)
class Closed:
    """A session without a date: its shape, who is free, its feasible starts with and without wishes.

    `unrested_starts` are those of a patient without other courses, which close the dates of `resting`.
    """

    number: int
    shape: SessionRequirements
    kernel: Kernel
    wished_starts: int
    all_starts: int
    unrested_starts: int = 0
    resting: ClosedDates = NEVER_CLOSED


def closed_window(*, closed: Closed, end: DeadEnd, horizon: Horizon) -> Problem:
    """The reason why the session finds no start in its window."""
    number, shape, last = closed.number, closed.shape, horizon.last_on.toordinal()
    if nobody := [role for role in shape.roles if not role.pool]:
        sentence = _(
            "Session {number} needs {roles}, and nobody and nothing here has that skill.",
            number=number,
            roles=_listed(nobody),
        )
        return Problem("nobody_can", ProblemKind.BLOCKER, sentence)
    if end.earliest > last:
        sentence = _(
            "Session {number} cannot be before {earliest:j F Y}, and the search ends on {last:j F Y}. "
            "Search further ahead.",
            number=number,
            earliest=date.fromordinal(end.earliest),
            last=horizon.last_on,
        )
        return Problem("no_time_in_window", ProblemKind.BLOCKER, sentence)
    window = sum(
        horizon.day_mask(day) for day in horizon.days if end.earliest <= day.on.toordinal() <= end.latest
    )
    days = [day for day in horizon.days if closed.unrested_starts & window & horizon.day_mask(day)]
    if days and not closed.all_starts & window:
        sentence = _(
            "Session {number} finds no free time {span} with enough rest: {reason}. Try later dates.",
            number=number,
            span=_span(end, last),
            reason=closed.resting.words(days[0].on),
        )
        return Problem("no_rest_in_window", ProblemKind.BLOCKER, sentence)
    return _nothing_free(closed, window, span=_span(end, last))


def _nothing_free(closed: Closed, window: int, *, span: Sentence) -> Problem:
    number = closed.number
    if closed.all_starts & window and not closed.wished_starts & window:
        sentence = _(
            "Session {number} has free times {span}, but none that keeps every wish. Drop a wish.",
            number=number,
            span=span,
        )
        return Problem("wishes_rule_out", ProblemKind.BLOCKER, sentence)
    if closing := [role for role in closed.shape.roles if not _reach(role, closed.kernel) & window]:
        sentence = counted(
            "Session {number} finds no free time {span}: {roles} is booked or away. Try later dates.",
            "Session {number} finds no free time {span}: {roles} are booked or away. Try later dates.",
            count=len(closing),
            number=number,
            span=span,
            roles=_listed(closing),
        )
    else:
        sentence = _(
            "Session {number} finds no time {span} at which everyone it needs is free together. "
            "Try later dates.",
            number=number,
            span=span,
        )
    return Problem("no_time_in_window", ProblemKind.BLOCKER, sentence)


def _reach(role: RequiredRole, kernel: Kernel) -> int:
    reach = 0
    for diary in role.pool:
        reach |= kernel.role_mask(role, diary)
    return reach


def _span(end: DeadEnd, last: int) -> Sentence:
    """The dates that were looked at: the window, as far as the search went."""
    return _(
        "between {first:j F Y} and {last:j F Y}",
        first=date.fromordinal(end.earliest),
        last=date.fromordinal(max(end.earliest, min(end.latest, last))),
    )


def _listed(roles: Sequence[RequiredRole]) -> Sentence:
    return listed(dict.fromkeys(role.label for role in roles))
