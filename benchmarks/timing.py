"""Times on a noisy machine: jobs take turns, each counts its CPU seconds, and the median is told."""

import gc
import math
import statistics
import time
from collections.abc import Callable, Mapping

Job = Callable[[], object]
TURNS = 9


def medians(jobs: Mapping[str, Job], *, turns: int = TURNS) -> dict[str, float]:
    """CPU milliseconds of each job. They take turns; the first round only warms up.

    A job far below the clock's grain is run often enough to be seen.
    """
    often = {name: _often_enough(job) for name, job in jobs.items()}
    taken: dict[str, list[float]] = {name: [] for name in jobs}
    for _ in range(turns):
        for name, job in jobs.items():
            gc.collect()
            began = time.process_time()
            for _ in range(often[name]):
                job()
            taken[name].append((time.process_time() - began) / often[name] * 1000)
    return {name: statistics.median(times) for name, times in taken.items()}


def exponent(figures: Mapping[float, float]) -> float:
    """The slope of log(time) over log(size): 1 is linear growth."""
    sizes, times = [math.log(size) for size in figures], [math.log(time) for time in figures.values()]
    return statistics.linear_regression(sizes, times).slope


def _often_enough(job: Job) -> int:
    began = time.process_time()
    job()
    return max(1, min(100, round(0.02 / max(time.process_time() - began, 0.0002))))
