"""The steps behind `make test`, `quick`, `journeys`, `browser`, `faults`, `audit`, `bench` and `format`.

Steps run one after the other; the first that fails ends the run. Standard library only.
"""

import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

PYTHON = sys.executable
ROOT = Path(__file__).resolve().parent.parent
# Named for other servers in a developer's shell; the checks bring their own.
NOT_INHERITED = {
    "DATABASE_URL",
    "REDIS_URL",
    "EMAIL_URL",
    "BASE_URL",
    "SECRET_KEY",
    "SECRET_KEY_FALLBACKS",
    "DJANGO_SETTINGS_MODULE",
}


@dataclass(frozen=True, slots=True)
class Step:
    heading: str
    commands: tuple[tuple[str, ...], ...]


def pytest(*arguments: str) -> tuple[str, ...]:
    return (PYTHON, "-m", "pytest", "--quiet", *arguments)


RUFF = (PYTHON, "-m", "ruff")
# Tests without a running service; two processes for two cores.
SUITE = (
    "tests",
    "--ignore=tests/house",
    "--ignore=tests/journeys",
    "--ignore=tests/browser",
    "--numprocesses=2",
)

# Which findings are let through, and why, stands in pyproject.toml.
BANDIT = (PYTHON, "-m", "bandit", "--quiet", "--recursive", "--configfile", "pyproject.toml")
BANDIT_READS = ("clinic", "treatments", "scheduling", "build", "manage.py")

STYLE = Step(
    "Format, lint and risky code",
    ((*RUFF, "format", "--check", "."), (*RUFF, "check", "."), (*BANDIT, *BANDIT_READS)),
)
RISKY = Step("Risky code", ((*BANDIT, *BANDIT_READS),))
# Needs the world outside, so it is no part of make test.
ADVISORIES = Step("Known weaknesses of the packages", ((PYTHON, "build/advisories.py"),))
TYPES = Step("Types", ((PYTHON, "-m", "mypy"),))
HOUSE = Step("House rules", (pytest("tests/house"),))
FAST = Step("Fast tests on SQLite", (pytest(*SUITE, "-m", "not slow"),))
SQLITE = Step("The suite on SQLite", (pytest(*SUITE),))
POSTGRESQL = Step(
    "The suite on PostgreSQL", ((PYTHON, "-m", "tests.support.database.postgres", *pytest(*SUITE)),)
)
CHROMIUM = Step("A Chromium for the browser tests", ((PYTHON, "-m", "tests.support.running.chromium"),))
JOURNEYS = Step("Journeys: real worker, beat, broker and mail sink", (pytest("tests/journeys"),))
BROWSER = Step("The pages in a real Chromium", (pytest("tests/browser"),))
# Two processes take one file after the other, each at a service of its own over a copy of one demo clinic.
WHOLE = Step(
    "Journeys with real worker, beat, broker and mail sink, then the pages in a real Chromium",
    (pytest("tests/journeys", "tests/browser", "--numprocesses=2", "--dist=loadfile"),),
)
MEASURE = (PYTHON, "-m", "benchmarks", *os.environ.get("ONLY", "").split())
BENCH = (
    Step("Measurements on SQLite", (MEASURE,)),
    Step("Measurements on PostgreSQL", ((PYTHON, "-m", "tests.support.database.postgres", *MEASURE),)),
)
FAULTS = Step("Fault experiments in full, on both engines", ((PYTHON, "-m", "tests.faults"),))
FORMAT = Step("Format", ((*RUFF, "check", "--fix", "."), (*RUFF, "format", ".")))

RUNS = {
    "test": [STYLE, TYPES, HOUSE, SQLITE, POSTGRESQL, CHROMIUM, WHOLE],
    "quick": [STYLE, TYPES, HOUSE, FAST],
    "journeys": [JOURNEYS],
    "browser": [CHROMIUM, BROWSER],
    "faults": [FAULTS],
    "audit": [RISKY, ADVISORIES],
    "bench": [*BENCH],
    "format": [FORMAT],
}


def main(name: str) -> None:
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    os.chdir(ROOT)
    began = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="coursebook-check-") as folder:
        environment = {key: value for key, value in os.environ.items() if key not in NOT_INHERITED}
        environment["DATA"] = folder
        steps = RUNS[name]
        for number, step in enumerate(steps, start=1):
            with headed(f"{number}/{len(steps)} {step.heading}"):
                for command in step.commands:
                    run(command, environment, step)
    print(f"\nAll steps of make {name} passed in {lasting(time.monotonic() - began)}.")


@contextmanager
def headed(heading: str) -> Iterator[None]:
    print(f"\n=== {heading} ".ljust(100, "="), flush=True)
    began = time.monotonic()
    yield
    print(f"--- passed in {lasting(time.monotonic() - began)}", flush=True)


def run(command: tuple[str, ...], environment: dict[str, str], step: Step) -> None:
    """Run one command; end everything if it fails, and take it along when stopped."""
    child = subprocess.Popen(command, env=environment)
    try:
        code = child.wait()
    except BaseException as stop:
        child.terminate()
        child.wait()
        if isinstance(stop, KeyboardInterrupt):
            sys.exit("Stopped.")
        raise
    if code:
        sys.exit(f"\nStopped at “{step.heading}”: see above.")


def lasting(seconds: float) -> str:
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes} min {rest} s" if minutes else f"{rest} s"


if __name__ == "__main__":
    main(*sys.argv[1:])
