"""Lines of the Procfile as processes of their own, over the database of a test."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from django.db import connection
from honcho.environ import parse_procfile

from tests.support.clock import machines_clock
from tests.support.running.stack import NOT_INHERITED, ROOT

END_SECONDS = 30


def database_url() -> str:
    """What DATABASE_URL would say of the database that this test writes to."""
    said: dict[str, Any] = connection.settings_dict
    if connection.vendor == "sqlite":
        return f"sqlite:///{said['NAME']}"
    return f"postgres://{said['USER']}:{said['PASSWORD']}@{said['HOST']}:{said['PORT']}/{said['NAME']}"


def environment(folder: Path, *, at: datetime | None = None, **more: str) -> dict[str, str]:
    """Of a process that lives by the clock of this test, or by one that begins now and there."""
    inherited = {name: value for name, value in os.environ.items() if name not in NOT_INHERITED}
    ahead = ((at or datetime.now(UTC)) - machines_clock()).total_seconds()
    return inherited | {
        "DATA": str(folder),
        "DATABASE_URL": database_url(),
        "DATABASE_AHEAD": str(ahead),
        "DJANGO_SETTINGS_MODULE": "tests.support.running.skewed_settings",
        "PYTHON": sys.executable,
        **more,
    }


@contextmanager
def running(
    name: str, *, env: Mapping[str, str], log: Path, root: Path = ROOT
) -> Iterator["subprocess.Popen[bytes]"]:
    """That line of the Procfile, until this is over; `root` is where another release lies."""
    line = parse_procfile((root / "Procfile").read_text(encoding="utf-8")).processes[name]
    with log.open("ab") as said:
        process = subprocess.Popen(
            ["/bin/sh", "-c", line], cwd=root, env=dict(env), stdout=said, stderr=said, start_new_session=True
        )
    try:
        yield process
    finally:
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGTERM)
            try:
                process.wait(END_SECONDS)
            except subprocess.TimeoutExpired:
                os.killpg(process.pid, signal.SIGKILL)
                process.wait()
