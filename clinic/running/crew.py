"""The crew: the processes of the Procfile, kept running until the crew is told to stop.

honcho starts them, prints what they say and ends them together. Left to itself it also ends
all of them when one dies; here a process that dies is started again, so that a killed worker
or broker costs seconds, not the day.
"""

import contextlib
import os
import signal
import subprocess
import threading
import time
from collections.abc import Callable, Mapping
from multiprocessing.sharedctypes import RawValue
from typing import Any

from honcho.manager import Manager
from honcho.printer import Printer
from honcho.process import Process

GLANCE_SECONDS = 0.2
PATIENCE_SECONDS = 5
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


class Member(Process):
    """One line of the Procfile."""

    def __init__(self, *arguments: Any, stopping: Flag, **named: Any) -> None:
        super().__init__(*arguments, **named)
        self._stopping = stopping

    def run(self, events: Any = None, ignore_signals: bool = False) -> None:
        # A handler, not SIG_IGN: an ignored signal stays ignored in every child started from here.
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, lambda *_: None)
        self._events = events
        self._turn = threading.Lock()
        threading.Thread(target=self._end_with_the_crew, args=(os.getppid(),), daemon=True).start()
        self._send_message({"pid": os.getpid()}, type="start")

        short_lives, code = 0, 0
        while short_lives < SHORT_LIVES and not self._stopping.is_up():
            began = time.monotonic()
            code = self._live_once()
            fell_over = code >= 0 and time.monotonic() - began < SHORT_LIFE_SECONDS
            short_lives = short_lives + 1 if fell_over else 0
            if not self._stopping.is_up():
                next_step = "starting it again" if short_lives < SHORT_LIVES else "giving up"
                self._send_message(f"ended ({_cause(code)}); {next_step}".encode())
                time.sleep(1)
        self._send_message({"returncode": code}, type="stop")

    def _live_once(self) -> int:
        with self._turn:
            if self._stopping.is_up():
                return 0
            child = self._child = self._child_ctor(self.cmd, env=self.env, cwd=self.cwd)
        relay = threading.Thread(target=self._relay, args=(child,), daemon=True)
        relay.start()
        code: int = child.wait()
        # A process that was killed may leave children that hold its port and its output.
        _signal_group(child, signal.SIGKILL)
        relay.join()
        return code

    def _relay(self, child: "subprocess.Popen[bytes]") -> None:
        assert child.stdout is not None
        with child.stdout:
            for line in child.stdout:
                # Nor is any farewell.
                if NOT_WORTH_SAYING not in line and not self._stopping.is_up():
                    self._send_message(line)

    def _end_with_the_crew(self, crew: int) -> None:
        """Wait until the crew stops or its leader is gone, however it went; then end the process."""
        while not self._stopping.is_up() and os.getppid() == crew:
            time.sleep(GLANCE_SECONDS)
        self._stopping.hoist()
        with self._turn:
            child = self._child
        if child is None:
            return
        _signal_group(child, signal.SIGTERM)
        with contextlib.suppress(subprocess.TimeoutExpired):
            child.wait(PATIENCE_SECONDS)
            return
        _signal_group(child, signal.SIGKILL)


class Crew(Manager):
    """Runs the named commands; `on_start` is called in a thread once all of them have been started."""

    def __init__(self, commands: Mapping[str, str], *, on_start: Callable[[], None]) -> None:
        super().__init__(Printer(colour=True))
        self._stopping = Flag()
        self._on_start = on_start
        self._terminating = False
        self.asked_to_stop = False
        self._process_ctor = self._member
        for name, command in commands.items():
            self.add_process(name, command)

    def run(self) -> int:
        """Run until asked to stop (0) or until a process cannot be kept alive (its exit code)."""
        signal.signal(signal.SIGHUP, lambda *_: os.kill(os.getpid(), signal.SIGTERM))
        try:
            self.loop()
        finally:
            self._stopping.hoist()
        return 0 if self.asked_to_stop else (self.returncode or 1)

    def terminate(self) -> None:
        # Called from a signal handler, perhaps twice: each member ends its own process.
        if not self._terminating:
            self._terminating = True
            self.asked_to_stop = not self._any_stopped()
            self._stopping.hoist()

    def _member(self, *arguments: Any, **named: Any) -> Member:
        return Member(*arguments, stopping=self._stopping, **named)

    def _start(self) -> None:
        super()._start()
        # Only now: a process that already has threads should not fork.
        threading.Thread(target=self._on_start, daemon=True).start()

    def _system_print(self, data: str) -> None:
        """Process numbers and signals are of no use to whoever runs a clinic."""


def _cause(code: int) -> str:
    return signal.Signals(-code).name if code < 0 else f"exit code {code}"


def _signal_group(child: "subprocess.Popen[bytes]", number: signal.Signals) -> None:
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(child.pid, number)
