"""Bitmaps of claimed time, as every search asks for them, and time that holds would give way with.

In SQL: for reads so short Django's ORM takes longer to word the question than the database to answer it.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from django.db import connection
from django.db.models import Model

from clinic.time.cells import BYTES_A_DAY, CELLS_A_DAY, day_of, ones
from scheduling.models import Claim, Hold, Page, Session


def busy_masks(*, diary_ids: Iterable[int], first_cell: int, length: int) -> dict[int, int]:
    """Diary id → its claims as a mask from `first_cell`, read from pages. One query."""
    first_day, last_day = day_of(first_cell), day_of(first_cell + length - 1)
    # Fill one byte string per diary: joining beats shifting a big integer day by day.
    size = (last_day - first_day + 1) * BYTES_A_DAY
    filled: dict[int, bytearray] = {}
    for diary_id, day, busy in _pages_between(sorted(set(diary_ids)), first_day, last_day):
        if diary_id not in filled:
            filled[diary_id] = bytearray(size)
        at = (day - first_day) * BYTES_A_DAY
        filled[diary_id][at : at + BYTES_A_DAY] = busy
    skew = first_cell - first_day * CELLS_A_DAY
    return {
        diary_id: int.from_bytes(whole, "little") >> skew & ones(length) for diary_id, whole in filled.items()
    }


def busy_pages(*, pages: Iterable[tuple[int, int]]) -> dict[tuple[int, int], int]:
    """(diary, day) → its claims as a bitmap, of these pages alone. One query."""
    wanted = sorted(set(pages))
    if not wanted:
        return {}
    asked = f"SELECT diary_id, day, busy {from_pages(len(wanted))}"  # nosec # our own table
    rows = _rows(asked, [part for key in wanted for part in key])
    return {(diary_id, day): int.from_bytes(busy, "little") for diary_id, day, busy in rows}


def from_pages(number: int) -> str:
    """The FROM and WHERE of so many pages; its parameters are a diary and a day for each."""
    # Joined in this order: SQLite goes through a whole table for pairs IN a list, and so slows down with
    # every year that a clinic has been there.
    wanted = ", ".join(["(%s, %s)"] * number)
    table = _table(Page)
    return (
        f"FROM (VALUES {wanted}) AS wanted CROSS JOIN {table} "
        f'WHERE {table}."diary_id" = wanted.column1 AND {table}.day = wanted.column2'
    )


def claims_yielding(*, clinic_id: int, plan_id: int | None, now: datetime) -> Sequence[tuple[int, int, int]]:
    """(diary, start cell, end cell) of holds that ran out and nobody gave back yet, and of the plan's own.

    One query, however many holds there are.
    """
    claims = (
        f"SELECT c.diary_id, c.start_cell, c.end_cell FROM {_table(Hold)} h "  # nosec # our own tables
        f"JOIN {_table(Session)} s ON s.hold_id = h.id JOIN {_table(Claim)} c ON c.session_id = s.id "
        'WHERE h."clinic_id" = %s AND h.released_at IS NULL AND (h.expires_at <= %s OR h.plan_id = %s)'
    )
    at = connection.ops.adapt_datetimefield_value(now)
    # No plan has this number.
    return _rows(claims, [clinic_id, at, plan_id or 0])


def _pages_between(diary_ids: Sequence[int], first_day: int, last_day: int) -> Sequence[tuple[Any, ...]]:
    if not diary_ids:
        return ()
    marks = ", ".join(["%s"] * len(diary_ids))
    pages = f"SELECT diary_id, day, busy FROM {_table(Page)} "  # nosec # our own tables
    where = f'WHERE {_table(Page)}."diary_id" IN ({marks}) AND day BETWEEN %s AND %s'
    return _rows(pages + where, [*diary_ids, first_day, last_day])


def _rows(sql: str, params: Sequence[Any]) -> Sequence[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(sql, params)
        rows: Sequence[tuple[Any, ...]] = cursor.fetchall()
    return rows


def _table(model: type[Model]) -> str:
    return connection.ops.quote_name(model._meta.db_table)
