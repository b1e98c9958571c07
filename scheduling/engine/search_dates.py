"""From which date to which a search looks. Pure."""

from collections.abc import Iterator
from datetime import date, timedelta

from clinic.errors import Problem, ProblemKind, refuse_if_any
from clinic.sentences import sentence as _

MOST_DAYS, FARTHEST_DAYS = 400, 730


def dates_searched(
    *, first_on: date | None, last_on: date | None, today: date, days: int
) -> tuple[date, date]:
    """First and last date, both included: from today, so many days, unless dates are asked for.

    Raises Refused (`horizon_reversed`, `horizon_too_long`, `too_far_ahead`), before anyone reckons: the
    calendar itself ends in 9999.
    """
    asked_first = first_on or today
    refuse_if_any(_problems(asked_first, last_on, today))
    until = last_on or asked_first + timedelta(days=days)
    if until < today:
        refuse_if_any([_reversed(until)])
    return max(asked_first, today), until


def _problems(first_on: date, last_on: date | None, today: date) -> Iterator[Problem]:
    if (first_on - today).days > FARTHEST_DAYS:
        yield Problem(
            "too_far_ahead",
            ProblemKind.BLOCKER,
            _("A search begins {most} days ahead at most.", most=FARTHEST_DAYS),
        )
    if last_on is not None and last_on < first_on:
        yield _reversed(last_on)
    elif last_on is not None and (last_on - first_on).days > MOST_DAYS:
        yield Problem(
            "horizon_too_long",
            ProblemKind.BLOCKER,
            _("A search looks at {most} days at most.", most=MOST_DAYS),
        )


def _reversed(last_on: date) -> Problem:
    return Problem(
        "horizon_reversed",
        ProblemKind.BLOCKER,
        _("The search ends on {last}, before it begins. Choose a later end.", last=last_on),
    )
