"""F8: the clock of a worker's host is wrong. What is due goes out, nothing early, nothing twice."""

from datetime import timedelta
from pathlib import Path

import pytest
from celery import Celery
from redis import Redis

from clinic.health.ticks import MAIL
from clinic.models import Tick
from clinic.web.database_clock import database_now
from scheduling.models import Message, MessageState
from tests.support.acts.mailing import due_messages
from tests.support.faults.hosts.workers import arrived, tick
from tests.support.faults.rush import sized
from tests.support.running.procfile import environment, running
from tests.support.running.stack import wait_for
from tests.support.running.valkey import Valkey

# Sessions are rows without claims here; a worker reads a clock that runs.
pytestmark = [
    pytest.mark.deep,
    pytest.mark.slow,
    pytest.mark.damages_diaries,
    pytest.mark.reads_clock,
    pytest.mark.django_db(transaction=True),
]

WRONG_BY = {
    "45 s ahead": timedelta(seconds=45),
    "1 h ahead": timedelta(hours=1),
    "1 h behind": timedelta(hours=-1),
    "400 d ahead": timedelta(days=400),
}
PATIENCE_SECONDS = 120


@pytest.mark.parametrize("wrong", WRONG_BY)
@pytest.mark.experiment("F8", "a worker whose clock is wrong, and ticks of an older release")
def test_a_worker_whose_clock_is_wrong_sends_what_is_due_once_and_nothing_early(
    wrong, mail_server, tmp_path: Path, rush
):
    many = sized(full=200, short=20)
    due_messages(many, now=database_now())
    due_messages(many, now=database_now() + timedelta(minutes=30))
    with Valkey() as server:
        broker = Celery(broker=server.url)
        env = environment(
            tmp_path,
            REDIS_URL=server.url,
            EMAIL_URL=f"smtp://127.0.0.1:{mail_server.port}",
            MACHINE_WRONG_BY=str(WRONG_BY[wrong].total_seconds()),
        )
        with running("worker", env=env, log=tmp_path / "log") as worker:
            tick(broker)
            wait_for(lambda: len(arrived(mail_server)) >= many, what="what is due", seconds=PATIENCE_SECONDS)
            # What waits in the queue from before an upgrade: some of it expired, some not, by whatever clock.
            due_messages(many, now=database_now())
            for seconds in (-3600, -1, 30, 3600):
                tick(broker, expires=seconds)
            tick(broker)
            wait_for(lambda: len(arrived(mail_server)) >= 2 * many, what="the rest", seconds=PATIENCE_SECONDS)
            with Redis.from_url(server.url) as queue:
                wait_for(lambda: not queue.llen("celery"), what="the queue to be empty", seconds=30)
            assert worker.poll() is None, (tmp_path / "log").read_text()

    seen = arrived(mail_server)
    rush.notes.append(f"{len(seen)} due and sent, {len(seen) - len(set(seen))} twice, 0 early")
    assert len(seen) == len(set(seen)) == 2 * many
    assert Message.objects.filter(state=MessageState.SENT).count() == 2 * many
    assert Message.objects.filter(state=MessageState.WAITING).count() == many
    # Its tick was left by the database's clock.
    ended = Tick.objects.get(name=MAIL).ended
    assert ended is not None
    assert abs(ended - database_now()) < timedelta(minutes=5)
