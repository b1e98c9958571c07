"""F3: a worker is killed again and again while reminders are due. None is lost, few come twice."""

import os
import signal
import time
from datetime import timedelta
from pathlib import Path

import pytest
from celery import Celery

from scheduling.messages.leases import LEASE
from scheduling.models import Message, MessageState
from tests.support.acts.mailing import MailServer, due_messages
from tests.support.cast import NOW
from tests.support.chance import chance
from tests.support.faults.hosts.workers import arrived, tick, tick_until
from tests.support.faults.rush import IS_FULL, sized
from tests.support.running.procfile import environment, running
from tests.support.running.valkey import Valkey

# Sessions are rows without claims here.
pytestmark = [
    pytest.mark.deep,
    pytest.mark.slow,
    pytest.mark.damages_diaries,
    pytest.mark.django_db(transaction=True),
]

REMINDERS, KILLS = sized(full=1500, short=60), sized(full=40, short=3)
MOST_A_LIFE = sized(full=35, short=8)
# Within this a worker starts and sends, unless those before it took all that is left to their graves.
LIFE_SECONDS = 15
MOST_AFTER_THE_LAST = LEASE + timedelta(seconds=60)


def killed_after(count: int, server: MailServer, env: dict[str, str], broker: Celery) -> None:
    """A worker lives until it has sent so many; nobody hears from it again."""
    before, dies_at = len(server.arrived), time.monotonic() + LIFE_SECONDS
    with running("worker", env=env, log=Path(env["DATA"]) / "log") as worker:
        tick(broker)
        while len(server.arrived) < before + count and time.monotonic() < dies_at:
            time.sleep(0.005)
        os.killpg(worker.pid, signal.SIGKILL)
        worker.wait()


@pytest.mark.experiment("F3", "a worker killed while reminders are due")
def test_a_worker_killed_again_and_again_loses_no_reminder_and_repeats_one_a_crash_at_most(
    mail_server, tmp_path: Path, rush
):
    due_messages(REMINDERS, now=NOW)
    draws, waiting = chance(3), Message.objects.filter(state=MessageState.WAITING)
    with Valkey() as valkey:
        broker = Celery(broker=valkey.url)
        named = {"REDIS_URL": valkey.url, "EMAIL_URL": f"smtp://127.0.0.1:{mail_server.port}"}
        env = environment(tmp_path, at=NOW, **named)
        for _ in range(KILLS):
            killed_after(draws.randint(1, MOST_A_LIFE), mail_server, env, broker)
        left, began = waiting.count(), time.monotonic()
        assert left
        if not IS_FULL:
            # In short nobody waits for the leases of the dead: the database's clock has gone on.
            env = environment(tmp_path, at=NOW + LEASE + timedelta(seconds=KILLS * LIFE_SECONDS), **named)
        with running("worker", env=env, log=tmp_path / "log"):
            tick_until(
                lambda: not waiting.exists(),
                broker,
                what="all that is left",
                seconds=MOST_AFTER_THE_LAST.total_seconds(),
            )
        took = time.monotonic() - began

    seen = arrived(mail_server)
    extra = len(seen) - len(set(seen))
    clock = "" if IS_FULL else ", leases put forward"
    rush.notes.append(
        f"{KILLS} kills, {left} of {REMINDERS} left after the last and sent within {took:.0f} s{clock}; "
        f"{REMINDERS - len(set(seen))} lost, {extra} twice"
    )
    assert len(set(seen)) == REMINDERS
    assert extra <= KILLS
    assert Message.objects.filter(state=MessageState.SENT).count() == REMINDERS
