"""Side by side with django-appointment, in a virtual environment and a database of its own."""

import json
import os
import subprocess
import sys
import venv
from collections.abc import Iterator
from pathlib import Path

from benchmarks.clinic import Measure, a_bench
from benchmarks.jobs.search import found
from benchmarks.table import Row
from benchmarks.timing import medians

RIVAL, TURNS = "django-appointment==3.8.0", 3
_SCRIPT = Path(__file__).parent / "rival_listing.py"
_JOB = "course search to django-appointment listing one person’s 90 days"


def rows() -> Iterator[Row]:
    bench = a_bench(Measure())
    folder = Path(os.environ["DATA"]) / "rival"
    python = folder / "bin" / "python"
    try:
        venv.create(folder, with_pip=True)
        # Its own pins keep an old Pillow, which the slots need not have.
        _run(python, "-m", "pip", "install", "--quiet", "--no-deps", RIVAL)
        _run(python, "-m", "pip", "install", "--quiet", "django<5.3", "pillow", "phonenumbers",
             "django-phonenumber-field", "babel", "colorama", "icalendar")  # fmt: skip
    except subprocess.CalledProcessError as failed:
        yield Row(_JOB, None, "×", most=1 / 500, note=f"it could not be installed: {failed}")
        return
    ours, theirs = [], []
    for _ in range(TURNS):
        ours.append(medians({"search": lambda: found(bench)}, turns=3)["search"])
        theirs.append(_their_milliseconds(python, folder))
    ratio = sorted(ours)[TURNS // 2] / sorted(theirs)[TURNS // 2]
    note = f"{sorted(theirs)[TURNS // 2]:.0f} ms against {sorted(ours)[TURNS // 2]:.1f} ms"
    yield Row(_JOB, ratio, "×", most=1 / 500, note=note)


def _their_milliseconds(python: Path, folder: Path) -> float:
    said = _run(python, str(_SCRIPT), str(folder / "rival.sqlite3"))
    milliseconds: float = json.loads(said.splitlines()[-1])["milliseconds"]
    return milliseconds


def _run(python: Path, *arguments: str) -> str:
    # Its own Django settings; ours would not be found there.
    environment = {key: value for key, value in os.environ.items() if not key.startswith("DJANGO")}
    done = subprocess.run(
        [python, *arguments],
        check=True,
        stdout=subprocess.PIPE,
        stderr=sys.stderr,
        env=environment,
        text=True,
    )
    return done.stdout
