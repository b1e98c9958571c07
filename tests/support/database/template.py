"""One migrated database, copied for each process that runs tests: to migrate takes seconds, to copy none."""

import fcntl
import hashlib
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from django.db import connection


@contextmanager
def one_by_one(what: Path) -> Iterator[None]:
    """Whoever comes second waits, and finds the work done."""
    with what.with_name(f"{what.name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


@contextmanager
def a_migrated_database(place: Path) -> Iterator[None]:
    """The connection leads to a database of this process, copied from the one that `place` knows of."""
    outside, own = connection.settings_dict["NAME"], _creation()._get_test_db_name()
    made = _mark(place)
    with one_by_one(made):
        if not made.exists():
            _migrate(_template(place))
            lead_to(outside)
            made.touch()
    if connection.vendor == "sqlite":
        shutil.copyfile(_template(place), own)
    else:
        say(f'DROP DATABASE IF EXISTS "{own}"', f'CREATE DATABASE "{own}" TEMPLATE "{_template(place)}"')
    lead_to(own)
    yield
    lead_to(outside)
    if connection.vendor != "sqlite":
        say(f'DROP DATABASE "{own}" WITH (FORCE)')


def _creation() -> Any:
    """Django's own, by which it makes test databases; its stubs leave most of it out."""
    return connection.creation


def _mark(place: Path) -> Path:
    """What says that it was made. Each step of a run may start a server of its own, which has no other's."""
    said = connection.settings_dict
    server = f"{connection.vendor} {said.get('HOST', '')} {said.get('PORT', '')}".strip()
    return place / f"migrated, {server}"


def migrated_file(place: Path) -> Path | None:
    """The SQLite database that `place` knows of, if one was made."""
    return _file(place) if connection.vendor == "sqlite" and _mark(place).exists() else None


def _file(place: Path) -> Path:
    return place / "migrated.sqlite3"


def _template(place: Path) -> str:
    """A file of this run, or a database that no other run on that server uses."""
    if connection.vendor == "sqlite":
        return str(_file(place))
    return f"migrated_{hashlib.sha256(bytes(place)).hexdigest()[:12]}"


def _migrate(template: str) -> None:
    asked = connection.settings_dict["TEST"]
    own, asked["NAME"] = asked["NAME"], template
    _creation().create_test_db(verbosity=0, autoclobber=True, serialize=False)
    asked["NAME"] = own


def lead_to(name: str) -> None:
    """Of whatever it led to nothing stays open: SQLite then writes its log into the file."""
    connection.close()
    connection.settings_dict["NAME"] = name


def say(*statements: str) -> None:
    with _creation()._nodb_cursor() as cursor:
        for statement in statements:
            cursor.execute(statement)
