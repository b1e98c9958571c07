"""What an amendment or a pause does to windows that otherwise stay: of booked sessions, of a beginning."""

from collections.abc import Iterable, Sequence
from datetime import datetime

from scheduling.courses.course import key_of, rules_of_plan, standing_dates
from scheduling.courses.windows import write_windows
from scheduling.models import AHEAD, Session
from treatments import cadence
from treatments.models import Plan


def count_booked_windows(*, plan: Plan, sessions: Sequence[Session], now: datetime) -> list[Session]:
    """Count the windows of booked sessions anew, by the plan as it is now; returns those that changed.

    Their times stay. The sessions are live and locked, and the plan need not be written yet.
    """
    rules = rules_of_plan(plan=plan)
    windows = cadence.windows(rules=rules, starts_on=plan.prescribed_on, happened=standing_dates(sessions))
    anchored = {rule.key for rule in rules if rule.anchor_key is not None}
    changed = [
        one
        for one in sessions
        if one.status in AHEAD and key_of(one) in anchored and one.window != windows[key_of(one)]
    ]
    return write_windows(changed, windows, now=now)


def reopen_beginning(*, plan: Plan, sessions: Iterable[Session], now: datetime) -> list[Session]:
    """What is due and counts from the start of the course opens after its pause; returns what changed."""
    free = {rule.key for rule in rules_of_plan(plan=plan) if rule.anchor_key is None}
    windows = {
        key_of(one): window.reopened(plan.paused_until)
        for one in sessions
        if one.is_due and key_of(one) in free and (window := one.window) is not None
    }
    changed = [one for one in sessions if key_of(one) in windows and one.window != windows[key_of(one)]]
    return write_windows(changed, windows, now=now)
