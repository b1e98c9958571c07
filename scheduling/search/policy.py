"""A clinic's policy of calendars: when sessions may start, and the prices of a search."""

from dataclasses import asdict
from typing import Any

from clinic.errors import Problem, ProblemKind
from clinic.models import Clinic
from clinic.places.policy import BoundedSetting, Policy, Values
from clinic.sentences import counted
from clinic.sentences import sentence as _
from scheduling.engine.costs import dearness_from

_GRIDS = {
    minutes: counted("{count} minute", "{count} minutes", count=minutes) for minutes in (5, 10, 15, 20, 30)
}
_GRID = BoundedSetting(
    "start_grid_minutes",
    _GRIDS,
    Problem(
        "unknown_start_grid",
        ProblemKind.BLOCKER,
        _(
            "Sessions start every {minutes} minutes. Choose one of these.",
            minutes=", ".join(map(str, _GRIDS)),
        ),
    ),
    _("Sessions may start every"),
)
_ALLOWED = range(1000 + 1)
_PRICE = Problem(
    "price_out_of_range",
    ProblemKind.BLOCKER,
    _(
        "Enter whole numbers from {lowest} (never mind) to {highest}.",
        lowest=_ALLOWED[0],
        highest=_ALLOWED[-1],
    ),
)
_PRICES = {
    "rhythm": _("A day off its best day"),
    "soonest": _("A day later at the start"),
    "weekdays": _("Not on a wished weekday"),
    "hours": _("Outside the wished hours"),
    "practitioner": _("Not with the wished practitioner"),
    "companion": _("Not together with the other patient"),
    "gaps": _("A useless gap in a practitioner’s day"),
    "load": _("With the busier of several practitioners"),
}


class _SearchPolicy(Policy):
    """The prices lie together in one column, and in one value of the trail."""

    def of(self, clinic: Clinic) -> dict[str, int]:
        return {_GRID.name: clinic.start_grid_minutes, **asdict(dearness_from(clinic.search_prices))}

    def audited(self, values: Values) -> dict[str, Any]:
        return {_GRID.name: values[_GRID.name], "dearness": _prices(values)}

    def columns(self, values: Values) -> dict[str, Any]:
        return {_GRID.name: values[_GRID.name], "search_prices": _prices(values)}


def _prices(values: Values) -> dict[str, int]:
    return {name: values[name] for name in _PRICES}


SEARCH_RULES = _SearchPolicy(
    (_GRID, *(BoundedSetting(name, _ALLOWED, _PRICE, label) for name, label in _PRICES.items()))
)
