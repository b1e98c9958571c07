"""Measures on the database that DATABASE_URL names, or on a SQLite of its own: `make bench`."""

import os
import sys
import tempfile
from collections.abc import Callable, Iterable, Sequence
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING

import django
from django.core.management import call_command

if TYPE_CHECKING:
    from benchmarks.table import Row

PARTS = ("search", "rest", "booking", "ripple", "live", "rivals", "growth", "finding")


def main(wanted: Sequence[str]) -> None:
    engine = "PostgreSQL" if "DATABASE_URL" in os.environ else "SQLite"
    with tempfile.TemporaryDirectory(prefix="coursebook-bench-") as folder:
        os.environ |= {"DATA": folder, "DJANGO_SETTINGS_MODULE": "benchmarks.settings"}
        django.setup()
        call_command("migrate", verbosity=0)
        call_command("createcachetable", verbosity=0)
        for part in wanted or PARTS:
            _measured(part, engine)


def rows_of(part: str) -> Callable[[], Iterable["Row"]]:
    """The job that measures this part."""
    rows: Callable[[], Iterable[Row]] = import_module(f"benchmarks.jobs.{part}").rows
    return rows


def _measured(part: str, engine: str) -> None:
    from benchmarks.table import kept, printed

    print(f"\n{part} on {engine}", flush=True)
    measured: list[Row] = []
    for row in rows_of(part)():
        measured.append(row)
        print(*printed([row]), flush=True)
    kept(measured, part=f"{part} on {engine}")


if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
    main(sys.argv[1:])
