"""The release before: the code as it was when the newest migration had not come yet."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.running.stack import ROOT

# Another commit than the one found; for whoever wants to know how far back a release may be.
NAMED = os.environ.get("RELEASE_BEFORE", "")


def release_before(folder: Path) -> tuple[Path, str]:
    """Unpacked into the folder, and the name of its commit. Fails with a sentence without a history."""
    commit = NAMED or _commit_before_the_newest_migration()
    archive = subprocess.run(["git", "archive", commit], cwd=ROOT, check=True, stdout=subprocess.PIPE)
    folder.mkdir()
    subprocess.run(["tar", "--extract", "--directory", str(folder)], check=True, input=archive.stdout)
    subprocess.run([sys.executable, "build/catalogues.py", "compile"], cwd=folder, check=True)
    return folder, commit[:9]


def _commit_before_the_newest_migration() -> str:
    came = _said("log", "--first-parent", "--diff-filter=A", "-1", "--format=%H", "--", "*/migrations/*.py")
    before = came and _said("rev-parse", "--verify", "--quiet", f"{came}^")
    if not before:
        pytest.fail(
            "This needs the code of the release before, and git does not know it here: this is no clone, "
            "or one that lacks its history. Get it with git fetch --unshallow, and try again."
        )
    return before


def _said(*command: str) -> str:
    done = subprocess.run(["git", *command], cwd=ROOT, check=False, capture_output=True, text=True)
    return done.stdout.strip() if done.returncode == 0 else ""
