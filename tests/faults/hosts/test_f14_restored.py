"""F14: a backup is put back elsewhere after mail went out. No reminder comes twice, none is lost."""

import os
import signal
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

import pytest
from celery import Celery
from django.core.management import call_command
from django.db.models import F
from django.test import Client
from redis import Redis

from clinic.health.ticks import MAIL
from clinic.models import Patient
from clinic.web.database_clock import database_now
from scheduling.messages.ledger.hold import held_since
from scheduling.models import Message, MessageState, Session
from scheduling.privacy.erasure import erase_patient
from tests.support.acts.courses import a_booked_course
from tests.support.acts.feeds import a_feed, fetch
from tests.support.acts.mailing import MailServer, due_messages
from tests.support.builders import a_patient
from tests.support.database.backups import back_up, put_back
from tests.support.faults.rush import sized
from tests.support.running.procfile import environment, running
from tests.support.running.stack import wait_for
from tests.support.running.valkey import Valkey
from tests.support.worlds import a_course_world

# Sessions are rows without claims here; a worker reads a clock that runs.
pytestmark = [
    pytest.mark.deep,
    pytest.mark.slow,
    pytest.mark.damages_diaries,
    pytest.mark.reads_clock,
    pytest.mark.django_db(transaction=True),
]

PATIENCE_SECONDS = 180


@pytest.fixture
def mail_server() -> Iterator[MailServer]:
    server = MailServer()
    server.start()
    yield server
    server.stop()


class Hosts:
    """Workers, each with a data folder and so a ledger of its own, that share a queue."""

    def __init__(self, folder: Path, queue: Valkey, mail_server: MailServer) -> None:
        self._folder, self._url, self._mail = folder, queue.url, mail_server
        self._broker = Celery(broker=queue.url)

    def ledger_of(self, host: str) -> Path:
        return self._folder / host / "mail_ledger"

    @contextmanager
    def worker(self, host: str, *, ledger_of: str = "") -> Iterator["subprocess.Popen[bytes]"]:
        (self._folder / host).mkdir()
        env = environment(
            self._folder / host,
            REDIS_URL=self._url,
            EMAIL_URL=f"smtp://127.0.0.1:{self._mail.port}",
            MAIL_LEDGER=str(self.ledger_of(ledger_of or host)),
        )
        with running("worker", env=env, log=self._folder / f"log-{host}") as process:
            yield process

    @contextmanager
    def worker_that_is_killed(self, host: str) -> Iterator[None]:
        with self.worker(host) as process:
            yield
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()

    def tick_until(self, count: int, what: str) -> None:
        """Beat tells them to look until so many mails have arrived."""

        def look() -> bool:
            self._broker.send_task(MAIL)
            wait_for(self._is_idle, what="the queue to be empty", seconds=PATIENCE_SECONDS)
            return len(self._mail.arrived) >= count

        wait_for(look, what=what, seconds=PATIENCE_SECONDS)

    def _is_idle(self) -> bool:
        with Redis.from_url(self._url) as queue:
            return not (queue.llen("celery") or queue.hlen("unacked"))


class Story:
    """A clinic whose mails go out before, and after, a backup of it is made; so many of each kind."""

    def __init__(self, hosts: Hosts, folder: Path, *, many: int) -> None:
        self.hosts, self.many, self.backup, self.erasures = (
            hosts,
            many,
            folder / "backup",
            folder / "erasures",
        )
        self.world = a_course_world()
        self.course = self._booked(self.world.patient)
        self.erased = a_patient(clinic=self.world.clinic)
        self.feed_token = a_feed(clinic=self.world.clinic).token

    def live(self) -> None:
        self._due()
        with self.hosts.worker_that_is_killed("first"):
            self.hosts.tick_until(self.many, "what was due before the backup")
            # Of all these the backup says that they wait.
            self._due()
            self.later = self._due(timedelta(hours=2))
            back_up(self.backup)
            self.hosts.tick_until(2 * self.many, "what waits in the backup")
        self._booked(a_patient(clinic=self.world.clinic))
        self._due()
        erase_patient(patient=self.erased, by=self.world.owner, now=database_now())
        call_command("erasures", to=self.erasures)
        with self.hosts.worker_that_is_killed("second"):
            self.hosts.tick_until(3 * self.many, "what the backup does not know")

    def look(self) -> None:
        """A worker at the database that was put back, with the folder of the first host."""
        waiting = Message.objects.filter(state=MessageState.WAITING, due_at__lte=database_now())
        assert waiting.count() == self.many
        self.hosts.tick_until(3 * self.many, "a look")
        assert held_since()
        assert Client().get("/readyz").json()["messages"] == "held"

    def go_on(self) -> None:
        call_command("release_mail", str(self.hosts.ledger_of("second")), erasures=self.erasures)
        later = Message.objects.filter(uuid__in=[row.uuid for row in self.later])
        later.update(due_at=database_now())
        self.hosts.tick_until(4 * self.many, "what had not gone out")

    def _booked(self, patient: Patient) -> list[Session]:
        """Its own reminders are for later, whatever day it is: they are not counted here."""
        course = a_booked_course(world=self.world, patient=patient, now=database_now())
        later = {name: F(name) + timedelta(days=60) for name in ("due_at", "useful_until")}
        Message.objects.filter(session__in=course).update(**later)
        return course

    def _due(self, after: timedelta = timedelta(0)) -> list[Message]:
        return due_messages(self.many, clinic=self.world.clinic, now=database_now() + after)


@pytest.mark.experiment("F14", "a backup put back elsewhere after bookings and mails")
def test_a_backup_that_is_put_back_mails_nobody_twice_and_loses_no_reminder(
    mail_server, tmp_path: Path, rush, settings, capsys
):
    many = sized(full=200, short=8)
    with Valkey() as queue:
        hosts = Hosts(tmp_path, queue, mail_server)
        story = Story(hosts, tmp_path, many=many)
        etag = fetch(Client(), story.feed_token, now=database_now())["ETag"]
        story.live()
        settings.MAIL_LEDGER = hosts.ledger_of("first")
        with put_back(story.backup, folder=tmp_path), hosts.worker("third", ledger_of="first"):
            story.look()
            assert len(mail_server.arrived) == 3 * many
            story.go_on()

            lost = Message.objects.filter(state=MessageState.WAITING, due_at__lte=database_now()).count()
            story.erased.refresh_from_db()
            first = Session.objects.get(pk=story.course[0].pk)
            feed = fetch(Client(), story.feed_token, now=database_now(), if_none_match=etag)

    seen, said = [mail["Message-ID"] for mail in mail_server.arrived], capsys.readouterr().out
    rush.notes.append(f"{len(seen)} due and sent, {len(seen) - len(set(seen))} twice, {lost} lost")
    assert len(seen) == len(set(seen)) == 4 * many
    assert lost == 0
    assert f"{many} messages marked as sent" in said
    assert said.count("it is not here") == many
    assert story.erased.is_erased
    assert (feed.status_code, feed["ETag"] != etag) == (200, True)
    assert (first.version > 1000, first.sequence) == (True, 1000)
