"""The rows of a booking by the bare driver, psycopg or sqlite3: what the service is compared with.

The same rows under the same guarantee: one transaction; patient, plan, hours, sessions and pages locked in
the same order; the plan's version and the pages looked at under the lock; changes numbered last under the
counter. No rule is asked, nothing is reckoned: every value is at hand.
"""

import sqlite3
from collections.abc import Iterable, Sequence
from typing import Any

import psycopg
from django.db import connection

from benchmarks.rehearsal import Rows, Written
from clinic.models import ChangeCounter, Patient, SiteHours
from clinic.time.cells import BYTES_A_DAY, EMPTY_DAY
from scheduling.diaries.bitmaps import from_pages
from scheduling.models import Page
from treatments.models import Plan

_LOCKED = " FOR NO KEY UPDATE"


class RawDiary:
    """A connection of its own, as the project's settings make one."""

    def __init__(self) -> None:
        self._is_sqlite = connection.vendor == "sqlite"
        self._mark = "?" if self._is_sqlite else "%s"
        self._lock = "" if self._is_sqlite else _LOCKED
        self._connection: Any = _sqlite() if self._is_sqlite else _postgresql()
        self._cursor: Any = self._connection.cursor()

    def close(self) -> None:
        self._connection.close()

    def book(self, written: Written) -> None:
        """All of it or nothing. Raises RuntimeError if the plan changed or a page is busy."""
        self._run("BEGIN IMMEDIATE" if self._is_sqlite else "BEGIN")
        try:
            self._lock_course(written)
            self._take_pages(written)
            for rows in written.new:
                self._insert(rows)
            self._rewrite(written.sessions)
            self._run(f"UPDATE {_of(Plan)} SET version = version + 1 WHERE id = %s", [written.plan_id])
            self._record(written)
        except BaseException:
            self._run("ROLLBACK")
            raise
        self._run("COMMIT")

    def _lock_course(self, written: Written) -> None:
        self._run(f"SELECT id FROM {_of(Patient)} WHERE id = %s{self._lock}", [written.patient_id])
        asked = f"SELECT version FROM {_of(Plan)} WHERE id = %s{self._lock}"
        self._run(asked, [written.plan_id])
        if self._cursor.fetchone()[0] != written.plan_version:
            raise RuntimeError("The plan has changed.")
        if not self._is_sqlite:
            marks = self._marks(written.site_ids)
            hours = f"SELECT id FROM {_of(SiteHours)} WHERE site_id IN {marks} ORDER BY site_id FOR SHARE"
            self._run(hours, written.site_ids)
        keys = [row[-1] for row in written.sessions.values]
        locked = f"SELECT * FROM {written.sessions.table} WHERE id IN {self._marks(keys)} ORDER BY id"
        self._run(locked + self._lock, keys)
        self._cursor.fetchall()

    def _take_pages(self, written: Written) -> None:
        keys = sorted(written.pages)
        new = tuple((written.clinic_id, diary, day, EMPTY_DAY) for diary, day in keys)
        columns = ("clinic_id", "diary_id", "day", "busy")
        self._insert(Rows(_of(Page), columns, new), " ON CONFLICT DO NOTHING")
        asked = f"SELECT id, diary_id, day, busy {from_pages(len(keys))} ORDER BY diary_id, day"
        asked += f"{self._lock} OF {_of(Page)}" if self._lock else ""
        self._run(asked, [part for key in keys for part in key])
        rewritten = []
        for page_id, diary, day, busy in self._cursor.fetchall():
            cells, taken = written.pages[diary, day], int.from_bytes(busy, "little")
            if cells & taken:
                raise RuntimeError("That time is taken.")
            rewritten.append(((cells | taken).to_bytes(BYTES_A_DAY, "little"), page_id))
        self._rewrite(Rows(_of(Page), ("busy", "id"), tuple(rewritten)))

    def _record(self, written: Written) -> None:
        counter = f"UPDATE {_of(ChangeCounter)} SET last_number = last_number + %s "
        counter += "WHERE clinic_id = %s RETURNING last_number"
        count = len(written.changes.values)
        self._run(counter, [count, written.clinic_id])
        first = self._cursor.fetchone()[0] - count + 1
        at = written.changes.columns.index("number")
        numbered = tuple(
            (*row[:at], number, *row[at + 1 :]) for number, row in enumerate(written.changes.values, first)
        )
        self._insert(Rows(written.changes.table, written.changes.columns, numbered))

    def _insert(self, rows: Rows, on_conflict: str = "") -> None:
        row = f"({', '.join(['%s'] * len(rows.columns))})"
        names = ", ".join(f'"{name}"' for name in rows.columns)
        said = f"INSERT INTO {rows.table} ({names}) VALUES {', '.join([row] * len(rows.values))}"
        self._run(said + on_conflict, [value for one in rows.values for value in one])

    def _rewrite(self, rows: Rows) -> None:
        """Rows whose key comes last; psycopg sends them all before it waits."""
        columns = ", ".join(f'"{name}" = {self._mark}' for name in rows.columns[:-1])
        self._cursor.executemany(
            f"UPDATE {rows.table} SET {columns} WHERE id = {self._mark}",  # nosec # our own tables
            rows.values,
        )

    def _run(self, sql: str, params: Sequence[Any] = ()) -> None:
        self._cursor.execute(sql.replace("%s", self._mark), params)

    @staticmethod
    def _marks(values: Iterable[Any]) -> str:
        return f"({', '.join('%s' for _ in values)})"


def _of(model: Any) -> str:
    return str(connection.ops.quote_name(model._meta.db_table))


def _sqlite() -> sqlite3.Connection:
    settings = connection.settings_dict
    name = str(settings["NAME"])
    found = sqlite3.connect(
        name, timeout=settings["OPTIONS"]["timeout"], isolation_level=None, uri=name.startswith("file:")
    )
    found.executescript(settings["OPTIONS"]["init_command"])
    # As Django opens every connection.
    found.execute("PRAGMA foreign_keys = ON")
    return found


def _postgresql() -> psycopg.Connection:
    parts = {"dbname": "NAME", "user": "USER", "password": "PASSWORD", "host": "HOST", "port": "PORT"}
    named = {ours: connection.settings_dict[theirs] for ours, theirs in parts.items()}
    return psycopg.connect(**{name: value for name, value in named.items() if value}, autocommit=True)
