"""Processes that are killed in the middle of their work, and those that come after them."""

import os
import re
import signal
from collections.abc import Callable
from functools import partial
from multiprocessing import get_context
from typing import Any

from django.db import connection, connections

# A process that neither ends nor dies in so long has come to no statement like that, and waits for something.
SECONDS = 60


def killed(act: Callable[[], object], *, at: str = "") -> None:
    """A process of its own acts, and is killed before its first statement like `at`, or else at its end."""
    ended = _ended(partial(_act_and_die, act, re.compile(at) if at else None))
    assert ended == -signal.SIGKILL, f"It came to no statement like “{at}”: {ended}"


def afresh(act: Callable[[], object]) -> None:
    """A new process acts, and ends well."""
    assert _ended(act) == 0


def _ended(act: Callable[[], object]) -> int | None:
    # It opens connections of its own.
    connections.close_all()
    process = get_context("fork").Process(target=act)
    process.start()
    process.join(SECONDS)
    ended = process.exitcode
    process.kill()
    return ended


def _act_and_die(act: Callable[[], object], at: re.Pattern[str] | None) -> None:
    def until(execute: Callable[..., Any], sql: str, *said: Any) -> Any:
        if at and at.search(sql):
            _die()
        return execute(sql, *said)

    with connection.execute_wrapper(until):
        act()
    if at is None:
        _die()


def _die() -> None:
    os.kill(os.getpid(), signal.SIGKILL)
