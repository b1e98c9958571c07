"""Living the past: acts in the order of their instants, `now` moving from one to the next."""

from collections.abc import Callable
from datetime import datetime
from heapq import heappop, heappush
from itertools import count

from django.db import connection

Act = Callable[[datetime], object]


class Life:
    """What is going to happen. An act is told when it happens, and may bring about later ones."""

    def __init__(self) -> None:
        self._ahead: list[tuple[datetime, int, Act]] = []
        self._order = count()
        # What somebody else waits with for the commit is none of the demo's.
        self._of_others = len(connection.run_on_commit)

    def expect(self, act: Act, *, at: datetime) -> None:
        # Of acts at one instant, the one expected first happens first.
        heappush(self._ahead, (at, next(self._order), act))

    def live(self, *, until: datetime) -> None:
        """Let everything happen that is expected up to that instant, itself included."""
        while self._ahead and self._ahead[0][0] <= until:
            at, _, act = heappop(self._ahead)
            act(at)
            self._do_what_waits()

    def _do_what_waits(self) -> None:
        """What an act leaves for after its commit comes after it here as well.

        The demo is one transaction: at its end, weeks of freed time would be offered at once.
        """
        while len(connection.run_on_commit) > self._of_others:
            waiting = connection.run_on_commit.pop(self._of_others)
            waiting[1]()
