"""Reading the whole database as of one moment."""

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import connection, transaction


@contextmanager
def at_one_moment() -> Iterator[None]:
    """See all tables as of one moment: what is committed between two reads is no flaw."""
    # Within a transaction its level is chosen already.
    may_choose = connection.vendor == "postgresql" and not connection.in_atomic_block
    with transaction.atomic():
        if may_choose:
            with connection.cursor() as cursor:
                cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
        yield
