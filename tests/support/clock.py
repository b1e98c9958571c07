"""The clock stands still: the machine's, which pages read, and the database's, by which holds run out."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from unittest import mock

import time_machine
from django.db import connection

from clinic.web import database_clock


@contextmanager
def clocks_show(now: datetime) -> Iterator[None]:
    told = now.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%f")
    the_database = {connection.vendor: f"SELECT '{told}'"}
    with time_machine.travel(now, tick=False), mock.patch.dict(database_clock._NOW, the_database):
        yield
