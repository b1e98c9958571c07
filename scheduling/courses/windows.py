"""The windows of a course, counted from what really happened, and who gets which of them when."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from scheduling.courses.course import key_of, rules_of_plan, sessions_of, standing_dates
from scheduling.models import AHEAD, Session
from treatments import cadence
from treatments.cadence import Key, Window
from treatments.models import Plan


@dataclass(frozen=True, slots=True)
class CourseWindows:
    """Every window of a course: `first` is counted from its start, `following` from another session."""

    first: Mapping[Key, Window]
    following: Mapping[Key, Window]

    @property
    def every(self) -> dict[Key, Window]:
        return {**self.first, **self.following}


def course_windows(*, plan: Plan, dates: Mapping[Key, date]) -> CourseWindows:
    """The windows by the plan as it is now, counted from these dates of what happened or is booked."""
    rules = rules_of_plan(plan=plan)
    windows = cadence.windows(rules=rules, starts_on=plan.prescribed_on, happened=dates)
    first = {rule.key: windows[rule.key] for rule in rules if rule.anchor_key is None}
    return CourseWindows(first, {key: window for key, window in windows.items() if key not in first})


def count_windows_anew(*, plan: Plan, now: datetime) -> list[Session]:
    """Count the windows of the plan's due sessions from the dates that stand; returns those that changed.

    The plan is locked, and with it its due sessions, which nobody writes without it. A session that is
    counted from the start of the course keeps the window it has. The caller puts what is returned into
    the change log.
    """
    sessions = sessions_of(plan=plan)
    windows = course_windows(plan=plan, dates=standing_dates(sessions))
    due = [s for s in sessions if s.is_due and (s.target_on is None or key_of(s) in windows.following)]
    return write_changed_windows(due, windows.every, now=now)


def count_booked_windows(*, plan: Plan, sessions: Sequence[Session], now: datetime) -> list[Session]:
    """Count the windows of booked sessions anew, by the plan as it is now; returns those that changed.

    Their times stay. The sessions are live and locked, and the plan need not be written yet.
    """
    windows = course_windows(plan=plan, dates=standing_dates(sessions))
    booked = [session for session in sessions if session.status in AHEAD]
    return write_changed_windows(booked, windows.following, now=now)


def reopen_beginning(*, plan: Plan, sessions: Iterable[Session], now: datetime) -> list[Session]:
    """What is due and counts from the start of the course opens after its pause; returns what changed."""
    free = {rule.key for rule in rules_of_plan(plan=plan) if rule.anchor_key is None}
    due = [session for session in sessions if session.is_due and key_of(session) in free]
    windows = {key_of(s): s.window.reopened(plan.paused_until) for s in due if s.window is not None}
    return write_changed_windows(due, windows, now=now)


def write_changed_windows(
    sessions: Iterable[Session], windows: Mapping[Key, Window], *, now: datetime
) -> list[Session]:
    """Give those sessions another window whose key has one here; returns them."""
    changed = [one for one in sessions if one.window != windows.get(key_of(one), one.window)]
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
