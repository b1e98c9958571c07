"""Steps as the catalogue would have them, and the windows they give."""

from dataclasses import dataclass
from datetime import date
from itertools import count

from treatments.cadence import TREATMENT, Window, rules_of, windows

STARTS_ON = date(2027, 1, 4)
_ids = count(1)


@dataclass
class Written:
    """A step as the catalogue would have it."""

    pk: int
    kind: str = TREATMENT
    booking: str = "with_course"
    session_type_id: int = 1
    anchor: str = "previous"
    repeats: bool = False
    interval_months: int = 0
    interval_days: int = 0
    earlier_months: int = 0
    earlier_days: int = 0
    later_months: int = 0
    later_days: int = 0


def a_step(**said) -> Written:
    return Written(pk=next(_ids), **said)


def a_first_step() -> Written:
    return a_step(anchor="start", later_days=42)


def a_fortnightly_course() -> list[Written]:
    return [a_first_step(), a_step(repeats=True, interval_days=14, earlier_days=3, later_days=4)]


def treatments_of(steps, *, session_count, starts_on=STARTS_ON, happened=None) -> list[Window]:
    """The windows of the treatments, in order."""
    found = windows(
        rules=rules_of(steps=steps, session_count=session_count), starts_on=starts_on, happened=happened
    )
    return [window for key, window in found.items() if key.kind == TREATMENT]


def targets(steps, *, session_count, starts_on=STARTS_ON, happened=None) -> list[date]:
    found = treatments_of(steps, session_count=session_count, starts_on=starts_on, happened=happened)
    return [window.target for window in found]


def weeks_after_start(dates: list[date]) -> list[float]:
    return [(on - dates[0]).days / 7 for on in dates]
