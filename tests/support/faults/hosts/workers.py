"""Workers that are told to look, as beat tells them, and at what hour."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

from celery import Celery
from redis import Redis

from clinic.celery import app
from clinic.health.ticks import MAIL
from clinic.models import Tick
from tests.support.acts.mailing import MailServer
from tests.support.running.procfile import environment, running
from tests.support.running.stack import wait_for
from tests.support.running.valkey import Valkey

ROUND_SECONDS = 120


def tick(broker: Celery, **options) -> None:
    """As beat sends it, by the clock of its own host; `expires` is what an older release gave along."""
    [entry] = [entry for entry in app.conf.beat_schedule.values() if entry["task"] == MAIL]
    broker.send_task(MAIL, **entry.get("options", {}), **options)


def tick_until(is_done: Callable[[], bool], broker: Celery, *, what: str, seconds: float) -> None:
    """Once a second. Raises TimeoutError."""

    def look() -> bool:
        tick(broker)
        time.sleep(1)
        return is_done()

    wait_for(look, what=what, seconds=seconds)


def arrived(server: MailServer) -> list[str]:
    """The Message-ID of each mail that came, as often as it came."""
    return [mail["Message-ID"] for mail in server.arrived]


class Rounds:
    """A real worker that makes one round of mail at each instant that it is shown."""

    def __init__(self, broker: Valkey, folder: Path) -> None:
        self._broker, self._url, self._folder = Celery(broker=broker.url), broker.url, folder

    def at(self, instant: datetime) -> None:
        """Returns when the round of that instant is over. No instant is shown twice."""
        told = self._folder / "told"
        told.write_text(instant.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%f"), "ascii")
        # At once, for whoever reads it meanwhile.
        told.replace(self._folder / "shown")
        tick(self._broker)
        ended = Tick.objects.filter(name=MAIL, ended=instant)
        wait_for(ended.exists, what=f"the round of {instant}", seconds=ROUND_SECONDS)
        with Redis.from_url(self._url) as queue:
            wait_for(lambda: not queue.llen("celery"), what="the queue to be empty", seconds=ROUND_SECONDS)


@contextmanager
def rounds(folder: Path, server: MailServer) -> Iterator[Rounds]:
    with Valkey() as broker:
        env = environment(
            folder,
            REDIS_URL=broker.url,
            EMAIL_URL=f"smtp://127.0.0.1:{server.port}",
            DJANGO_SETTINGS_MODULE="tests.support.running.standing_settings",
        )
        with running("worker", env=env, log=folder / "log"):
            yield Rounds(broker, folder)
