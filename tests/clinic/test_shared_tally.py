"""How often one asked, counted by several hosts in a real Valkey."""

import os
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from time import monotonic, sleep

import pytest
from redis import Redis

from clinic.running.ports import LOOPBACK, free_port
from clinic.web.shared_tally import KEPT_SECONDS, PATIENCE_SECONDS, SharedTally, server_at
from clinic.web.tally import Tally
from tests.house.source import ROOT
from tests.stack import NOT_INHERITED
from tests.valkey import Valkey

# What 100 counts may take at most on a busy machine while nobody is waited for.
SOON_SECONDS = 0.5


@pytest.fixture
def valkey() -> Iterator[Valkey]:
    with Valkey() as server:
        yield server


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path


def a_host(folder: Path, url: str, *, name: str = "one", secret: str = "s", pause: float = 60) -> SharedTally:
    """A host’s count, with a file of its own."""
    server = server_at(url)
    assert server is not None
    own = Tally(folder / name, secret=secret)
    return SharedTally(server, own=own, secret=secret, pause_seconds=pause)


def counted(tally: SharedTally, times: int, *, minute: int = 5) -> int:
    """The last of so many counts."""
    return [tally.count(who="203.0.113.9", minute=minute) for _ in range(times)][-1]


def seconds_of(tally: SharedTally, times: int) -> float:
    began = monotonic()
    counted(tally, times)
    return monotonic() - began


def test_two_hosts_with_files_of_their_own_count_together(folder, valkey):
    one, other = a_host(folder, valkey.url), a_host(folder, valkey.url, name="other")

    counts = [tally.count(who="203.0.113.9", minute=5) for tally in (one, other, one, other)]

    assert counts == [1, 2, 3, 4]
    assert one.count(who="198.51.100.7", minute=5) == 1
    assert other.count(who="203.0.113.9", minute=6) == 1


def test_a_server_on_a_unix_socket_counts_too(folder, valkey):
    valkey.kill()
    with tempfile.TemporaryDirectory(prefix="coursebook-") as place:
        valkey.start("--unixsocket", f"{place}/a socket")
        one = a_host(folder, f"redis+socket://{place}/a%20socket")

        counted(one, 3)

    assert counted(a_host(folder, valkey.url, name="other"), 1) == 4


def test_the_threads_of_two_hosts_lose_nothing(folder, valkey):
    hosts = [a_host(folder, valkey.url), a_host(folder, valkey.url, name="other")]

    with ThreadPoolExecutor(8) as pool:
        counts = sorted(pool.map(lambda n: hosts[n % 2].count(who="somebody", minute=5), range(1000)))

    assert counts == list(range(1, 1001))


def test_the_server_lets_go_of_a_minute_that_is_over(folder, valkey):
    counted(a_host(folder, valkey.url), 3)

    [key] = valkey.keys()
    assert 0 < valkey.seconds_left(key) <= KEPT_SECONDS


def test_the_server_is_told_nobody_and_no_secret(folder, valkey):
    who, secret = "KEY_REQUESTS_A_MINUTE:203.0.113.9", "the-secret-of-the-service"

    a_host(folder, valkey.url, secret=secret).count(who=who, minute=29_000_001)

    [key] = valkey.keys()
    prefix, digest = key.decode().rsplit(":", 1)
    assert prefix == "coursebook:tally:29000001"
    assert len(bytes.fromhex(digest)) == 16


def test_hosts_with_another_secret_are_another_service(folder, valkey):
    counted(a_host(folder, valkey.url), 3)

    assert counted(a_host(folder, valkey.url, name="other", secret="another"), 1) == 1


def test_without_its_server_a_host_counts_on_by_itself_and_at_once(folder, valkey):
    one, other = a_host(folder, valkey.url), a_host(folder, valkey.url, name="other")
    counted(one, 3)
    counted(other, 2)

    valkey.kill()

    assert counted(one, 1) == 4
    assert counted(other, 1) == 3
    assert seconds_of(one, 100) < SOON_SECONDS


def test_a_server_that_is_back_counts_for_all_again(folder, valkey):
    one = a_host(folder, valkey.url, pause=0.2)
    other = a_host(folder, valkey.url, name="other", pause=0.2)
    valkey.kill()
    counted(one, 2)
    counted(other, 2)

    valkey.start()
    sleep(0.3)

    assert counted(one, 1, minute=6) == 1
    assert counted(other, 1, minute=6) == 2


def test_a_server_that_was_started_again_between_two_requests_is_not_missed(folder, valkey):
    one, other = a_host(folder, valkey.url), a_host(folder, valkey.url, name="other")
    counted(one, 3)

    valkey.kill()
    valkey.start()

    assert [tally.count(who="203.0.113.9", minute=5) for tally in (one, other)] == [1, 2]


def test_a_server_that_takes_connections_and_never_answers_costs_its_patience_once(folder):
    with socket.create_server((LOOPBACK, 0)) as silent:
        one = a_host(folder, f"redis://{LOOPBACK}:{silent.getsockname()[1]}")

        first, rest = seconds_of(one, 1), seconds_of(one, 100)

    assert PATIENCE_SECONDS <= first < PATIENCE_SECONDS + SOON_SECONDS
    assert rest < SOON_SECONDS
    assert counted(one, 1) == 102


def test_an_answer_that_comes_late_is_taken_for_no_other(folder, valkey):
    one = a_host(folder, valkey.url, pause=0.2)
    counted(one, 3)
    with valkey.standing_still():
        counted(one, 1)

    sleep(0.3)

    assert one.count(who="198.51.100.7", minute=5) == 1
    assert one.count(who="203.0.113.9", minute=5) == 5


def test_only_one_request_asks_again_after_the_pause(folder):
    with socket.create_server((LOOPBACK, 0)) as silent:
        one = a_host(folder, f"redis://{LOOPBACK}:{silent.getsockname()[1]}", pause=1)
        counted(one, 1)
        sleep(1.1)

        with ThreadPoolExecutor(8) as pool:
            waits = list(pool.map(lambda _: seconds_of(one, 1), range(8)))

    assert len([wait for wait in waits if wait >= PATIENCE_SECONDS]) == 1


def test_a_server_that_refuses_to_write_is_away(folder, valkey):
    valkey.kill()
    valkey.start("--maxmemory", "1", "--maxmemory-policy", "noeviction")
    one = a_host(folder, valkey.url)

    assert counted(one, 3) == 3
    assert valkey.keys() == []


def test_an_operator_is_told_once_that_it_is_away_and_once_that_it_is_back(folder, valkey, caplog):
    one = a_host(folder, valkey.url, pause=0.1)
    valkey.kill()
    for _ in range(3):
        counted(one, 2)
        sleep(0.15)

    valkey.start()
    sleep(0.15)
    counted(one, 2)

    assert caplog.messages == [
        "Redis does not count, this host does: ConnectionError",
        "Redis counts again",
    ]


def test_what_is_forgotten_is_forgotten_by_all_and_nothing_else_of_the_server_is(folder, valkey):
    one, other = a_host(folder, valkey.url), a_host(folder, valkey.url, name="other")
    counted(one, 3)
    with Redis.from_url(valkey.url) as client:
        client.set("celery", "a task")

    one.forget()

    assert valkey.keys() == [b"celery"]
    assert counted(other, 1) == 1


WHICH = """
import django
django.setup()
from clinic.web.limits import tally
print(type(tally).__name__, tally.count(who="somebody", minute=5))
"""


@pytest.mark.slow
@pytest.mark.parametrize(("url", "kind"), [("", "Tally"), ("redis://127.0.0.1:{port}/0", "SharedTally")])
def test_only_a_server_that_is_named_counts(url, kind, folder):
    inherited = {name: value for name, value in os.environ.items() if name not in NOT_INHERITED}
    said = subprocess.run(
        [sys.executable, "-c", WHICH],
        cwd=ROOT,
        env=inherited
        | {
            "DJANGO_SETTINGS_MODULE": "clinic.settings",
            "DATA": str(folder),
            "REDIS_URL": url.format(port=free_port()),
        },
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )

    assert said.stdout.split() == [kind, "1"]
