"""The crew without Coursebook: processes die, hang, or lose who looks after them."""

import os
import signal
import subprocess
import sys
import textwrap
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import psutil
import pytest

from tests.support.running.stack import ROOT, wait_for

pytestmark = pytest.mark.slow

END_SECONDS = 15
CREW = """
import sys, time
from clinic.running import crew
crew.LOOK_SECONDS = 0.2
def look(members):
    if wanted():
        members["busy"].start_again()
def wanted():
    from pathlib import Path
    return Path(sys.argv[1]).exists() and not Path(sys.argv[1]).unlink()
def greet():
    print("greeted", flush=True)
code = crew.Crew({"busy": sys.argv[2], "other": "exec sleep 4711"}, on_start=greet, look=look).run()
print("over", flush=True)
sys.exit(code)
"""


def _command(process: psutil.Process) -> str:
    """Empty for one that has ended and was not buried yet."""
    try:
        return " ".join(process.cmdline())
    except psutil.NoSuchProcess:
        return ""


@dataclass
class Running:
    process: "subprocess.Popen[bytes]"
    log: Path
    wish: Path

    @property
    def said(self) -> str:
        return self.log.read_text()

    def child(self, words: str) -> psutil.Process:
        """What the command became, once it is there."""
        for child in psutil.Process(self.process.pid).children(recursive=True):
            command = _command(child)
            if words in command and "clinic.running" not in command:
                return child
        raise LookupError(words)

    def is_there(self, words: str) -> bool:
        try:
            return bool(self.child(words).is_running())
        except (LookupError, psutil.NoSuchProcess):
            return False

    def end(self) -> float:
        """How long it took from the signal until nobody was left."""
        family = psutil.Process(self.process.pid).children(recursive=True)
        began = time.monotonic()
        self.process.send_signal(signal.SIGTERM)
        self.process.wait(END_SECONDS)
        # Those whose parent was killed are buried by the machine, in its own time.
        assert not [one for one in family if one.is_running() and one.status() != psutil.STATUS_ZOMBIE]
        return time.monotonic() - began


@pytest.fixture
def crew(tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Running]:
    command = getattr(request, "param", "exec sleep 4712")
    log = tmp_path / "said"
    with log.open("wb") as said:
        process = subprocess.Popen(
            [sys.executable, "-c", textwrap.dedent(CREW), str(tmp_path / "wish"), command],
            cwd=ROOT, stdout=said, stderr=said, start_new_session=True,
        )  # fmt: skip
    running = Running(process, log, tmp_path / "wish")
    try:
        wait_for(lambda: "greeted" in running.said, what="the crew to be up", seconds=20)
        wait_for(lambda: running.is_there("sleep 4711"), what="all to be there", seconds=20)
        yield running
    finally:
        family = psutil.Process(process.pid).children(recursive=True) if process.poll() is None else []
        for one in (process, *family):
            one.kill()
        process.wait()


def test_a_supervisor_that_is_killed_is_noticed_and_what_it_left_is_ended_and_started_again(crew):
    worker = crew.child("sleep 4712")
    supervisor = worker.parent()

    supervisor.kill()

    psutil.wait_procs([worker], timeout=10)
    assert not worker.is_running()
    wait_for(lambda: crew.is_there("sleep 4712"), what="another one", seconds=10)
    assert crew.child("sleep 4712").parent() != supervisor
    assert "lost its supervisor" in crew.said


def test_a_killed_supervisor_keeps_nobody_from_ending(crew):
    crew.child("sleep 4712").parent().kill()

    assert crew.end() < END_SECONDS
    assert crew.process.returncode == 0


def test_every_supervisor_killed_at_once_is_replaced(crew):
    for words in ("sleep 4711", "sleep 4712"):
        crew.child(words).parent().kill()

    wait_for(lambda: crew.said.count("lost its supervisor") == 2, what="both to be noticed", seconds=10)
    wait_for(lambda: crew.is_there("sleep 4711") and crew.is_there("sleep 4712"), what="both", seconds=20)


@pytest.mark.deep
def test_what_stands_still_is_ended_with_the_others_in_time(crew):
    standing = [crew.child("sleep 4712"), crew.child("sleep 4711").parent()]
    for one in standing:
        one.suspend()

    assert crew.end() < END_SECONDS


@pytest.mark.deep
@pytest.mark.parametrize("crew", ["trap '' TERM; while true; do sleep 0.1; done"], indirect=True)
def test_who_will_not_end_is_killed_in_time(crew):
    assert crew.end() < END_SECONDS


@pytest.mark.deep
def test_one_that_stands_still_is_started_again_when_the_lookout_says_so(crew):
    before = crew.child("sleep 4712")
    before.suspend()

    crew.wish.touch()

    wait_for(lambda: not before.is_running(), what="it to be ended", seconds=15)
    wait_for(lambda: crew.is_there("sleep 4712"), what="another one", seconds=10)
    assert "ending it" in crew.said


def test_a_lookout_that_is_killed_is_replaced_and_greets_nobody_twice(crew):
    [lookout] = [child for child in psutil.Process(crew.process.pid).children() if not child.children()]

    lookout.kill()
    wait_for(lambda: not lookout.is_running(), what="it to be gone", seconds=5)
    before = crew.child("sleep 4712")
    crew.wish.touch()

    wait_for(lambda: not before.is_running(), what="the next lookout to look", seconds=15)
    assert crew.said.count("greeted") == 1


def test_a_leader_that_is_killed_takes_all_with_it(crew):
    family = psutil.Process(crew.process.pid).children(recursive=True)

    os.kill(crew.process.pid, signal.SIGKILL)

    _, alive = psutil.wait_procs(family, timeout=END_SECONDS)
    assert not alive


@pytest.mark.parametrize("crew", ["sleep 0.5; exit 7"], indirect=True)
def test_one_that_falls_over_again_and_again_stops_everything_with_its_code(crew):
    crew.process.wait(20)

    assert crew.process.returncode == 7
    assert "giving up" in crew.said
