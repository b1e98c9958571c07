"""That nobody looks for mail, in the words of the pages that say so."""

from zoneinfo import ZoneInfo

from clinic.health.late_mail import tell_late
from clinic.web.database_clock import database_now
from clinic.web.templatetags.desk import clock
from scheduling.desk.shared.wording import date_words
from scheduling.reports.late_mail import is_looked_at, punctuality


def mail_unseen_since(*, zone: ZoneInfo) -> str:
    """“14:05”, with the day if that was not today; "" while somebody looks, which takes two queries.

    Ticks are judged by the clock that wrote them: another host's own may be wrong.
    """
    now = database_now()
    if is_looked_at(now=now):
        return ""
    found = punctuality(now=now)
    if found.unseen_since is None:
        return ""
    tell_late(since=found.unseen_since, now=now, oldest_due_seconds=found.oldest_due_seconds(now=now))
    since, today = found.unseen_since.astimezone(zone), now.astimezone(zone).date()
    return (
        clock(since) if since.date() == today else f"{date_words(since.date(), today=today)}, {clock(since)}"
    )
