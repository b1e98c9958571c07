"""A member of the crew: the supervisor of one line of the Procfile, which is started again when it dies.

The supervisor is a process of its own, and may be killed like any other: its leader sees that by the pipe
that ends, and by what they share it knows which process was left behind.
"""

import contextlib
import os
import signal
import subprocess
import threading
import time
from collections.abc import Callable
from datetime import datetime
from multiprocessing.connection import Connection
from multiprocessing.sharedctypes import RawValue
from queue import SimpleQueue
from typing import Any

from honcho.printer import Message
from honcho.process import Popen

GLANCE_SECONDS = 0.2
# For a process that was asked to end; a web server lets go of its requests meanwhile.
PATIENCE_SECONDS = 8
# Ending by itself this often, this soon, is a fault that another start will not mend.
SHORT_LIFE_SECONDS, SHORT_LIVES = 10, 3
# Said by the broker at every start of a machine whose kernel it would like tuned; nothing to do here.
NOT_WORTH_SAYING = b"Memory overcommit must be enabled"


class Flag:
    """Raised once, seen by every process of the crew.

    Bare shared memory: multiprocessing.Event waits for ever for a waiter that was killed.
    """

    def __init__(self) -> None:
        self._raised = RawValue("b", 0)

    def hoist(self) -> None:
        self._raised.value = 1

    def is_up(self) -> bool:
        return bool(self._raised.value)


class Shared:
    """What the leader and the supervisors of a member know together, whichever of them dies."""

    def __init__(self) -> None:
        # The process that runs and since when, by the clock that nobody sets; how often it was to begin anew.
        self._pid, self._born, self._wanted = RawValue("l", 0), RawValue("d", 0.0), RawValue("l", 0)

    @property
    def pid(self) -> int:
        return int(self._pid.value)

    def runs(self, pid: int) -> None:
        self._born.value, self._pid.value = time.monotonic(), pid

    @property
    def up_seconds(self) -> float:
        return time.monotonic() - self._born.value if self.pid else 0.0

    @property
    def wanted(self) -> int:
        return int(self._wanted.value)

    def start_again(self) -> None:
        self._wanted.value += 1


class Member:
    """One line of the Procfile. `run` is what its supervisor does, in a process of its own."""

    def __init__(self, *, name: str, command: str, colour: str, stopping: Flag) -> None:
        self.name, self.shared = name, Shared()
        self._command, self._colour, self._stopping = command, colour, stopping

    def run(self, leader: int, pipe: Connection) -> None:
        """Keep the process running until the crew stops, or it ends too often; tell all into the pipe."""
        # A handler, not SIG_IGN: an ignored signal stays ignored in every child started from here.
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, lambda *_: None)
        self._turn, self._child = threading.Lock(), None
        # A terminal that stands still must not hold up who is only relayed to it.
        self._told: SimpleQueue[Message | None] = SimpleQueue()
        telling = threading.Thread(target=self._tell_leader, args=(pipe,), daemon=True)
        telling.start()
        self._end_what_was_left()
        threading.Thread(target=self._glance, args=(leader,), daemon=True).start()
        code = self._live()
        self._tell({"returncode": code}, type="stop")
        self._told.put(None)
        telling.join(PATIENCE_SECONDS)

    def _live(self) -> int:
        short_lives, code = 0, 0
        while short_lives < SHORT_LIVES and not self._stopping.is_up():
            began = time.monotonic()
            code = self._live_once()
            fell_over = code >= 0 and time.monotonic() - began < SHORT_LIFE_SECONDS
            short_lives = short_lives + 1 if fell_over else 0
            if not self._stopping.is_up():
                next_step = "starting it again" if short_lives < SHORT_LIVES else "giving up"
                self._tell(f"ended ({_cause(code)}); {next_step}".encode())
                time.sleep(1)
        return code

    def _live_once(self) -> int:
        with self._turn:
            if self._stopping.is_up():
                return 0
            child = self._child = Popen(self._command, env=os.environ.copy())
            self.shared.runs(child.pid)
        relay = threading.Thread(target=self._relay, args=(child,), daemon=True)
        relay.start()
        code: int = child.wait()
        # A process that was killed may leave children that hold its port and its output.
        signal_group(child.pid, signal.SIGKILL)
        self.shared.runs(0)
        relay.join()
        return code

    def _end_what_was_left(self) -> None:
        """A supervisor before this one was killed: its process holds a port, or works without a watch."""
        if pid := self.shared.pid:
            self._tell(b"lost its supervisor; starting it again")
            end_group(pid, is_gone=lambda: not signal_one(pid, 0))
            self.shared.runs(0)

    def _relay(self, child: "subprocess.Popen[bytes]") -> None:
        assert child.stdout is not None
        with child.stdout:
            for line in child.stdout:
                # Nor is any farewell.
                if NOT_WORTH_SAYING not in line and not self._stopping.is_up():
                    self._tell(line)

    def _tell(self, told: Any, *, type: str = "line") -> None:  # noqa: A002  (honcho's word)
        self._told.put(
            Message(type=type, data=told, time=datetime.now(), name=self.name, colour=self._colour)  # noqa: DTZ005  (the printer shows the terminal's own time)
        )

    def _tell_leader(self, pipe: Connection) -> None:
        with contextlib.suppress(OSError):
            while (told := self._told.get()) is not None:
                pipe.send(told)

    def _glance(self, leader: int) -> None:
        """Until the crew stops or its leader is gone, however it went; then end the process."""
        wanted = self.shared.wanted
        while not self._stopping.is_up() and os.getppid() == leader:
            if self.shared.wanted != wanted:
                wanted = self.shared.wanted
                self._tell(b"has come to nothing for too long; ending it")
                self._end_child()
            time.sleep(GLANCE_SECONDS)
        self._stopping.hoist()
        self._end_child()

    def _end_child(self) -> None:
        with self._turn:
            child = self._child
        if child is not None and child.returncode is None:
            end_group(child.pid, is_gone=lambda: child.poll() is not None)


def end_group(pid: int, *, is_gone: Callable[[], bool], patience: float = PATIENCE_SECONDS) -> None:
    """Ask a process to end, which ends its children as it sees fit; kill them all when it does not."""
    deadline = time.monotonic() + patience
    is_there = signal_one(pid, signal.SIGTERM)
    while is_there and not is_gone() and time.monotonic() < deadline:
        time.sleep(GLANCE_SECONDS / 4)
    signal_group(pid, signal.SIGKILL)


def signal_one(pid: int, number: int) -> bool:
    """Whether there was such a process."""
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.kill(pid, number)
        return True
    return False


def signal_group(pid: int, number: int) -> bool:
    """Whether there was such a group."""
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(pid, number)
        return True
    return False


def _cause(code: int) -> str:
    return signal.Signals(-code).name if code < 0 else f"exit code {code}"
