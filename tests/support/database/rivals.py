"""Those who act at the same moment: each in a thread with a connection of its own."""

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import TypeVar

from django.db import connection

from clinic.errors import ClinicError

Act = Callable[[], object]
T = TypeVar("T")


def at_once(acts: Sequence[Callable[[], T]], *, most: int | None = None) -> list[T]:
    """What each act answers; none begins before all are there, or `most` of them, who take turns then."""
    threads = min(len(acts), most or len(acts))
    start = Barrier(threads)

    def run(act: Callable[[], T]) -> T:
        try:
            return act()
        finally:
            connection.close()

    with ThreadPoolExecutor(threads, initializer=start.wait) as pool:
        return list(pool.map(run, acts))


def outcomes(acts: Sequence[Act]) -> list[str]:
    """What became of each act: “done”, or the code of the refusal."""

    def outcome(act: Act) -> str:
        try:
            act()
        except ClinicError as refusal:
            return refusal.code
        return "done"

    return at_once([lambda act=act: outcome(act) for act in acts])  # type: ignore[misc]  # bound now
