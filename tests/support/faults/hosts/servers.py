"""Web servers behind a proxy, each of which can be started anew, by this code or by another release."""

import signal
import subprocess
import time
from collections.abc import Mapping
from contextlib import ExitStack
from datetime import datetime
from pathlib import Path

from django.conf import settings

from clinic.running.ports import LOOPBACK, free_port
from tests.support.running.procfile import environment, running
from tests.support.running.proxy import Backend
from tests.support.running.stack import ROOT, wait_for

DRAIN_SECONDS, START_SECONDS = 2, 90


class Servers:
    """So many web servers over the database that the connection leads to, by the clock `at`.

    `more` are further variables of their environment.
    """

    def __init__(
        self, folder: Path, *, count: int = 1, at: datetime, more: Mapping[str, str] | None = None
    ) -> None:
        self.backends = [Backend(free_port()) for _ in range(count)]
        self._started: dict[int, tuple[ExitStack, subprocess.Popen[bytes]]] = {}
        self._folder = folder
        self.env = environment(
            folder,
            at=at,
            DRAIN_SECONDS=str(DRAIN_SECONDS),
            KEY_REQUESTS_A_MINUTE="1000000",
            SECRET_KEY=settings.SECRET_KEY,
            **(more or {}),
        )
        (folder / "static").mkdir(exist_ok=True)

    @property
    def address(self) -> str:
        """Of the first."""
        return f"http://{LOOPBACK}:{self.backends[0].port}"

    @property
    def masters(self) -> list[subprocess.Popen[bytes]]:
        return [one for _, one in self._started.values()]

    def start(self, backend: Backend, *, root: Path = ROOT) -> None:
        stack, env = ExitStack(), self.env | {"PORT": str(backend.port)}
        log = self._folder / f"log-{backend.port}"
        process = stack.enter_context(running("web", env=env, log=log, root=root))
        self._started[backend.port] = (stack, process)

    def start_all(self) -> None:
        """Returns when they are ready."""
        for backend in self.backends:
            self.start(backend)
        self.wait_for(*self.backends)

    def wait_for(self, *backends: Backend) -> None:
        def are_ready() -> bool:
            for backend in backends:
                backend.ask_if_ready()
            return all(backend.is_ready for backend in backends)

        wait_for(are_ready, what="it to be ready", seconds=START_SECONDS)

    def start_anew(self, backend: Backend, *, root: Path = ROOT) -> None:
        """As an operator does: it drains, ends, and the next takes its place."""
        stack, process = self._started[backend.port]
        began = time.monotonic()
        process.send_signal(signal.SIGTERM)
        wait_for(lambda: not backend.is_ready, what="it to say that it is not ready", seconds=START_SECONDS)
        process.wait(START_SECONDS)
        assert time.monotonic() - began >= DRAIN_SECONDS
        stack.close()
        self.start(backend, root=root)
        wait_for(lambda: backend.is_ready, what="it to be ready", seconds=START_SECONDS)

    def __enter__(self) -> "Servers":
        return self

    def __exit__(self, *_: object) -> None:
        for stack, _process in self._started.values():
            stack.close()
