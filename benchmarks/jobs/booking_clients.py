"""Clients that book: by service call, over REST and by the bare driver; one, or several at once."""

import http.client
import json
import multiprocessing
import time
from collections.abc import Callable, Sequence
from typing import Any

from django.db import connections

from benchmarks.clinic import NOW, TODAY, Bench
from benchmarks.jobs.rest import answered
from benchmarks.raw_booking import RawDiary
from benchmarks.rehearsal import Rehearsed, actor_of
from clinic.access.keys import NewKey, issue_key
from clinic.identity.actors import Scope
from clinic.running.ports import LOOPBACK
from clinic.web.database_clock import database_now
from scheduling.booking.book_course import book_course
from scheduling.search.tokens import token_of

Book = Callable[[Rehearsed], object]
Client = Callable[[], Book]
# Of processes that already search and book, without another reading of what this one has imported.
_FORK = multiprocessing.get_context("fork")


def use_case_client(bench: Bench) -> Client:
    by = actor_of(bench)
    return lambda: lambda one: book_course(plan=one.plan, proposal=one.proposal, by=by, now=NOW)


def raw_client() -> Book:
    diary = RawDiary()
    return lambda one: diary.book(one.written)


def rest_client(bench: Bench, port: int) -> Client:
    """A program with a connection of its own; it has searched before it books, as a desk does."""
    new = NewKey("bench", [Scope.CALENDAR_READ, Scope.BOOKING_WRITE])
    secret = issue_key(new=new, by=actor_of(bench), now=NOW).secret
    headers = {"Authorization": f"Bearer {secret}", "Content-Type": "application/json", "If-Match": "*"}
    plan = bench.plan().uuid

    def client() -> Book:
        connection = http.client.HTTPConnection(LOOPBACK, port, timeout=60)

        def post(path: str, said: dict[str, Any]) -> None:
            answered(connection, ("POST", f"/api/v1/plans/{path}", json.dumps(said).encode(), headers))

        def book(one: Rehearsed) -> None:
            token = token_of(one.proposal, now=database_now())
            post(f"{one.plan.uuid}/book/", {"proposal": token})

        for _ in range(4):
            post(f"{plan}/proposals/", {"from": str(TODAY), "most": 1})
        return book

    return client


def rate_at_once(client: Client, shares: Sequence[Sequence[Rehearsed]]) -> float:
    """Bookings a second of as many clients as there are shares, each a process with its own connections."""
    connections.close_all()
    start, told = _FORK.Barrier(len(shares)), _FORK.SimpleQueue()
    clients = [_FORK.Process(target=_work, args=(client, share, start, told)) for share in shares]
    for process in clients:
        process.start()
    for process in clients:
        process.join()
    if any(process.exitcode for process in clients):
        raise RuntimeError("A client that was to book failed: see above.")
    spans = [told.get() for _ in clients]
    taken: float = max(end for _, end in spans) - min(began for began, _ in spans)
    return sum(map(len, shares)) / taken


def _work(client: Client, share: Sequence[Rehearsed], start: Any, told: Any) -> None:
    try:
        book = client()
    except BaseException:
        # The others must not wait for one that never comes.
        start.abort()
        raise
    # What the first of a connection has to do belongs to no booking.
    database_now()
    start.wait()
    began = time.perf_counter()
    for one in share:
        book(one)
    told.put((began, time.perf_counter()))
