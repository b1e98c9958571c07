"""Parts that fail on purpose."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import NoReturn

from django.db import connection


@contextmanager
def a_database_that_raises(trouble: Exception) -> Iterator[None]:
    """Every query fails, as it does when the database is gone."""

    def fail(*_: object) -> NoReturn:
        # Without the places where it was raised before.
        raise trouble.with_traceback(None)

    with connection.execute_wrapper(fail):
        yield
