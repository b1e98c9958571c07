"""Acts that met another one in the database: begun anew after a moment, before anybody is told.

Locks are taken in one order, so this is for what no order prevents: a lock that others kept too long, a
deadlock with something outside the service, SQLite's busy handler, which is not fair.
"""

import time
from collections.abc import Callable
from secrets import SystemRandom
from typing import TypeVar

from django.db import OperationalError, connection

TRIES = 3
_CLASHES = {"40P01", "40001", "55P03"}  # deadlock, serialization failure, lock not available
_LONGEST_PAUSE = 0.2
_chance = SystemRandom()

Answer = TypeVar("Answer")


def retried(act: Callable[[], Answer]) -> Answer:
    """What the act answers; it must do nothing but what a transaction takes back.

    Raises OperationalError when the last try clashed too, and at once for anything that is no clash, or
    inside a transaction that others began: it is broken by then.
    """
    for tried in range(1, TRIES):
        try:
            return act()
        except OperationalError as error:
            if connection.in_atomic_block or not _is_clash(error):
                raise
            time.sleep(_chance.uniform(0, _LONGEST_PAUSE * tried))
    return act()


def _is_clash(error: OperationalError) -> bool:
    return getattr(error.__cause__, "sqlstate", None) in _CLASHES or "database is locked" in str(error)
