"""The windows of what is due, counted from what really happened."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from scheduling.courses.course import key_of, rules_of_plan, sessions_of, standing_dates
from scheduling.models import Session
from treatments import cadence
from treatments.cadence import Key, Window
from treatments.models import Plan


def count_windows_anew(*, plan: Plan, now: datetime) -> list[Session]:
    """Count the windows of the plan's due sessions from the dates that stand; returns those that changed.

    The plan is locked, and with it its due sessions, which nobody writes without it. A session that is
    counted from the start of the course keeps the window it has. The caller puts what is returned into
    the change log.
    """
    sessions = sessions_of(plan=plan)
    course_rules = rules_of_plan(plan=plan)
    windows = cadence.windows(
        rules=course_rules, starts_on=plan.prescribed_on, happened=standing_dates(sessions)
    )
    free = {rule.key for rule in course_rules if rule.anchor_key is None}
    due = [session for session in sessions if session.is_due and key_of(session) in windows]
    kept = {key_of(session) for session in due if session.target_on is not None} & free
    changed = [
        session
        for session in due
        if key_of(session) not in kept and session.window != windows[key_of(session)]
    ]
    return write_windows(changed, windows, now=now)


def write_windows(due: Sequence[Session], windows: Mapping[Key, Window], *, now: datetime) -> list[Session]:
    """Give the sessions the windows of their keys; returns them."""
    for session in due:
        session.window = windows[key_of(session)]
        session.version += 1
        session.changed_at = now
    if due:
        Session.objects.rewrite(
            list(due), fields=["earliest_on", "target_on", "latest_on", "version", "changed_at"]
        )
    return list(due)
