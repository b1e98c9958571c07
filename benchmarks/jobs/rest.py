"""The search over REST beside an empty view of the same service, under gunicorn, one client."""

import http.client
import json
import os
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager

from benchmarks.clinic import NOW, TODAY, Bench, Measure, a_bench
from benchmarks.table import Row
from clinic.access.keys import NewKey, issue_key
from clinic.identity.actors import Scope, task_actor
from clinic.running.ports import LOOPBACK, free_port

TURNS, REQUESTS, START_SECONDS = 5, 25, 30
Ask = tuple[str, str, bytes, dict[str, str]]


def rows() -> Iterator[Row]:
    bench = a_bench(Measure())
    with serving() as port:
        asks: dict[str, Ask] = {
            "empty": ("GET", "/bench/empty/", b"", {}),
            "plain": _search(bench, most=1),
            "five": _search(bench, most=5),
        }
        rates = _rates(port, asks)
    yield Row("requests a second of the empty view", rates["empty"], note="what is compared with")
    for name, job, least in (
        ("plain", "REST search, the best calendar, to the empty view", 0.25),
        ("five", "REST search, five different calendars, to the empty view", 0.08),
    ):
        yield Row(job, rates[name] / rates["empty"], least=least, note=f"{rates[name]:.0f} a second")


def _search(bench: Bench, *, most: int) -> Ask:
    by = task_actor(clinic_id=bench.clinic.pk, label="bench")
    new = NewKey("bench", [Scope.CALENDAR_READ, Scope.BOOKING_WRITE])
    secret = issue_key(new=new, by=by, now=NOW).secret
    body = json.dumps({"from": str(TODAY), "most": most}).encode()
    headers = {"Authorization": f"Bearer {secret}", "Content-Type": "application/json"}
    return "POST", f"/api/v1/plans/{bench.plan().uuid}/proposals/", body, headers


def _rates(port: int, asks: dict[str, Ask]) -> dict[str, float]:
    """Requests a second of each, by turns; the median."""
    connection = http.client.HTTPConnection(LOOPBACK, port, timeout=30)
    taken: dict[str, list[float]] = {name: [] for name in asks}
    for turn in range(TURNS + 1):
        for name, ask in asks.items():
            began = time.perf_counter()
            for _ in range(REQUESTS):
                answered(connection, ask)
            # The first turn only warms up.
            if turn:
                taken[name].append(REQUESTS / (time.perf_counter() - began))
    connection.close()
    return {name: statistics.median(rates) for name, rates in taken.items()}


def answered(connection: http.client.HTTPConnection, ask: Ask) -> None:
    method, path, body, headers = ask
    connection.request(method, path, body=body or None, headers=headers)
    answer = connection.getresponse()
    said = answer.read()
    is_nothing = path.endswith("/proposals/") and not json.loads(said).get("proposals")
    if answer.status not in (200, 201) or is_nothing:
        raise RuntimeError(f"{path} answered {answer.status}: {said[:300].decode()}")


@contextmanager
def serving(*, workers: int = 1) -> Iterator[int]:
    port = free_port()
    command = [sys.executable, "-m", "gunicorn", "clinic.wsgi", "--bind", f"{LOOPBACK}:{port}"]
    # A client that asks one thing after the other needs no more than one worker.
    command += [
        "--worker-class",
        "gthread",
        "--workers",
        str(workers),
        "--threads",
        "4",
        "--no-control-socket",
    ]
    server = subprocess.Popen([*command, "--log-level", "error"], env=os.environ, stderr=subprocess.DEVNULL)
    try:
        _wait_for(port)
        yield port
    finally:
        server.terminate()
        server.wait()


def _wait_for(port: int) -> None:
    deadline = time.monotonic() + START_SECONDS
    while True:
        connection = http.client.HTTPConnection(LOOPBACK, port, timeout=5)
        try:
            answered(connection, ("GET", "/bench/empty/", b"", {}))
        except OSError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.2)
        else:
            return
        finally:
            connection.close()
