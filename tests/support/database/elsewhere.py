"""Another database than that of the test, for as long as something lasts."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import environ
from django.db import connection


@contextmanager
def led_to(url: str) -> Iterator[None]:
    """What asks the database asks the one that DATABASE_URL would name so, of the same engine."""
    own = dict(connection.settings_dict)
    asked: dict[str, Any] = environ.Env.db_url_config(url)
    _lead(asked)
    try:
        yield
    finally:
        _lead(own)


def _lead(settings: dict[str, Any]) -> None:
    # Threads that come later have connections by the same settings.
    connection.close()
    for name in ("NAME", "USER", "PASSWORD", "HOST", "PORT"):
        connection.settings_dict[name] = settings.get(name, "")


def copied_to(path: Path) -> str:
    """The SQLite file of this test as it stands, at that path; what DATABASE_URL would say of it."""
    connection.close()
    with (
        closing(sqlite3.connect(connection.settings_dict["NAME"])) as source,
        closing(sqlite3.connect(path)) as target,
    ):
        source.backup(target)
        target.execute("PRAGMA journal_mode=WAL")
    return f"sqlite:///{path}"
