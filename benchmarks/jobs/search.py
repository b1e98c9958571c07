"""The search, end to end and by part, and how it grows."""

import os
import tracemalloc
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta

from benchmarks.clinic import NOW, TODAY, Bench, Measure, a_bench
from benchmarks.loops import first_course_by_looping
from benchmarks.table import Row
from benchmarks.timing import exponent, medians
from clinic.hours.opening import Horizon, start_grid_mask
from clinic.hours.working_time import bookable_resources, open_masks
from scheduling.diaries.bitmaps import busy_masks
from scheduling.diaries.requirements import shapes_of
from scheduling.diaries.site_diaries import site_diaries
from scheduling.engine import placement
from scheduling.engine.availability import Kernel
from scheduling.engine.proposal import Found
from scheduling.search.candidates import candidates
from scheduling.search.proposal import named
from scheduling.search.propose import Asked, propose, searches_of
from scheduling.search.site_search import SiteSearch

DAYS = 90
OLD_CLAIMS = int(os.environ.get("OLD_CLAIMS", "1000000"))


def rows() -> Iterator[Row]:
    bench = a_bench(Measure())
    yield from _whole(bench)
    yield from _parts(bench)
    yield from _days(a_bench(Measure(days_ahead=380)))
    yield from _resources()
    yield from _occupancy()
    yield _memory(bench)
    yield _history()


def found(bench: Bench, *, days: int = DAYS, most: int = 1) -> Found:
    return propose(plan=bench.plan(), asked=Asked(last_on=TODAY + timedelta(days=days), most=most), now=NOW)


def bare_kernel(bench: Bench) -> Callable[[], int]:
    """Masks in, starts out, of one session type: nothing is loaded and nothing remembered."""
    horizon = Horizon(bench.site.tz, TODAY, TODAY + timedelta(days=DAYS))
    resources = bookable_resources(site=bench.site)
    diaries = site_diaries(site=bench.site, patient_diary_id=None, first_on=TODAY, last_on=horizon.last_on)
    free, patient_free = diaries.free, diaries.patient_free(now=NOW)
    session_type = bench.plan().protocol.steps.all()[0].session_type_id
    shape = shapes_of(session_type_ids=[session_type], resources=resources)[session_type]
    assert shape.rivalries
    return lambda: Kernel(free).starts(shape=shape, patient_free=patient_free)


def _whole(bench: Bench) -> Iterator[Row]:
    assert len(found(bench, most=5).proposals) == 5
    taken = medians(
        {
            "kernel": bare_kernel(bench),
            "plain": lambda: found(bench),
            "five": lambda: found(bench, most=5),
            "loop": lambda: first_course_by_looping(bench, days=DAYS),
        }
    )
    kernel = taken["kernel"]
    yield Row("the bare kernel, 90 days, 13 diaries, 70 % full", kernel, "ms", note="what is compared with")
    yield Row(
        "course search, database → best calendar, to the kernel", taken["plain"] / kernel, "×", most=15,
        note=f"{taken['plain']:.1f} ms",
    )  # fmt: skip
    yield Row(
        "course search, five different calendars, to the kernel", taken["five"] / kernel, "×", most=100,
        note=f"{taken['five']:.1f} ms",
    )  # fmt: skip
    yield Row("candidate × bookings loop, to our best calendar", taken["loop"] / taken["plain"], "×")


def _parts(bench: Bench) -> Iterator[Row]:
    """What a plain search spends, part by part; each part alone, with what it needs at hand."""
    [search] = searches_of(plan=bench.plan(), asked=_asked(), now=NOW)
    course, [candidate] = search.course(search.options()), [next(candidates([search]))]
    horizon, resources = search.diaries.horizon, search.diaries.resources
    cells = {"first_cell": horizon.first_cell, "length": horizon.length}
    diary_ids = [resource.diary_id for resource in resources]
    weights = placement.Weights(rhythm=10, soonest=1)
    taken = medians(
        {
            "load pages as masks": lambda: busy_masks(diary_ids=diary_ids, **cells),
            "open masks from hours": lambda: open_masks(
                site=bench.site, resources=resources, horizon=horizon
            ),
            "grid of starts": lambda: start_grid_mask(horizon=horizon, minutes=15),
            "everything but loading": lambda: named(next(candidates([_unreckoned(search)]))),
            "– starts and their prices": lambda: _unreckoned(search).options(),
            "– placement of six sessions": lambda: placement.best_calendar(course, weights),
            "– naming": lambda: named(candidate),
        }
    )
    for part, milliseconds in taken.items():
        yield Row(f"– {part}", milliseconds, "ms")


def _unreckoned(search: SiteSearch) -> SiteSearch:
    """The same search with what the database said at hand, and nothing reckoned from it."""
    fresh = replace(search)
    fresh.diaries, fresh.shapes = search.diaries, search.shapes
    return fresh


def _asked() -> Asked:
    return Asked(last_on=TODAY + timedelta(days=DAYS), most=1)


def _days(bench: Bench) -> Iterator[Row]:
    jobs = {str(days): (lambda days=days: found(bench, days=days)) for days in (90, 180, 365)}
    taken = {float(days): time for days, time in medians(jobs).items()}
    yield Row("growth with the days, 90 to 365: exponent", exponent(taken), most=1.1, note=_each(taken, "d"))


def _resources() -> Iterator[Row]:
    benches = {13 * sets: a_bench(Measure(sets=sets)) for sets in (1, 3, 10)}
    jobs = {str(size): (lambda bench=bench: found(bench)) for size, bench in benches.items()}
    taken = {float(size): time for size, time in medians(jobs).items()}
    yield Row(
        "growth with the resources, 13 to 130: exponent", exponent(taken), most=1, note=_each(taken, "")
    )


def _occupancy() -> Iterator[Row]:
    benches = {full: a_bench(Measure(occupancy=full / 100)) for full in (50, 70, 90, 98)}
    jobs = {str(full): (lambda bench=bench: found(bench, most=5)) for full, bench in benches.items()}
    for full, milliseconds in medians(jobs).items():
        count = len(found(benches[int(full)], most=5).proposals)
        yield Row(f"five calendars at {full} % full", milliseconds, "ms", note=f"{count} found")


def _history() -> Row:
    """The same search before and after its clinic has a past, each to the kernel of its moment."""
    fresh = a_bench(Measure())
    before = medians({"kernel": bare_kernel(fresh), "search": lambda: found(fresh)})
    old = a_bench(Measure(old_claims=OLD_CLAIMS))
    after = medians({"kernel": bare_kernel(old), "search": lambda: found(old)})
    ratio = (after["search"] / after["kernel"]) / (before["search"] / before["kernel"])
    return Row(f"course search with {OLD_CLAIMS:,} old claims, to none", ratio, "×", most=1.25)


def _memory(bench: Bench) -> Row:
    found(bench, most=5)
    tracemalloc.start()
    found(bench, most=5)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    return Row("memory of a search above idle", peak / 1e6, "MB", most=20)


def _each(taken: dict[float, float], unit: str) -> str:
    return ", ".join(f"{size:.0f}{unit} {time:.1f} ms" for size, time in taken.items())
