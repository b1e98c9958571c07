"""Living the past: acts in the order of their instants, `now` moving from one to the next."""

from collections.abc import Callable
from datetime import datetime
from heapq import heappop, heappush
from itertools import count

from scheduling.waitlist.offers import offer_free_times

Act = Callable[[datetime], object]


class Life:
    """What is going to happen. An act is told when it happens, and may bring about later ones."""

    def __init__(self) -> None:
        self._ahead: list[tuple[datetime, int, Act]] = []
        self._order = count()

    def expect(self, act: Act, *, at: datetime) -> None:
        # Of acts at one instant, the one expected first happens first.
        heappush(self._ahead, (at, next(self._order), act))

    def live(self, *, until: datetime) -> None:
        """Let everything happen that is expected up to that instant, itself included."""
        while self._ahead and self._ahead[0][0] <= until:
            at, _, act = heappop(self._ahead)
            act(at)
            # The tick that follows an act: weeks of freed time are not to be offered at once.
            offer_free_times(now=at)
