"""Whether messages go out in time, and since when nobody has looked for them."""

from dataclasses import dataclass
from datetime import datetime

from django.db.models import Min, Q

from clinic.health.ticks import mail_is_late_after, mail_last_looked_at
from scheduling.models import Message, MessageState


@dataclass(frozen=True, slots=True)
class Punctuality:
    """`unseen_since` says since when nobody looked, if that is too long; `oldest_due_at` what waits longest.

    What a sender holds, or puts off until it is tried again, is in good hands.
    """

    unseen_since: datetime | None
    oldest_due_at: datetime | None
    is_late: bool

    def oldest_due_seconds(self, *, now: datetime) -> int | None:
        return int((now - self.oldest_due_at).total_seconds()) if self.oldest_due_at else None


def punctuality(*, now: datetime) -> Punctuality:
    """Of all clinics together: one mail queue serves them. Two queries."""
    oldest_due_at = _oldest_due_at(now)
    # Before the first look ever, whatever has been due for long says that nobody looks.
    unseen_since = _if_long_ago(mail_last_looked_at() or oldest_due_at, now)
    is_late = unseen_since is not None or _if_long_ago(oldest_due_at, now) is not None
    return Punctuality(unseen_since, oldest_due_at, is_late)


def is_looked_at(*, now: datetime) -> bool:
    """Whether somebody looks for mail, as far as that can be told by one query."""
    last = mail_last_looked_at()
    return last is not None and _if_long_ago(last, now) is None


def _if_long_ago(at: datetime | None, now: datetime) -> datetime | None:
    return at if at is not None and at < now - mail_is_late_after() else None


def _oldest_due_at(now: datetime) -> datetime | None:
    is_free = Q(lease_until__isnull=True) | Q(lease_until__lte=now)
    due = Message.objects.filter(is_free, state=MessageState.WAITING, due_at__lte=now)
    oldest: datetime | None = due.aggregate(oldest=Min("due_at"))["oldest"]
    return oldest
