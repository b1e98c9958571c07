"""Many who act at the same moment, and what is said of an experiment.

`make deep` runs the experiments small; `make faults` runs them as large as they are meant.
"""

import os
import time
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from clinic.web.limits import tally
from scheduling.diaries.integrity import flaws
from tests.support.cast import NOW
from tests.support.clock import clocks_show
from tests.support.database.rivals import at_once
from tests.support.rest import Answer, RestClient

Ask = Callable[[], Answer]

IS_FULL = os.environ.get("FAULTS") == "full"
# As many as serve at once when the service is started with its Procfile, here in one process, which is
# harder: they share one interpreter. Whoever comes next waits for one of them.
THREADS = 8


def sized(*, full: int, short: int) -> int:
    return full if IS_FULL else short


@dataclass
class Rush:
    """What became of all who asked: statuses, how long each was served, and what else is to be told of it."""

    statuses: Counter[int] = field(default_factory=Counter)
    seconds: list[float] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    def add(self, asks: Sequence[Ask]) -> list[Answer]:
        """Let all ask at once; their answers."""
        ask_anew()

        def timed(ask: Ask) -> tuple[Answer, float]:
            began = time.perf_counter()
            return ask(), time.perf_counter() - began

        # The clocks stand still for all of them: they are things of the process, not of a thread.
        with clocks_show(NOW):
            done = at_once([partial(timed, ask) for ask in asks], most=THREADS)
        self.statuses.update(answer.status for answer, _ in done)
        self.seconds += [taken for _, taken in done]
        return [answer for answer, _ in done]

    @property
    def p99(self) -> float:
        ordered = sorted(self.seconds)
        return ordered[min(len(ordered) - 1, round(0.99 * len(ordered)))]

    def is_quick(self, *, p99: float, slowest: float) -> bool:
        """In full alone: what is small runs beside other tests, and no test is timed."""
        return not IS_FULL or (self.p99 < p99 and max(self.seconds) < slowest)

    def figures(self) -> str:
        said = ", ".join(f"{count} × {status}" for status, count in sorted(self.statuses.items()))
        served = f"p99 {self.p99:.2f} s, slowest {max(self.seconds):.2f} s" if self.seconds else ""
        return "; ".join(filter(None, [*self.notes, said, served]))


def posting(rest: RestClient, path: str, said: dict[str, Any]) -> Ask:
    """A client of its own that posts this when it is asked to, under the clock of the rush."""
    return lambda: RestClient(secret=rest.secret, now=None).post(path, said)


def ask_anew() -> None:
    """The clock stands still: without this all rounds would share one minute of a key's requests."""
    tally.forget()


def assert_sound() -> None:
    """Nothing overlaps, and pages = claims."""
    assert not list(flaws())
