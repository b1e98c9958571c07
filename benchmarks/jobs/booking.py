"""Booking a course of six, by service call and over REST, beside the bare driver writing the same rows."""

import statistics
import time
from collections.abc import Callable, Iterator, Mapping

from benchmarks.clinic import Bench, Measure, a_bench
from benchmarks.jobs.booking_clients import Client, rate_at_once, raw_client, rest_client, use_case_client
from benchmarks.jobs.rest import serving
from benchmarks.jobs.search import OLD_CLAIMS, bare_kernel, found
from benchmarks.rehearsal import rehearsed
from benchmarks.table import Row

CLIENTS, TURNS = 4, 20
BATCHES, A_CLIENT = 5, 4
FEW_CLAIMS = 10_000
LEAST = {"service call": 0.45, "REST": 0.30}


def rows() -> Iterator[Row]:
    young = roomy_bench(FEW_CLAIMS)
    with serving(workers=CLIENTS) as port:
        clients: dict[str, Client] = {
            "raw": raw_client,
            "service call": use_case_client(young),
            "REST": rest_client(young, port),
        }
        yield from _one_client(young, clients)
        yield from _four_clients(young, clients)
    yield _growth(young)


def roomy_bench(old_claims: int) -> Bench:
    """Room for every course: none makes another session change seats. Its hours have been read."""
    bench = a_bench(Measure(sets=3, occupancy=0.5, old_claims=old_claims))
    found(bench)
    return bench


def _one_client(bench: Bench, clients: Mapping[str, Client]) -> Iterator[Row]:
    courses = iter(rehearsed(bench, len(clients) * (TURNS + 1)))
    books = {name: client() for name, client in clients.items()}
    jobs = {name: (lambda book=book: book(next(courses))) for name, book in books.items()}
    taken = _medians(jobs)
    yield Row("the bare driver books a course of six", taken["raw"], "ms", note="what is compared with")
    for name, least in LEAST.items():
        ratio = taken["raw"] / taken[name]
        yield Row(f"{name} to the bare driver, 1 client", ratio, least=least, note=f"{taken[name]:.1f} ms")


def _four_clients(bench: Bench, clients: Mapping[str, Client]) -> Iterator[Row]:
    courses = iter(rehearsed(bench, len(clients) * BATCHES * CLIENTS * A_CLIENT))
    rates: dict[str, list[float]] = {name: [] for name in clients}
    for _ in range(BATCHES):
        for name, client in clients.items():
            shares = [[next(courses) for _ in range(A_CLIENT)] for _ in range(CLIENTS)]
            rates[name].append(rate_at_once(client, shares))
    rate = {name: statistics.median(of_batches) for name, of_batches in rates.items()}
    for name, least in LEAST.items():
        ratio, note = rate[name] / rate["raw"], f"{rate[name]:.0f} against {rate['raw']:.0f} a second"
        yield Row(f"{name} to the bare driver, {CLIENTS} clients", ratio, least=least, note=note)


def _growth(young: Bench) -> Row:
    """A booking to the kernel of its moment: the median moment of a machine that others use too."""
    few = _to_kernel(young)
    many = _to_kernel(roomy_bench(OLD_CLAIMS))
    job = f"p50 of a booking at {OLD_CLAIMS:,} claims to that at {FEW_CLAIMS:,}"
    return Row(job, many / few, "×", most=1.35)


def _to_kernel(bench: Bench) -> float:
    courses = iter(rehearsed(bench, TURNS + 1))
    book, kernel = use_case_client(bench)(), bare_kernel(bench)
    taken = _medians(
        {"booking": lambda: book(next(courses)), "kernel": lambda: [kernel() for _ in range(100)]}
    )
    return taken["booking"] / taken["kernel"]


def _medians(jobs: Mapping[str, Callable[[], object]]) -> dict[str, float]:
    """Milliseconds on the wall, for the database works in a process of its own. The first turn warms up."""
    taken: dict[str, list[float]] = {name: [] for name in jobs}
    for _ in range(TURNS + 1):
        for name, job in jobs.items():
            began = time.perf_counter()
            job()
            taken[name].append((time.perf_counter() - began) * 1000)
    return {name: statistics.median(times[1:]) for name, times in taken.items()}
