"""F13: the release before serves on the database of this one, and this one again, while programs book."""

import time
from pathlib import Path

import pytest
from celery import Celery

from scheduling.diaries.integrity import claims_that_overlap, pages_that_differ
from scheduling.models import Message, MessageState
from tests.support.acts.mailing import due_messages
from tests.support.cast import NOW
from tests.support.faults.hosts.bookers import Bookers
from tests.support.faults.hosts.release_before import release_before
from tests.support.faults.hosts.servers import Servers
from tests.support.faults.hosts.workers import arrived, tick_until
from tests.support.running.procfile import running
from tests.support.running.proxy import a_proxy
from tests.support.running.stack import ROOT
from tests.support.running.valkey import Valkey
from tests.support.worlds import a_course_world

# Sessions that are reminded of are rows without claims here.
pytestmark = [
    pytest.mark.deep,
    pytest.mark.slow,
    pytest.mark.in_full,
    pytest.mark.damages_diaries,
    pytest.mark.django_db(transaction=True),
]

A_LIFE_SECONDS, REMINDERS = 10, 200


@pytest.mark.experiment("F13", "the release before on this database, and back, under load")
def test_the_release_before_serves_on_this_database_and_this_one_after_it_and_nothing_fails(
    mail_server, tmp_path: Path, rush
):
    before, commit = release_before(tmp_path / "before")
    world = a_course_world()
    waiting = Message.objects.filter(state=MessageState.WAITING)
    booked: list[int] = []
    with Valkey() as valkey:
        broker = Celery(broker=valkey.url)
        named = {"REDIS_URL": valkey.url, "EMAIL_URL": f"smtp://127.0.0.1:{mail_server.port}"}
        with Servers(tmp_path, count=2, at=NOW, more=named) as servers, a_proxy(servers.backends) as address:
            bookers = Bookers(address, world, wishes=1200, pause=0.25)
            servers.start_all()
            with bookers.booking():
                time.sleep(A_LIFE_SECONDS)
                for release in (before, ROOT):
                    booked.append(bookers.acknowledged)
                    for backend in servers.backends:
                        servers.start_anew(backend, root=release)
                    due = due_messages(REMINDERS, now=NOW)
                    with running("worker", env=servers.env, log=tmp_path / "log", root=release):
                        left = waiting.filter(pk__in=[message.pk for message in due])
                        tick_until(lambda: not left.exists(), broker, what="reminders", seconds=90)  # noqa: B023  (asked at once)
                    time.sleep(A_LIFE_SECONDS)
                booked.append(bookers.acknowledged)
            bookers.ask_again(most=100)

    rush.notes.append(
        f"release {commit}: this one booked {booked[0]}, the one before {booked[1] - booked[0]}, "
        f"this one again {booked[2] - booked[1]}; {len(bookers.failed)} failed; {bookers.figures()}; "
        f"each sent {REMINDERS} reminders"
    )
    assert (set(bookers.statuses), bookers.broken.total()) == ({201}, 0), bookers.failed
    assert min(booked[0], booked[1] - booked[0], booked[2] - booked[1]) > 0
    assert len(arrived(mail_server)) == len(set(arrived(mail_server))) == 2 * REMINDERS
    bookers.assert_stands()
    assert not [*pages_that_differ(), *claims_that_overlap()]
