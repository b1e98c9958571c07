"""Emptying the test database between tests: the one delete that append-only tables let pass on SQLite.

PostgreSQL empties tables with TRUNCATE, which no row's trigger sees.
"""

from typing import Any

from django.db.backends.sqlite3.base import DatabaseWrapper

_REFUSING = "SELECT name, sql FROM sqlite_master WHERE type = 'trigger' AND sql LIKE '%BEFORE DELETE%'"
_sql_flush = DatabaseWrapper.ops_class.sql_flush


def empty_in_spite_of_triggers() -> None:
    """From now on Django's flush lifts the triggers that refuse a DELETE, and puts them back."""
    setattr(DatabaseWrapper.ops_class, "sql_flush", _flush)  # noqa: B010  (its type knows one flush alone)


def _flush(self: Any, style: Any, tables: Any, **options: Any) -> list[str]:
    with self.connection.cursor() as cursor:
        triggers = cursor.execute(_REFUSING).fetchall()
    lifted = [f'DROP TRIGGER "{name}"' for name, _ in triggers]
    return [*lifted, *_sql_flush(self, style, tables, **options), *(sql for _, sql in triggers)]
