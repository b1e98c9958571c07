"""Emptying the test database between tests: the one emptying that append-only tables let pass."""

from typing import Any

from django.db.backends.base.operations import BaseDatabaseOperations
from django.db.backends.postgresql.base import DatabaseWrapper as OnPostgreSQL
from django.db.backends.sqlite3.base import DatabaseWrapper as OnSQLite

_REFUSING = {
    "sqlite": (
        "SELECT name, sql, '' FROM sqlite_master WHERE type = 'trigger' AND sql LIKE '%BEFORE DELETE%'",
        'DROP TRIGGER "{0}"',
        "{1}",
    ),
    # 32: TRUNCATE.
    "postgresql": (
        "SELECT tgname, '', tgrelid::regclass::text FROM pg_trigger WHERE tgtype & 32 > 0",
        "ALTER TABLE {2} DISABLE TRIGGER {0}",
        "ALTER TABLE {2} ENABLE TRIGGER {0}",
    ),
}


def empty_in_spite_of_triggers() -> None:
    """From now on Django's flush lifts the triggers that refuse it, and puts them back."""
    for operations in (OnSQLite.ops_class, OnPostgreSQL.ops_class):
        setattr(operations, "sql_flush", _lifting(operations.sql_flush))  # noqa: B010  (its type knows one flush alone)


def _lifting(sql_flush: Any) -> Any:
    def flush(self: BaseDatabaseOperations, style: Any, tables: Any, **options: Any) -> list[str]:
        asks, lifts, puts_back = _REFUSING[self.connection.vendor]
        with self.connection.cursor() as cursor:
            cursor.execute(asks)
            triggers = cursor.fetchall()
        return [
            *(lifts.format(*one) for one in triggers),
            *sql_flush(self, style, tables, **options),
            *(puts_back.format(*one) for one in triggers),
        ]

    return flush
