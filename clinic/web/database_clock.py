"""The database's clock: the one that every worker shares."""

from datetime import UTC, datetime

from django.db import connection

_NOW = {
    "postgresql": "SELECT to_char(clock_timestamp() AT TIME ZONE 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS.US')",
    "sqlite": "SELECT strftime('%Y-%m-%dT%H:%M:%f', 'now')",
}


def database_now() -> datetime:
    """The instant by the database's clock, aware, in UTC. For edges only."""
    with connection.cursor() as cursor:
        cursor.execute(_NOW[connection.vendor])
        (written,) = cursor.fetchone()
    return datetime.fromisoformat(written).replace(tzinfo=UTC)
