"""The clock, read where requests come in and handed down as `now`."""

from datetime import UTC, datetime


def now() -> datetime:
    return datetime.now(UTC)
