"""Turns: whoever came first is served first."""

from collections import deque
from threading import Event, Lock


class Turns:
    """One at a time, in the order in which they came. Between the threads of one process."""

    def __init__(self) -> None:
        self._mutex = Lock()
        self._waiting: deque[Event] = deque()
        self._is_taken = False

    def take(self, *, within_seconds: float) -> bool:
        """Wait for one's turn; whether it came in time."""
        with self._mutex:
            if not self._is_taken:
                self._is_taken = True
                return True
            mine = Event()
            self._waiting.append(mine)
        if mine.wait(within_seconds):
            return True
        with self._mutex:
            if mine.is_set():
                return True
            self._waiting.remove(mine)
        return False

    def give_up(self) -> None:
        """Whose turn it is hands it to the next."""
        with self._mutex:
            if self._waiting:
                self._waiting.popleft().set()
            else:
                self._is_taken = False
