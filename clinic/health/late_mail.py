"""That nobody looks for mail is told: to the log once a minute, however many find it out."""

from datetime import datetime

import structlog

from clinic.health.ticks import mail_is_late_after, mail_last_looked_at
from clinic.web.limits import tally

log = structlog.get_logger(__name__)


def tell_if_late(*, now: datetime, oldest_due_seconds: int | None = None) -> datetime | None:
    """Since when nobody has looked for mail, if that is too long. One query, one line a minute in the log."""
    since = mail_last_looked_at()
    if since is None or now - since <= mail_is_late_after():
        return None
    tell_late(since=since, now=now, oldest_due_seconds=oldest_due_seconds)
    return since


def tell_late(*, since: datetime | None, now: datetime, oldest_due_seconds: int | None) -> None:
    # Processes of a host count together.
    if tally.count(who="late mail", minute=int(now.timestamp()) // 60) == 1:
        log.error(
            "no mail is looked at",
            since=since and since.isoformat(timespec="seconds"),
            oldest_due_seconds=oldest_due_seconds,
        )
