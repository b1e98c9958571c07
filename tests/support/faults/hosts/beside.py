"""What goes on beside a test until it is over."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from threading import Event, Thread


@contextmanager
def beside(goes_on: Callable[[], None], *, over: Event) -> Iterator[None]:
    """In a thread of its own, which ends by itself once `over` is set."""
    thread = Thread(target=goes_on)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()
