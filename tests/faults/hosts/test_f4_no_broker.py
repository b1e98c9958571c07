"""F4: the broker dies without a memory and comes back empty while reminders are due and bookings go on."""

import time
from datetime import timedelta
from pathlib import Path

import pytest
from django.db.models import F, Max

from scheduling.diaries.integrity import claims_that_overlap, pages_that_differ
from scheduling.models import Message, MessageState
from tests.support.acts.mailing import MailServer, due_messages
from tests.support.cast import NOW
from tests.support.faults.hosts.bookers import Bookers
from tests.support.faults.hosts.servers import Servers
from tests.support.faults.hosts.workers import arrived
from tests.support.faults.rush import sized
from tests.support.running.procfile import running
from tests.support.running.stack import wait_for
from tests.support.running.valkey import Valkey
from tests.support.worlds import a_course_world

# Sessions that are reminded of are rows without claims here.
pytestmark = [
    pytest.mark.deep,
    pytest.mark.slow,
    pytest.mark.damages_diaries,
    pytest.mark.django_db(transaction=True),
]

REMINDERS = sized(full=1000, short=60)
# They fall due one after the other for so long: before the broker dies, while it is away, and after.
DUE_FOR_SECONDS, AWAY_SECONDS = sized(full=120, short=5), sized(full=30, short=3)
# What beat does in a clinic; in short it hurries.
TICK_SECONDS = sized(full=30, short=1)
MOST_LATE = timedelta(seconds=90)


def reminders_to_come() -> list[Message]:
    made = due_messages(REMINDERS, now=NOW)
    Message.objects.update(due_at=NOW + timedelta(hours=1))
    return made


def let_fall_due(reminders: list[Message], *, since: float) -> None:
    """Evenly from now on; the processes' clock showed NOW when `time.monotonic` said `since`."""
    begins = NOW + timedelta(seconds=time.monotonic() - since)
    for number, message in enumerate(reminders):
        message.due_at = begins + timedelta(seconds=DUE_FOR_SECONDS * number / REMINDERS)
    Message.objects.bulk_update(reminders, ["due_at"])


def told_in_time(server: MailServer) -> str:
    """The figures, if each reminder came once and soon enough."""
    seen = arrived(server)
    late = Message.objects.aggregate(late=Max(F("sent_at") - F("due_at")))["late"]
    assert len(seen) == len(set(seen)) == REMINDERS
    assert late <= MOST_LATE
    return f"0 of {REMINDERS} lost, 0 twice, the latest {late.total_seconds():.0f} s late"


@pytest.mark.experiment("F4", "the broker dies without a memory, is away, and comes back empty")
def test_without_a_broker_bookings_go_on_and_when_it_is_back_all_reminders_go_out(
    mail_server, tmp_path: Path, rush
):
    world = a_course_world()
    reminders = reminders_to_come()
    sent = Message.objects.filter(state=MessageState.SENT)
    with Valkey() as valkey:
        named = {
            "REDIS_URL": valkey.url,
            "EMAIL_URL": f"smtp://127.0.0.1:{mail_server.port}",
            "MESSAGE_TICK_SECONDS": str(TICK_SECONDS),
        }
        began, servers = time.monotonic(), Servers(tmp_path, at=NOW, more=named)
        bookers = Bookers(servers.address, world, wishes=sized(full=1200, short=150), programs=2, pause=0.3)
        log = tmp_path / "log"
        with (
            servers,
            running("worker", env=servers.env, log=log) as worker,
            running("beat", env=servers.env, log=log) as beat,
        ):
            servers.start_all()
            let_fall_due(reminders, since=began)
            with bookers.booking():
                wait_for(lambda: len(mail_server.arrived) > REMINDERS // 10, what="the first", seconds=90)
                valkey.kill()
                before = bookers.acknowledged
                time.sleep(AWAY_SECONDS)
                meanwhile = bookers.acknowledged - before
                valkey.start()
                wait_for(lambda: sent.count() == REMINDERS, what="all reminders", seconds=240)
            assert (worker.poll(), beat.poll()) == (None, None), log.read_text()

    rush.notes.append(f"away for {AWAY_SECONDS} s; {told_in_time(mail_server)}")
    rush.notes.append(f"{bookers.figures()}, {meanwhile} of them meanwhile")
    assert meanwhile > 0
    assert (set(bookers.statuses), bookers.broken.total()) == ({201}, 0)
    bookers.assert_stands()
    assert not [*pages_that_differ(), *claims_that_overlap()]
