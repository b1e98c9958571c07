"""That mail does not go out, in the words of the pages that say so."""

from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from clinic.health.late_mail import tell_late
from clinic.web.database_clock import database_now
from clinic.web.templatetags.desk import clock
from scheduling.desk.shared.wording import date_words
from scheduling.messages.ledger.hold import held_since
from scheduling.messages.mail_server import breaker
from scheduling.reports.late_mail import is_looked_at, punctuality


@dataclass(frozen=True, slots=True)
class MailTrouble:
    """Since when nobody looks for mail, it is held or refused: “14:05”, with the day if not today."""

    unseen_since: str = ""
    held_since: str = ""
    refused_since: str = ""
    server_said: str = ""


def mail_trouble(*, zone: ZoneInfo) -> MailTrouble:
    """Empty while mail goes out, which takes four queries.

    Ticks are judged by the clock that wrote them: another host's own may be wrong.
    """
    now = database_now()
    stopped, held_at = breaker.standing(), held_since()
    return MailTrouble(
        unseen_since=_unseen_since(now, zone),
        held_since=_words(held_at, now, zone) if held_at else "",
        refused_since=_words(stopped.opened_at, now, zone) if stopped else "",
        server_said=stopped.server_said if stopped else "",
    )


def _unseen_since(now: datetime, zone: ZoneInfo) -> str:
    if is_looked_at(now=now):
        return ""
    found = punctuality(now=now)
    if found.unseen_since is None:
        return ""
    tell_late(since=found.unseen_since, now=now, oldest_due_seconds=found.oldest_due_seconds(now=now))
    return _words(found.unseen_since, now, zone)


def _words(at: datetime, now: datetime, zone: ZoneInfo) -> str:
    since, today = at.astimezone(zone), now.astimezone(zone).date()
    if since.date() == today:
        return clock(since)
    return f"{date_words(since.date(), today=today)}, {clock(since)}"
