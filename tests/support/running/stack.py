"""The whole service, running as `make run` runs it, on a data folder, ports and a clock of its own."""

import email
import email.policy
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from email.message import EmailMessage
from pathlib import Path
from types import TracebackType
from typing import Any, Self, TypeVar

import psutil

from clinic.running.ports import free_port, serves_pages
from tests.support.clock import CLOCK, machines_clock
from tests.support.database.template import migrated_file, one_by_one

ROOT = Path(__file__).resolve().parents[3]
# The service's own, under the clock of its data folder.
SETTINGS = {"DJANGO_SETTINGS_MODULE": "tests.support.running.clocked_settings"}
# The demo clinic is made at the first start.
START_SECONDS = 300
STOP_SECONDS = 15
# Fewer than a newcomer finds: enough for full days, and sooner made.
PATIENTS = 120
# What a developer's shell may have set for another Coursebook.
NOT_INHERITED = {
    "DATA",
    "PORT",
    "DATABASE_URL",
    "REDIS_URL",
    "EMAIL_URL",
    "BASE_URL",
    "SECRET_KEY",
    "SECRET_KEY_FALLBACKS",
}
Found = TypeVar("Found")


class Stack:
    """Broker, mail sink, worker, beat and web over a demo clinic.

    with Stack() as stack:
        httpx.get(stack.base_url + "/healthz")

    `folder` keeps a data folder from one start to the next; without it there is a new one, removed at
    the end. `environment` adds variables. Messages that fall due are sent within about a second.
    """

    def __init__(self, *, folder: Path | None = None, environment: Mapping[str, str] | None = None) -> None:
        self._throwaway = folder is None
        self.folder = folder or Path(tempfile.mkdtemp(prefix="coursebook-stack-"))
        self.port = free_port()
        self.base_url = f"http://127.0.0.1:{self.port}"
        self.log = self.folder / "stack.log"
        self._environment = dict(environment or {})

    def __enter__(self) -> Self:
        self.folder.mkdir(parents=True, exist_ok=True)
        inherited = {name: value for name, value in os.environ.items() if name not in NOT_INHERITED}
        own = {
            "DATA": str(self.folder),
            "PORT": str(self.port),
            **SETTINGS,
            "MESSAGE_TICK_SECONDS": "1",
        }
        with self.log.open("ab") as said:
            self._process = subprocess.Popen(
                [sys.executable, "manage.py", "serve"],
                cwd=ROOT,
                env=inherited | own | self._environment,
                stdout=said,
                stderr=said,
                start_new_session=True,
            )
        try:
            wait_for(self._is_ready, what="the service to be ready", seconds=START_SECONDS)
        except BaseException as failure:
            failure.add_note(self.said())
            self.__exit__(None, None, None)
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, failure: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.stop()
        if self._throwaway:
            shutil.rmtree(self.folder, ignore_errors=True)

    @property
    def demo(self) -> dict[str, Any]:
        """What `demo.json` says: base_url, users by role, api_key, feed_url, mail_folder."""
        demo: dict[str, Any] = json.loads((self.folder / "demo.json").read_text(encoding="utf-8"))
        return demo

    @property
    def mail_folder(self) -> Path:
        return Path(self.demo["mail_folder"])

    def mails(self, *, to: str = "") -> list[EmailMessage]:
        """Every mail that arrived, oldest first; only those to one address if it is given."""
        # One that begins with a point is still being written.
        arrived = [
            email.message_from_bytes(path.read_bytes(), policy=email.policy.default)
            for path in sorted(self.mail_folder.glob("[!.]*.eml"))
        ]
        return [mail for mail in arrived if not to or to in str(mail["X-Envelope-To"])]

    def wait_for_mails(self, count: int = 1, *, to: str, seconds: float = 60) -> list[EmailMessage]:
        def enough() -> list[EmailMessage]:
            mails = self.mails(to=to)
            return mails if len(mails) >= count else []

        return wait_for(enough, what=f"{count} mail(s) to {to}", seconds=seconds)

    def told_by(self, code: str) -> str:
        """The last line that code prints with the service's own settings and secrets."""
        own = {"DATA": str(self.folder), **SETTINGS}
        said = subprocess.run(
            [sys.executable, "manage.py", "shell", "-v", "0", "-c", code],
            cwd=ROOT, env=os.environ | own, check=True, capture_output=True, text=True,
        )  # fmt: skip
        return said.stdout.strip().splitlines()[-1]

    def children(self) -> list[psutil.Process]:
        """Every process the service started, at any depth."""
        children: list[psutil.Process] = psutil.Process(self._process.pid).children(recursive=True)
        return children

    def process(self, words: str) -> psutil.Process:
        """The outermost child whose command line contains the words, say "clinic worker"."""
        return next(child for child in self.children() if words in " ".join(child.cmdline()))

    def stop(self) -> int:
        """Ask the service to stop and wait until every child is gone; returns its exit code."""
        if self._process.poll() is None:
            left = self.children()
            self._process.send_signal(signal.SIGTERM)
            self._process.wait(STOP_SECONDS)
            _, alive = psutil.wait_procs(left, timeout=STOP_SECONDS)
            assert not alive, f"still running after the stop: {alive}"
        return self._process.returncode

    def said(self) -> str:
        """The last lines the service printed."""
        return "\n".join(self.log.read_text(encoding="utf-8", errors="replace").splitlines()[-40:])

    def _is_ready(self) -> bool:
        if self._process.poll() is not None:
            raise RuntimeError(f"the service ended with exit code {self._process.returncode}")
        return "Coursebook is ready" in self.said() and serves_pages(self.port)


def clock_of(folder: Path) -> datetime:
    """What the clock of a service on that data folder shows now."""
    return machines_clock() + timedelta(seconds=float((folder / "clock_ahead").read_text("ascii")))


def the_demo_clinic(made_once: Path, *, now: datetime) -> Path:
    """The data folder of the one that a run shares, made if it is not there yet."""
    folder = made_once / f"demo clinic, {CLOCK}"
    with one_by_one(folder):
        if not folder.exists():
            make_demo_clinic(folder, now=now, migrated=migrated_file(made_once))
    return folder


def make_demo_clinic(folder: Path, *, now: datetime, migrated: Path | None = None) -> None:
    """What `make run` does before it starts anything, for fewer patients and as if it were `now`.

    None of it, or all. A file that is migrated already is copied: to migrate takes ten seconds.
    """
    half = folder.with_name(f"{folder.name}, half made")
    shutil.rmtree(half, ignore_errors=True)
    half.mkdir(parents=True)
    if migrated is not None:
        shutil.copyfile(migrated, half / "coursebook.sqlite3")
    ahead = (now - machines_clock()).total_seconds()
    (half / "clock_ahead").write_text(str(ahead), "ascii")
    inherited = {name: value for name, value in os.environ.items() if name not in NOT_INHERITED}
    own = {"DATA": str(half), **SETTINGS}
    for command in (["migrate", "--verbosity=0"], ["demo", f"--patients={PATIENTS}"]):
        subprocess.run(
            [sys.executable, "manage.py", *command],
            cwd=ROOT,
            env=inherited | own,
            stdout=subprocess.DEVNULL,
            check=True,
            timeout=START_SECONDS,
        )
    half.rename(folder)


def wait_for(look: Callable[[], Found], *, what: str, seconds: float) -> Found:
    """Look until something is found. Raises TimeoutError with a sentence."""
    deadline = time.monotonic() + seconds
    while not (found := look()):
        if time.monotonic() > deadline:
            raise TimeoutError(f"Waited {seconds:.0f} seconds for {what}.")
        time.sleep(0.1)
    return found
