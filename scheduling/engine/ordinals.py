"""Windows in day numbers, as the search reckons: (low, high, target), proleptic ordinals."""

from dataclasses import replace
from datetime import date
from functools import lru_cache

from dateutil.relativedelta import relativedelta

from treatments.cadence import Rule, reopened_days

Days = tuple[int, int, int]


def window_days(rule: Rule, anchor: int) -> Days:
    """The window that the rule counts from its anchor's date, the same as `Rule.window`."""
    window = _reckoned(rule.earliest, rule.target, rule.latest, anchor)
    return window if rule.not_before is None else reopened(window, rule.not_before.toordinal())


def reopened(window: Days, on: int) -> Days:
    """The same as `Window.reopened`."""
    _, high, target = window
    return window if high >= on else (on, on + reopened_days(high - target), on)


def looser(rule: Rule, days: int) -> Rule:
    """The rule with its window so many days wider on both sides."""
    (early_months, early_days), (late_months, late_days) = rule.earliest, rule.latest
    earliest = (early_months, early_days - days) if rule.anchor_key is not None else rule.earliest
    return replace(rule, earliest=earliest, latest=(late_months, late_days + days))


@lru_cache(maxsize=50_000)
def _reckoned(
    earliest: tuple[int, int], target: tuple[int, int], latest: tuple[int, int], anchor: int
) -> Days:
    def at(offset: tuple[int, int]) -> int:
        months, days = offset
        if months == 0:
            return anchor + days
        return (date.fromordinal(anchor) + relativedelta(months=months, days=days)).toordinal()

    aim = at(target)
    return min(at(earliest), aim), max(at(latest), aim), aim
