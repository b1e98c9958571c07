"""What each `make` target checks: the steps, and which tests stand in which tier.

`make test` is what a newcomer and every change go through; `make deep` is what it leaves out and CI does as
well; `make full` is every matrix. CONTRIBUTING.md says when to run which. Standard library only.
"""

import os
import sys
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

PYTHON = sys.executable
ROOT = Path(__file__).resolve().parent.parent

A_POSTGRESQL = "tests.support.database.postgres"
FIND_CHROMIUM = "tests.support.running.chromium"
MAKE_BEFOREHAND = "tests.support.running.beforehand"
FAULTS_IN_FULL = "tests.faults"
# The rooms whose code locks rows or has SQL of its own: `make test` runs them on PostgreSQL, all others on
# SQLite; `make deep` the other way about. So each change meets every test, and CI both engines.
ON_BOTH_ENGINES: Mapping[str, tuple[str, ...]] = {
    "tests/scheduling": (
        "attendance",
        "booking",
        "calling",
        "course_changes",
        "courses",
        "diaries",
        "disruption",
        "importing",
        "messages",
        "models",
        "moving",
        "people",
        "privacy",
        "reseating",
        "restoring",
        "undoing",
        "waitlist",
    ),
    "tests/clinic": ("audit_trail", "changelog", "hours", "models", "people", "places"),
}
# Wherever they stand: those who act at the same moment.
RIVALS = "test_*rival*.py"
# Clocks by which what reads one is run once more; `make full` runs the main jobs by them, too.
# `tests/support/clock.py` says what they show.
CLOCKS = ("clocks-change", "saturday-evening", "new-years-eve")
WITHOUT_A_SERVICE = ("--ignore=tests/house", "--ignore=tests/journeys", "--ignore=tests/browser")
# Words by which a file is known to hold tests of these marks.
DRAWN, CLOCKED = ("hypothesis", "mark.deep", "mark.main_on"), ("mark.reads_clock",)


@dataclass(frozen=True, slots=True)
class Step:
    """Commands that stand under one heading; `sets` are variables for them alone."""

    heading: str
    commands: tuple[tuple[str, ...], ...]
    sets: tuple[tuple[str, str], ...] = ()


def one_by_one(*steps: Step) -> tuple[tuple[Step, ...], ...]:
    """A stage for each."""
    return tuple((step,) for step in steps)


def rooms_on_both_engines() -> list[str]:
    """The folders named above."""
    return [f"{storey}/{room}" for storey, rooms in ON_BOTH_ENGINES.items() for room in rooms]


def paths_on_both_engines() -> list[str]:
    """Folders, and the files of rivals that lie outside them."""
    rooms = [ROOT / room for room in rooms_on_both_engines() if (ROOT / room).is_dir()]
    rivals = [
        file
        for file in sorted((ROOT / "tests").rglob(RIVALS))
        if not any(file.is_relative_to(room) for room in rooms)
    ]
    return [str(path.relative_to(ROOT)) for path in (*rooms, *rivals)]


def pytest(*arguments: str, slowest: int = 0) -> tuple[str, ...]:
    durations = (f"--durations={slowest}", "--durations-min=0.5") if slowest else ()
    return (PYTHON, "-m", "pytest", "--quiet", *durations, *arguments)


def holding(*words: str) -> list[str]:
    """Files of tests in which one of the words stands: others take longer to collect than these to run."""
    found = [
        file
        for file in sorted((ROOT / "tests").rglob("test_*.py"))
        if any(word in file.read_text("utf-8") for word in words)
    ]
    apart = [ROOT / place.removeprefix("--ignore=") for place in WITHOUT_A_SERVICE]
    return [
        str(file.relative_to(ROOT))
        for file in found
        if not any(file.is_relative_to(place) for place in apart)
    ]


def suite(*arguments: str, only: Iterable[str] = ("tests",)) -> tuple[str, ...]:
    """Tests without a running service; two processes for two cores."""
    return pytest(*only, *WITHOUT_A_SERVICE, "--numprocesses=2", "--dist=loadgroup", *arguments, slowest=10)


def on_postgresql(command: tuple[str, ...]) -> tuple[str, ...]:
    return (PYTHON, "-m", A_POSTGRESQL, *command)


def running(*arguments: str) -> tuple[str, ...]:
    """Two processes take one file after the other, each at a service of its own over a copy of one demo."""
    return pytest(
        "tests/journeys", "tests/browser", "--numprocesses=2", "--dist=loadfile", *arguments, slowest=10
    )


BOTH = paths_on_both_engines()
ELSEWHERE = tuple(f"--ignore={path}" for path in BOTH)

RUFF = (PYTHON, "-m", "ruff")
# The contracts of rooms stand in pyproject.toml.
ROOMS = (str(Path(PYTHON).with_name("lint-imports")),)
# Which findings are let through, and why, stands in pyproject.toml.
BANDIT = (PYTHON, "-m", "bandit", "--quiet", "--recursive", "--configfile", "pyproject.toml")
BANDIT_READS = ("clinic", "treatments", "scheduling", "build", "manage.py")

STYLE = Step(
    "Format, lint, order of rooms and risky code",
    ((*RUFF, "format", "--check", "."), (*RUFF, "check", "."), ROOMS, (*BANDIT, *BANDIT_READS)),
)
RISKY = Step("Risky code", ((*BANDIT, *BANDIT_READS),))
# Needs the world outside, so it is no part of make test.
ADVISORIES = Step("Known weaknesses of the packages", ((PYTHON, "build/advisories.py"),))
TYPES = Step("Types", ((PYTHON, "-m", "mypy"),))
HOUSE = Step("House rules", (pytest("tests/house"),))
# Pages, endpoints and started processes are many and slow; what they call is tested below them.
NO_EDGES = tuple(
    f"--ignore=tests/{edge}"
    for edge in (
        "clinic/api",
        "clinic/desk",
        "clinic/running",
        "clinic/web",
        "scheduling/api",
        "scheduling/demo",
        "scheduling/desk",
    )
)
FAST = Step("Fast tests below the edges on SQLite", (suite("-m", "not slow and not deep", *NO_EDGES),))

SQLITE = Step(
    "All that neither locks nor has SQL of its own on SQLite", (suite("-m", "not deep", *ELSEWHERE),)
)
LOCKS = Step(
    "What locks or has SQL of its own on PostgreSQL",
    (on_postgresql(suite("-m", "not deep", only=BOTH)),),
)
# What is random in it is drawn on SQLite anyhow.
LOCKS_SQLITE = Step(
    "What locks or has SQL of its own on SQLite", (suite("-m", "not deep and not hypothesis", only=BOTH),)
)
CHROMIUM = Step("A Chromium for the browser tests", ((PYTHON, "-m", FIND_CHROMIUM),))
MAIN_JOBS = Step(
    "Main jobs: the running service, and its pages in a real Chromium", (running("-m", "main_job"),)
)

# Random acts take turns, so they find the same on either engine: `make faults` runs them on both.
RANDOM_ACTS = "tests/faults/test_random_acts.py"
# What neither locks nor has SQL of its own hardly differs there, and takes thrice as long: each run draws
# another third of it, `make full` runs it whole.
REST_POSTGRESQL = Step(
    "A third of the rest of the suite on PostgreSQL",
    (on_postgresql(suite(*ELSEWHERE, f"--ignore={RANDOM_ACTS}")),),
    sets=(("SHARE", "3"),),
)
DRAWN_SQLITE = Step(
    "Random tests, faults in short and the bench on SQLite",
    (suite("-m", "hypothesis or deep", only=holding(*DRAWN)),),
)
OTHER_PAGES = Step(
    "All other journeys and pages in a real Chromium", (running("-m", "not main_job and not at_length"),)
)
READERS_OF_CLOCKS = tuple(
    Step(
        f"What reads a clock, by another: {clock}",
        (suite("-m", "reads_clock", only=holding(*CLOCKED)),),
        sets=(("CLOCK", clock),),
    )
    for clock in CLOCKS
)
MAIN_JOBS_AT_OTHER_TIMES = tuple(
    Step(
        f"Main jobs by another clock: {clock}",
        (running("-m", "main_job and not machine_clock"),),
        sets=(("CLOCK", clock),),
    )
    for clock in CLOCKS
)

WHOLE_SQLITE = Step("The whole suite on SQLite", (suite(),))
WHOLE_POSTGRESQL = Step("The whole suite on PostgreSQL", (on_postgresql(suite()),))
DRAWN_AT_LENGTH = Step(
    "Random tests at length",
    (suite("-m", "hypothesis", only=holding(*DRAWN)), pytest(RANDOM_ACTS)),
    sets=(("DRAW", "long"), ("FAULTS", "full")),
)
JOURNEYS = Step("Journeys: real worker, beat, broker and mail sink", (pytest("tests/journeys"),))
BROWSER = Step("The pages in a real Chromium", (pytest("tests/browser"),))
WHOLE_SERVICE = Step("All journeys and pages", (running(),))
MEASURE = (PYTHON, "-m", "benchmarks", *os.environ.get("ONLY", "").split())
BENCH = (
    Step("Measurements on SQLite", (MEASURE,)),
    Step("Measurements on PostgreSQL", (on_postgresql(MEASURE),)),
)
FAULTS = Step("Fault experiments in full, on both engines", ((PYTHON, "-m", FAULTS_IN_FULL),))
FORMAT = Step("Format", ((*RUFF, "check", "--fix", "."), (*RUFF, "format", ".")))

# One core would stand idle while types are read, and later while the demo clinic is made.
BEFOREHAND = Step("A migrated database and a demo clinic for all steps", ((PYTHON, "-m", MAKE_BEFOREHAND),))

# What only reads the files.
READING = (HOUSE, STYLE, TYPES)

# The stages of each run; what stands in one stage runs side by side.
RUNS: Mapping[str, tuple[tuple[Step, ...], ...]] = {
    "test": ((*READING, BEFOREHAND), *one_by_one(SQLITE, LOCKS, CHROMIUM, MAIN_JOBS)),
    "deep": one_by_one(
        REST_POSTGRESQL,
        LOCKS_SQLITE,
        DRAWN_SQLITE,
        CHROMIUM,
        OTHER_PAGES,
        *READERS_OF_CLOCKS,
    ),
    "full": (
        (*READING, BEFOREHAND),
        *one_by_one(
            WHOLE_SQLITE,
            WHOLE_POSTGRESQL,
            DRAWN_AT_LENGTH,
            CHROMIUM,
            WHOLE_SERVICE,
            *READERS_OF_CLOCKS,
            *MAIN_JOBS_AT_OTHER_TIMES,
        ),
    ),
    "quick": (READING, (FAST,)),
    "journeys": one_by_one(JOURNEYS),
    "browser": one_by_one(CHROMIUM, BROWSER),
    "faults": one_by_one(FAULTS),
    "audit": one_by_one(RISKY, ADVISORIES),
    "bench": one_by_one(*BENCH),
    "format": one_by_one(FORMAT),
}
# These draw anew; all others draw what they drew the last time.
DRAW_ANEW = ("deep", "full", "faults")
