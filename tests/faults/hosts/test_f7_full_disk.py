"""F7: the disk of the data folder is full. Writing is put off, reading goes on, and nothing breaks."""

import sqlite3
import time
from collections import Counter
from contextlib import AbstractContextManager, closing
from datetime import timedelta
from itertools import cycle
from pathlib import Path
from threading import Event

import httpx
import pytest
from django.db import connection

from clinic.models import Clinic
from tests.support.builders import a_key
from tests.support.cast import NOW
from tests.support.database.elsewhere import copied_to, led_to
from tests.support.faults.hosts.beside import beside
from tests.support.faults.hosts.bookers import Bookers
from tests.support.faults.hosts.disks import a_disk_of_no_growth, a_small_disk, may_mount
from tests.support.faults.hosts.servers import Servers
from tests.support.faults.rush import IS_FULL, assert_sound, sized
from tests.support.running.stack import wait_for
from tests.support.worlds import a_course_world

pytestmark = [
    pytest.mark.deep,
    pytest.mark.slow,
    pytest.mark.only_on("sqlite"),
    pytest.mark.django_db(transaction=True),
]

# Only who may mount has a disk to fill up; without one the limit of a process does nearly the same.
DISKS = {"no file may grow": a_disk_of_no_growth} | (
    {"a disk of its own": a_small_disk} if may_mount() else {}
)
# In short the most real one alone.
WAYS = list(DISKS) if IS_FULL else list(DISKS)[-1:]
FULL_SECONDS = sized(full=30, short=3)
A_LIFE, WISHES = sized(full=100, short=12), sized(full=900, short=300)
# None of them shows a patient, so none has to be noted in the trail.
READERS = sized(full=500, short=100)
READS = ("api/v1/sites/", "api/v1/resources/", "healthz", "readyz")


class Readers:
    """Each time another one reads, and it is counted what they were answered."""

    def __init__(self, servers: Servers, clinic: Clinic) -> None:
        self.statuses: Counter[int] = Counter()
        self.broken: Counter[str] = Counter()
        long_ago = NOW - timedelta(days=1)
        self._secrets = cycle([a_key(clinic=clinic, last_used_at=long_ago)[1] for _ in range(READERS)])
        self._client = httpx.Client(base_url=servers.address, timeout=30)
        self._over = Event()

    def reading(self) -> AbstractContextManager[None]:
        return beside(self._read, over=self._over)

    def _read(self) -> None:
        while not self._over.wait(0.05):
            for path in READS:
                try:
                    answer = self._client.get(
                        path, headers={"Authorization": f"Bearer {next(self._secrets)}"}
                    )
                except httpx.HTTPError as fault:
                    self.broken[type(fault).__name__] += 1
                else:
                    self.statuses[answer.status_code] += 1


def leave_no_room_in_the_log() -> None:
    """SQLite writes over what it has written ahead: many bookings would find their place there."""
    with connection.cursor() as cursor:
        cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)")


@pytest.mark.parametrize("disk", WAYS)
@pytest.mark.experiment("F7", "the disk of the data folder is full")
def test_on_a_full_disk_writing_is_put_off_reading_goes_on_and_room_is_enough_to_recover(
    disk, tmp_path: Path, rush
):
    with DISKS[disk](tmp_path / "disk") as place, led_to(copied_to(place.folder / "coursebook.sqlite3")):
        servers = Servers(place.folder, at=NOW)
        world = a_course_world()
        bookers = Bookers(servers.address, world, wishes=WISHES)
        readers = Readers(servers, world.clinic)
        with servers:
            servers.start_all()
            with readers.reading(), bookers.booking():
                bookers.wait_for(A_LIFE)
                leave_no_room_in_the_log()
                place.fill(servers)
                wait_for(lambda: bookers.statuses[503], what="somebody to be put off", seconds=60)
                time.sleep(FULL_SECONDS)
                place.empty(servers)
                bookers.wait_for(bookers.acknowledged + A_LIFE)
            bookers.ask_again(most=A_LIFE)

        rush.notes.append(f"full for {FULL_SECONDS} s; {bookers.figures()}; read: {dict(readers.statuses)}")
        assert set(bookers.statuses) == {201, 503}
        assert bookers.broken.total() == 0, bookers.broken
        assert (set(readers.statuses), readers.broken.total()) == ({200}, 0), readers.broken
        with closing(sqlite3.connect(place.folder / "coursebook.sqlite3")) as file:
            assert file.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
        bookers.assert_stands()
        assert_sound()
