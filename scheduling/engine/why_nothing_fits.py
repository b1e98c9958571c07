"""The reason why no calendar fits: a session without a date, and the need that closes its window. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from clinic.errors import Problem, ProblemKind
from clinic.hours.opening import Horizon
from scheduling.engine.availability import Kernel, RequiredRole, SessionRequirements
from scheduling.engine.placement import DeadEnd


@dataclass(frozen=True, slots=True)
class Closed:
    """A session without a date: its shape, who is free, and its feasible starts with and without wishes."""

    number: int
    shape: SessionRequirements
    kernel: Kernel
    wished_starts: int
    all_starts: int


def closed_window(*, closed: Closed, end: DeadEnd, horizon: Horizon) -> Problem:
    """The reason why the session finds no start in its window."""
    number, shape, last = closed.number, closed.shape, horizon.last_on.toordinal()
    span = _span(end, last)
    if nobody := [role for role in shape.roles if not role.pool]:
        return Problem(
            "nobody_can",
            ProblemKind.BLOCKER,
            f"Session {number} needs {_listed(nobody)}, and nobody and nothing here has that skill.",
        )
    if end.earliest > last:
        return Problem(
            "no_time_in_window",
            ProblemKind.BLOCKER,
            f"Session {number} cannot be before {_day(end.earliest)}, and the search ends on {_day(last)}. "
            "Search further ahead.",
        )
    window = sum(
        horizon.day_mask(day) for day in horizon.days if end.earliest <= day.on.toordinal() <= end.latest
    )
    if closed.all_starts & window and not closed.wished_starts & window:
        return Problem(
            "wishes_rule_out",
            ProblemKind.BLOCKER,
            f"Session {number} has free times {span}, but none that keeps every wish. Drop a wish.",
        )
    if closing := [role for role in shape.roles if not _reach(role, closed.kernel) & window]:
        return Problem(
            "no_time_in_window",
            ProblemKind.BLOCKER,
            f"Session {number} finds no free time {span}: {_listed(closing)} "
            f"{'is' if len(closing) == 1 else 'are'} booked or away. Try later dates.",
        )
    return Problem(
        "no_time_in_window",
        ProblemKind.BLOCKER,
        f"Session {number} finds no time {span} at which everyone it needs is free together. "
        "Try later dates.",
    )


def _reach(role: RequiredRole, kernel: Kernel) -> int:
    reach = 0
    for diary in role.pool:
        reach |= kernel.role_mask(role, diary)
    return reach


def _span(end: DeadEnd, last: int) -> str:
    """The dates that were looked at: the window, as far as the search went."""
    return f"between {_day(end.earliest)} and {_day(max(end.earliest, min(end.latest, last)))}"


def _day(ordinal: int) -> str:
    on = date.fromordinal(ordinal)
    return f"{on.day} {on:%B %Y}"


def _listed(roles: Sequence[RequiredRole]) -> str:
    names = list(dict.fromkeys(role.label for role in roles))
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"
