"""Runs the steps behind `make test`, `deep`, `quick` and their like; `build/tiers.py` says what they are.

Steps run one after the other, those of one stage side by side. One that fails does not keep the others from
running: the end says of each whether it passed, names every test that failed, and the exit code is 1.
Standard library only.
"""

import os
import secrets
import signal
import subprocess
import sys
import tempfile
import threading
import time
import uuid
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from types import FrameType
from typing import IO

# Run as a script from anywhere: the project is not on the path yet.
sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
from build.tiers import DRAW_ANEW, ROOT, RUNS, Step

# Named for other servers in a developer's shell; the checks bring their own.
NOT_INHERITED = {
    "DATABASE_URL",
    "REDIS_URL",
    "EMAIL_URL",
    "BASE_URL",
    "SECRET_KEY",
    "SECRET_KEY_FALLBACKS",
    "DJANGO_SETTINGS_MODULE",
    "CLOCK",
    "SEED",
    "SHARE",
}
CHILDREN: set[subprocess.Popen[bytes]] = set()
SCREEN = threading.Lock()
STOPPED = threading.Event()


@dataclass(frozen=True, slots=True)
class Ending:
    """How a step went, and which tests failed in it."""

    step: Step
    has_passed: bool
    seconds: float
    failed: tuple[str, ...]

    def lines(self) -> Iterator[str]:
        yield f"{'passed' if self.has_passed else 'FAILED'} {lasting(self.seconds):>11}  {self.step.heading}"
        yield from (f"{'':20}{test}" for test in self.failed)


def main(name: str) -> None:
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, stop)
    os.chdir(ROOT)
    began = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="coursebook-check-") as folder, ThreadPoolExecutor() as threads:
        environment = own_environment(name, Path(folder))
        endings = [
            ending
            for stage in RUNS[name]
            for ending in threads.map(partial(shown, environment=environment, beside=len(stage) > 1), stage)
        ]
    print(f"\n=== make {name} ".ljust(100, "="))
    print("\n".join(line for ending in endings for line in ending.lines()))
    failures = sum(not ending.has_passed for ending in endings)
    took = lasting(time.monotonic() - began)
    print(f"{failures} of {len(endings)} steps failed, in {took}." if failures else f"All passed in {took}.")
    if seed := environment.get("SEED"):
        print(f"What was random was drawn with SEED={seed}: make {name} SEED={seed} draws it again.")
    sys.exit(1 if failures else 0)


def stop(number: int, _frame: FrameType | None) -> None:
    """What runs is taken along, and nothing more is begun."""
    STOPPED.set()
    for child in tuple(CHILDREN):
        child.terminate()
    sys.exit(128 + number)


def own_environment(name: str, folder: Path) -> dict[str, str]:
    """The shell's without other servers; what steps may share lies in the folder."""
    environment = {key: value for key, value in os.environ.items() if key not in NOT_INHERITED}
    environment |= {"DATA": str(folder), "MADE_ONCE": str(folder)}
    if name in DRAW_ANEW:
        environment["SEED"] = os.environ.get("SEED") or str(secrets.randbelow(10**9))
    return environment


def shown(step: Step, *, environment: Mapping[str, str], beside: bool) -> Ending:
    """What a step prints is seen at once, or after it if others run beside it."""
    if not beside:
        return ended(step, environment, sys.stdout.buffer)
    with tempfile.TemporaryFile() as output:
        ending = ended(step, environment, output)
        output.seek(0)
        with SCREEN:
            sys.stdout.buffer.write(output.read())
            sys.stdout.buffer.flush()
    return ending


def ended(step: Step, environment: Mapping[str, str], output: IO[bytes]) -> Ending:
    """Run all commands of a step, also after one that failed."""
    say(f"\n=== {step.heading} ".ljust(100, "="), output)
    failed, began = Path(environment["DATA"]) / f"failed-{uuid.uuid4().hex}", time.monotonic()
    sets = {**environment, "FAILED_TESTS": str(failed), **dict(step.sets)}
    codes = [run(command, sets, output) for command in step.commands]
    seconds, has_passed = time.monotonic() - began, not any(codes)
    say(f"--- {'passed' if has_passed else 'FAILED'} in {lasting(seconds)}", output)
    tests = failed.read_text("utf-8").splitlines() if failed.exists() else []
    return Ending(step, has_passed, seconds, tuple(dict.fromkeys(tests)))


def say(line: str, output: IO[bytes]) -> None:
    output.write(f"{line}\n".encode())
    output.flush()


def run(command: tuple[str, ...], environment: Mapping[str, str], output: IO[bytes]) -> int:
    """The exit code of a command."""
    if STOPPED.is_set():
        return 1
    child = subprocess.Popen(command, env=environment, stdout=output, stderr=subprocess.STDOUT)
    CHILDREN.add(child)
    try:
        return child.wait()
    finally:
        CHILDREN.discard(child)


def lasting(seconds: float) -> str:
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes} min {rest} s" if minutes else f"{rest} s"


if __name__ == "__main__":
    main(*sys.argv[1:])
