"""F5: PostgreSQL is killed under load and comes back. What was acknowledged is there, and nothing twice."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest
from django.db import connection

from tests.support.cast import NOW
from tests.support.database.elsewhere import led_to
from tests.support.database.postgres import DURABLE, Server, a_server
from tests.support.faults.hosts.bookers import Bookers
from tests.support.faults.hosts.servers import Servers
from tests.support.faults.rush import assert_sound, sized
from tests.support.running.procfile import database_url
from tests.support.worlds import a_course_world

pytestmark = [
    pytest.mark.deep,
    pytest.mark.slow,
    pytest.mark.only_on("postgresql"),
    pytest.mark.django_db(transaction=True),
]

KILLS, AWAY_SECONDS = sized(full=3, short=1), sized(full=10, short=2)
A_LIFE = sized(full=150, short=15)


@contextmanager
def a_postgresql_of_its_own() -> Iterator[Server]:
    """It keeps what it has acknowledged, and the connection leads to it."""
    with a_server(DURABLE) as postgres:
        postgres.fill_from(database_url())
        with led_to(postgres.url):
            yield postgres


@pytest.mark.experiment("F5", "PostgreSQL killed under load, and back")
def test_bookings_acknowledged_before_the_database_was_killed_are_there_and_none_twice(tmp_path: Path, rush):
    with a_postgresql_of_its_own() as postgres:
        servers = Servers(tmp_path, at=NOW)
        bookers = Bookers(servers.address, a_course_world(), wishes=(KILLS + 2) * A_LIFE)
        with servers:
            servers.start_all()
            with bookers.booking():
                for life in range(1, KILLS + 1):
                    bookers.wait_for(life * A_LIFE)
                    connection.close()
                    postgres.kill()
                    time.sleep(AWAY_SECONDS)
                    assert httpx.get(f"{servers.address}/readyz").status_code == 503
                    postgres.start()
                bookers.wait_for((KILLS + 1) * A_LIFE)
            bookers.ask_again(most=2 * A_LIFE)

        rush.notes.append(f"{KILLS} × kill -9, away for {AWAY_SECONDS} s each; {bookers.figures()}")
        assert set(bookers.statuses) == {201, 503}
        # Somebody always answered.
        assert bookers.broken.total() == 0, bookers.broken
        bookers.assert_stands()
        assert_sound()
