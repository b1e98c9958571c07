"""Why no calendar fits: the session that finds no date, and the need that closes its window. Pure."""

from collections.abc import Sequence
from datetime import date

from clinic.errors import Problem, ProblemKind
from clinic.opening import Horizon
from scheduling.availability import Free, Role, Shape, role_mask
from scheduling.placement import DeadEnd


def closed_window(
    *, number: int, end: DeadEnd, shape: Shape, free: Free, horizon: Horizon, wished_starts: tuple[int, int]
) -> Problem:
    """The reason why the session finds no start in its window.

    `wished_starts` are the feasible starts with the hard wishes, and without them.
    """
    span = _span(end)
    if nobody := [role for role in shape.roles if not role.pool]:
        return Problem(
            "nobody_can",
            ProblemKind.BLOCKER,
            f"Session {number} needs {_listed(nobody)}, and nobody and nothing here has that skill.",
        )
    window = sum(
        horizon.day_mask(day) for day in horizon.days if end.earliest <= day.on.toordinal() <= end.latest
    )
    with_wishes, without = wished_starts
    if without & window and not with_wishes & window:
        return Problem(
            "wishes_rule_out",
            ProblemKind.BLOCKER,
            f"Session {number} has free times {span}, but none that keeps every wish. Drop a wish.",
        )
    if closing := [role for role in shape.roles if not _reach(role, free) & window]:
        return Problem(
            "no_time_in_window",
            ProblemKind.BLOCKER,
            f"Session {number} finds no free time {span}: {_listed(closing)} is booked or away. "
            "Try later dates.",
        )
    return Problem(
        "no_time_in_window",
        ProblemKind.BLOCKER,
        f"Session {number} finds no time {span} at which everyone it needs is free together. "
        "Try later dates.",
    )


def _reach(role: Role, free: Free) -> int:
    reach = 0
    for diary in role.pool:
        reach |= role_mask(role, diary, free)
    return reach


def _span(end: DeadEnd) -> str:
    return f"between {_day(end.earliest)} and {_day(max(end.earliest, end.latest))}"


def _day(ordinal: int) -> str:
    on = date.fromordinal(ordinal)
    return f"{on.day} {on:%B %Y}"


def _listed(roles: Sequence[Role]) -> str:
    names = list(dict.fromkeys(role.label for role in roles))
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"
