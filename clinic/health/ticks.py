"""The ticks: beat tells the workers to look, and each round that they end leaves its time here.

Times are the database's. What a worker's own clock says is nobody's business.
"""

import socket
from datetime import datetime, timedelta

from django.conf import settings
from django.db.models import Max

from clinic.models import Tick

MAIL, BEAT = "scheduling.send_due_messages", "beat"
# Beat tells something at least once a minute.
BEAT_IS_FRESH_FOR = timedelta(seconds=90)
_FORGET_HOSTS_AFTER = timedelta(days=30)


def this_host() -> str:
    return socket.gethostname()[:255]


def note_begun(*, name: str, now: datetime) -> None:
    """One statement, safe for many at once."""
    Tick.objects.bulk_create(
        [Tick(name=name, host=this_host(), began=now)],
        update_conflicts=True,
        unique_fields=["name", "host"],
        update_fields=["began"],
    )


def note_ended(*, name: str, now: datetime) -> None:
    Tick.objects.filter(name=name, host=this_host()).update(ended=now)


def note_beat(*, now: datetime) -> None:
    """Beat has told the workers to look. Its row began when it last did so after a pause."""
    is_going_on = Tick.objects.filter(name=BEAT, host=this_host(), ended__gt=now - BEAT_IS_FRESH_FOR)
    if is_going_on.update(ended=now):
        return
    # Containers have new names at each start.
    Tick.objects.filter(began__lt=now - _FORGET_HOSTS_AFTER, ended__lt=now - _FORGET_HOSTS_AFTER).delete()
    note_begun(name=BEAT, now=now)
    note_ended(name=BEAT, now=now)


def mail_last_looked_at() -> datetime | None:
    """When a round of mail last came to its end, on any host; None before the first."""
    looked_at: datetime | None = Tick.objects.filter(name=MAIL).aggregate(last=Max("ended"))["last"]
    return looked_at


def mail_is_late_after() -> timedelta:
    return timedelta(seconds=settings.MAIL_IS_LATE_AFTER_SECONDS)


def worker_hangs(*, now: datetime) -> bool:
    """Whether beat has been telling this host's worker to look for long enough, and it ended no round.

    Whoever asks knows when the worker was started: one that has not been up for as long hangs in no case.
    """
    since = now - timedelta(seconds=settings.WORKER_HANGS_AFTER_SECONDS)
    beats = Tick.objects.filter(name=BEAT, began__lte=since, ended__gt=now - BEAT_IS_FRESH_FOR)
    rounds = Tick.objects.filter(host=this_host(), ended__gt=since).exclude(name=BEAT)
    return beats.exists() and not rounds.exists()
