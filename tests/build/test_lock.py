"""The locks name every package by release and hash, on both Python lines, and are not behind their floors."""

import re

import pytest
from packaging.markers import Marker
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from build.lock import LOCKS, first_line
from clinic import VERSION
from tests.support.house.source import ROOT, nothing_in

PYTHONS = ("3.11", "3.13")


def asked(*floors: str) -> list[Requirement]:
    lines = [
        line.partition("#")[0].strip() for file in floors for line in (ROOT / file).read_text().splitlines()
    ]
    return [Requirement(line) for line in lines if line and not line.startswith("-r")]


def entries(lock: str) -> list[str]:
    """One line a package: name, release, marker, hashes."""
    text = re.sub(r"^#.*\n", "", (ROOT / lock).read_text(), flags=re.MULTILINE)
    return text.replace("\\\n", " ").splitlines()


def installed(lock: str, python: str) -> dict[str, str]:
    """The release of each package that this Python line gets on Linux."""
    where = {"python_version": python, "python_full_version": f"{python}.4", "sys_platform": "linux"}
    found: dict[str, str] = {}
    for entry in entries(lock):
        pin, _, marker = entry.partition("--hash")[0].partition(";")
        name, _, release = pin.strip().partition("==")
        if not marker.strip() or Marker(marker).evaluate(where):
            found[str(canonicalize_name(name.partition("[")[0]))] = release.strip()
    return found


def behind(lock: str, floors: list[Requirement], python: str) -> list[str]:
    there = installed(lock, python)
    releases = [(one, there.get(canonicalize_name(one.name))) for one in floors]
    return [
        f"{lock} has {release or 'nothing'} for {one} on {python}"
        for one, release in releases
        if release is None or release not in one.specifier
    ]


@pytest.mark.parametrize(("lock", "floors"), LOCKS.items())
def test_a_lock_is_made_from_the_floors_as_they_stand(lock, floors):
    # `make lock` writes it anew.
    assert (ROOT / lock).read_text().splitlines(keepends=True)[0] == first_line(floors)


@pytest.mark.parametrize("python", PYTHONS)
@pytest.mark.parametrize(("lock", "floors"), LOCKS.items())
def test_a_lock_holds_what_the_floors_ask_for_on_both_lines(lock, floors, python):
    nothing_in(behind(lock, asked(*floors), python))


@pytest.mark.parametrize("lock", LOCKS)
def test_every_package_has_one_release_and_its_hashes(lock):
    whole = re.compile(r"[a-z0-9.\[\],-]+==\S+( ; .+?)?(\s+--hash=sha256:[0-9a-f]{64})+\s*")

    nothing_in(f"{lock}: {entry[:60]}" for entry in entries(lock) if not whole.fullmatch(entry))


@pytest.mark.parametrize("python", PYTHONS)
def test_what_runs_is_checked_in_the_same_release(python):
    runs, checked = (installed(lock, python) for lock in LOCKS)

    assert runs.items() <= checked.items()


def test_both_lines_of_django_are_locked():
    lines = {
        python: installed("requirements.lock", python)[canonicalize_name("django")][:3] for python in PYTHONS
    }

    assert lines == {"3.11": "5.2", "3.13": "6.1"}


def test_a_lock_that_lacks_a_release_is_found():
    floors = [Requirement("Django>=99"), Requirement("nothing-of-it"), Requirement("Django>=5")]

    found = behind("requirements.lock", floors, "3.13")

    assert [line.partition(" for ")[2] for line in found] == ["Django>=99 on 3.13", "nothing-of-it on 3.13"]


def test_the_changelog_begins_with_the_release_that_this_is():
    newest = re.search(r"^## (.+)$", (ROOT / "CHANGELOG.md").read_text(), re.MULTILINE)

    assert newest is not None
    assert newest[1] == VERSION
