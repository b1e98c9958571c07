"""Turns at the hours of sites: bookings share them, whoever writes hours, leave or closures is alone."""

from collections.abc import Iterable

from django.db import connection
from django.db.models import F, Func, TextField, Value

from clinic.models import SiteHours
from clinic.models.tenant import TenantQuerySet

# With the id of a site: which advisory lock is the turn to its hours.
_TURNS = 0x686F757273 << 24


def share_hours(*, site_ids: Iterable[int]) -> None:
    """Hold the hours of the sites as they are: writers of hours wait until commit, bookings do not.

    SQLite needs nothing: its transaction is the lock.
    """
    if connection.vendor != "postgresql":
        return
    table = connection.ops.quote_name(SiteHours._meta.db_table)
    turn = "pg_advisory_xact_lock_shared(%s + site_id)"
    asked = f"SELECT id, {turn} FROM {table} "  # nosec # our own table
    asked += f'WHERE {table}."site_id" = ANY(%s) ORDER BY site_id FOR SHARE'
    with connection.cursor() as cursor:
        cursor.execute(asked, [_TURNS, sorted(site_ids)])


def alone_in_turn(rows: TenantQuerySet[SiteHours]) -> TenantQuerySet[SiteHours]:
    """The same hours, to be locked by who wants to be alone with them: no booking that comes later is first.

    Whoever shares a row is not kept out by one who waits to have it alone: while bookings come and go that
    one would wait on. An advisory lock of PostgreSQL is given in the order in which it is asked for.
    """
    if connection.vendor != "postgresql":
        return rows
    turn = Func(Value(_TURNS) + F("site_id"), function="pg_advisory_xact_lock", output_field=TextField())
    return rows.annotate(turn=turn)
