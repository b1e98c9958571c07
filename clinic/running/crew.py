"""The crew: the processes of the Procfile, kept running until the crew is told to stop.

Each has a supervisor (`member.py`), which starts it again when it dies, so that a killed worker or broker
costs seconds, not the day. The leader looks after the supervisors, prints what they tell, and starts one
that was killed again. A lookout beside them greets when all is up, and sees what only a look tells.
"""

import multiprocessing
import os
import signal
import sys
import time
from collections.abc import Callable, Mapping
from multiprocessing import connection
from typing import Any

from honcho.colour import get_colours
from honcho.printer import Printer

from clinic.running.member import GLANCE_SECONDS, PATIENCE_SECONDS, Flag, Member, Shared, signal_group

# Longer than any supervisor takes to end what it started: whoever is there then stands still.
END_SECONDS = PATIENCE_SECONDS + 3
LOOK_SECONDS = 5
# Without threads of its own the leader may fork at any time.
_fork = multiprocessing.get_context("fork")


def _forked(work: Callable[..., None], *given: Any) -> Any:
    # Or what waits to be written is written by both.
    sys.stdout.flush()
    process = _fork.Process(target=work, args=given)
    process.start()
    return process


class Post:
    """Where a member's supervisor stands; another one takes it if that is killed."""

    def __init__(self, member: Member) -> None:
        self.member = member
        self.code: int | None = None

    def man(self) -> None:
        self.pipe, ours = _fork.Pipe(duplex=False)
        self.process = _forked(self.member.run, os.getpid(), ours)
        # Its end is then the supervisor's alone: when that dies, the pipe ends.
        ours.close()
        self.is_heard = True

    @property
    def is_over(self) -> bool:
        return not self.is_heard and not self.process.is_alive()

    def kill(self) -> None:
        if self.member.shared.pid:
            signal_group(self.member.shared.pid, signal.SIGKILL)
        self.process.kill()


class Crew:
    """Runs the named commands. The lookout's two calls are made in a process of its own:

    `on_start` once all of them have been started, then `look` again and again, with what it may do.
    """

    def __init__(
        self,
        commands: Mapping[str, str],
        *,
        on_start: Callable[[], None],
        look: Callable[[Mapping[str, Shared]], None] = lambda _: None,
    ) -> None:
        colours = get_colours()
        self._stopping, self._greeted = Flag(), Flag()
        self._printer = Printer(colour=True, width=max(map(len, commands)))
        self._posts = [
            Post(Member(name=name, command=command, colour=next(colours), stopping=self._stopping))
            for name, command in commands.items()
        ]
        self._on_start, self._look = on_start, look
        self.asked_to_stop = False

    def run(self) -> int:
        """Run until asked to stop (0) or until a process cannot be kept alive (its exit code)."""
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, self._stop)
        for post in self._posts:
            post.man()
        self._send_lookout()
        try:
            while not self._stopping.is_up():
                self._listen()
                self._look_after()
        finally:
            self._stopping.hoist()
            self._end()
        codes = [post.code for post in self._posts if post.code]
        return 0 if self.asked_to_stop else (codes or [1])[0]

    def _stop(self, *_: Any) -> None:
        # A signal handler, perhaps called twice: each supervisor ends its own process.
        self.asked_to_stop = self.asked_to_stop or not self._stopping.is_up()
        self._stopping.hoist()

    def _listen(self) -> None:
        heard = {post.pipe: post for post in self._posts if post.is_heard}
        for pipe in connection.wait([*heard], timeout=GLANCE_SECONDS):
            post = heard[pipe]  # type: ignore[index]  # they are the pipes that were given
            try:
                told = post.pipe.recv()
            except (EOFError, OSError):
                post.pipe.close()
                post.is_heard = False
                continue
            if told.type == "line":
                # Whoever closed the terminal reads no more, and waits for the end.
                if not self._stopping.is_up():
                    self._printer.write(told)
            else:
                post.code = told.data["returncode"]
        if not heard:
            time.sleep(GLANCE_SECONDS)

    def _look_after(self) -> None:
        for post in self._posts:
            if post.code is not None:
                # It cannot be kept alive; the others are of no use without it.
                self._stopping.hoist()
            elif not post.is_heard:
                # The pipe of a living supervisor ends in no other way.
                post.process.kill()
                post.process.join()
                post.man()
        if not self._lookout.is_alive():
            self._send_lookout()

    def _end(self) -> None:
        deadline = time.monotonic() + END_SECONDS
        while not all(post.is_over for post in self._posts) and time.monotonic() < deadline:
            self._listen()
        for post in self._posts:
            post.kill()
            post.process.join()
        self._lookout.kill()
        self._lookout.join()

    def _send_lookout(self) -> None:
        self._lookout = _forked(self._keep_lookout, os.getpid())

    def _keep_lookout(self, leader: int) -> None:
        # It ends with the crew, and in no hurry: Ctrl-C is told to all of a terminal.
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        signal.signal(signal.SIGHUP, signal.SIG_IGN)
        signal.signal(signal.SIGTERM, signal.SIG_DFL)
        if not self._greeted.is_up():
            self._on_start()
            self._greeted.hoist()
        members = {post.member.name: post.member.shared for post in self._posts}
        last_look = time.monotonic()
        while os.getppid() == leader and not self._stopping.is_up():
            if time.monotonic() - last_look >= LOOK_SECONDS:
                self._look(members)
                last_look = time.monotonic()
            time.sleep(GLANCE_SECONDS)
