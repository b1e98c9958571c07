"""Runs the steps behind `make test`, `deep`, `quick` and their like; `build/tiers.py` says what they are.

Steps run one after the other. One that fails does not keep the others from running: the end says of each
whether it passed, names every test that failed, and the exit code is 1. Standard library only.
"""

import os
import secrets
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

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
}


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
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    os.chdir(ROOT)
    steps, began = RUNS[name], time.monotonic()
    with tempfile.TemporaryDirectory(prefix="coursebook-check-") as folder:
        environment = own_environment(name, Path(folder))
        endings = [
            ended(step, f"{number}/{len(steps)}", environment) for number, step in enumerate(steps, start=1)
        ]
    print(f"\n=== make {name} ".ljust(100, "="))
    print("\n".join(line for ending in endings for line in ending.lines()))
    failures = sum(not ending.has_passed for ending in endings)
    took = lasting(time.monotonic() - began)
    print(f"{failures} of {len(steps)} steps failed, in {took}." if failures else f"All passed in {took}.")
    if seed := environment.get("SEED"):
        print(f"What was random was drawn with SEED={seed}: make {name} SEED={seed} draws it again.")
    sys.exit(1 if failures else 0)


def own_environment(name: str, folder: Path) -> dict[str, str]:
    """The shell's without other servers; what steps may share lies in the folder."""
    environment = {key: value for key, value in os.environ.items() if key not in NOT_INHERITED}
    environment |= {"DATA": str(folder), "MADE_ONCE": str(folder), "FAILED_TESTS": str(folder / "failed")}
    if name in DRAW_ANEW:
        environment["SEED"] = os.environ.get("SEED") or str(secrets.randbelow(10**9))
    return environment


def ended(step: Step, place: str, environment: Mapping[str, str]) -> Ending:
    """Run all commands of a step, also after one that failed."""
    print(f"\n=== {place} {step.heading} ".ljust(100, "="), flush=True)
    failed, began = Path(environment["FAILED_TESTS"]), time.monotonic()
    failed.unlink(missing_ok=True)
    codes = [run(command, {**environment, **dict(step.sets)}) for command in step.commands]
    seconds, has_passed = time.monotonic() - began, not any(codes)
    print(f"--- {'passed' if has_passed else 'FAILED'} in {lasting(seconds)}", flush=True)
    tests = failed.read_text("utf-8").splitlines() if failed.exists() else []
    return Ending(step, has_passed, seconds, tuple(dict.fromkeys(tests)))


def run(command: tuple[str, ...], environment: Mapping[str, str]) -> int:
    """The exit code of a command; it is taken along when this is stopped."""
    child = subprocess.Popen(command, env=environment)
    try:
        return child.wait()
    except BaseException as stop:
        child.terminate()
        child.wait()
        if isinstance(stop, KeyboardInterrupt):
            sys.exit("Stopped.")
        raise


def lasting(seconds: float) -> str:
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes} min {rest} s" if minutes else f"{rest} s"


if __name__ == "__main__":
    main(*sys.argv[1:])
