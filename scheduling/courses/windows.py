"""Windows written anew: sessions get what their course counts for them by now."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

from scheduling.courses.course import course_of, key_of
from scheduling.models import Session
from treatments.cadence import Key, Window
from treatments.models import Plan


def count_windows_anew(*, plan: Plan, now: datetime) -> list[Session]:
    """Count the windows of the plan's due sessions from the dates that stand; returns those that changed.

    The plan is locked, and with it its due sessions, which nobody writes without it. The caller puts what
    is returned into the change log.
    """
    course = course_of(plan=plan)
    due = [session for session in course.sessions if session.is_due]
    return write_changed_windows(due, course.windows_of(due), now=now)


def write_changed_windows(
    sessions: Iterable[Session], windows: Mapping[Key, Window], *, now: datetime
) -> list[Session]:
    """Give those sessions another window whose key has one here; returns them."""
    changed = [one for one in sessions if one.window != windows.get(key_of(one), one.window)]
    return write_windows(changed, windows, now=now)


def write_windows(
    sessions: Sequence[Session], windows: Mapping[Key, Window], *, now: datetime
) -> list[Session]:
    """Give the sessions the windows of their keys; returns them."""
    for session in sessions:
        session.window = windows[key_of(session)]
        session.version += 1
        session.changed_at = now
    if sessions:
        fields = ["earliest_on", "target_on", "latest_on", "version", "changed_at"]
        Session.objects.rewrite(list(sessions), fields=fields)
    return list(sessions)
