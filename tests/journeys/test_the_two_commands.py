"""`make run` in a fresh copy of the repository, as a newcomer types it."""

import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psutil
import pytest

from clinic.running.folder import LONGEST_SOCKET_PATH
from clinic.running.ports import free_port
from tests.support.running.stack import ROOT, wait_for

pytestmark = pytest.mark.machine_clock

# What no machine may take, however slow and busy it is.
LATEST_SECONDS, STOP_SECONDS = 600, 15
# The first start installs the packages and makes the demo; machines differ, the two starts of one do not.
FIRST_START_TO_SECOND = 5
PYTHON = str(os.environ.get("PYTHON") or getattr(sys, "_base_executable", sys.executable))
EMPTY = {"HOME": os.environ["HOME"], "PATH": os.environ["PATH"], "PYTHON": PYTHON}
NOT_COPIED = shutil.ignore_patterns(".git", ".venv*", "var", "__pycache__", ".*_cache", ".hypothesis")


@dataclass
class Run:
    """One `make run`: when it was ready, what it said and started."""

    make: "subprocess.Popen[bytes]"
    log: Path
    folder: Path
    ready_after: float = 0

    @property
    def said(self) -> str:
        return self.log.read_text(encoding="utf-8", errors="replace")

    @property
    def demo(self) -> dict[str, Any]:
        demo: dict[str, Any] = json.loads((self.folder / "demo.json").read_text(encoding="utf-8"))
        return demo

    def children(self) -> list[psutil.Process]:
        children: list[psutil.Process] = psutil.Process(self.make.pid).children(recursive=True)
        return children

    def is_ready(self) -> bool:
        assert self.make.poll() is None, self.said
        return "Coursebook is ready" in self.said


@contextmanager
def make_run(checkout: Path, *, seconds: float, **variables: object) -> Iterator[Run]:
    """Start, wait until ready, stop; afterwards no child may be left."""
    folder = checkout / str(variables.get("DATA", "var"))
    variables.setdefault("PORT", free_port())
    log = checkout / f"said-{time.monotonic_ns()}.log"
    began = time.monotonic()
    with log.open("wb") as said:
        make = subprocess.Popen(
            ["make", "run", *(f"{name}={value}" for name, value in variables.items())],
            cwd=checkout,
            env=EMPTY,
            stdout=said,
            stderr=said,
            start_new_session=True,
        )
    run = Run(make, log, folder)
    try:
        wait_for(run.is_ready, what="make run to be ready", seconds=seconds)
        run.ready_after = time.monotonic() - began
        yield run
    finally:
        started = run.children() if make.poll() is None else []
        make.send_signal(signal.SIGTERM)
        make.wait(STOP_SECONDS)
        _, left = psutil.wait_procs(started, timeout=STOP_SECONDS)
        assert not left, f"make was told to stop and left {left}"


def refused(checkout: Path, *words: str, **environment: str) -> str:
    """What a `make run` says that does not start."""
    attempt = subprocess.run(
        ["make", "run", *words],
        cwd=checkout,
        env=EMPTY | environment,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert attempt.returncode != 0
    assert "Traceback" not in attempt.stderr
    return attempt.stderr


@pytest.fixture(scope="module")
def checkout(tmp_path_factory: pytest.TempPathFactory) -> Path:
    place = tmp_path_factory.mktemp("newcomer") / "a folder with spaces"
    shutil.copytree(ROOT, place, ignore=NOT_COPIED)
    return place


@pytest.fixture(scope="module")
def first_run(checkout: Path) -> Run:
    """The first start, over by the time a test sees it: virtual environment, packages, demo clinic."""
    with make_run(checkout, seconds=LATEST_SECONDS) as run:
        pass
    return run


def test_a_python_that_is_too_old_is_named_with_what_to_do(checkout: Path, tmp_path: Path) -> None:
    of_old = tmp_path / "of_old.py"
    of_old.write_text("import sys\nsys.version_info = (3, 9, 2)\nexec(sys.argv[2])\n")
    old = tmp_path / "python-of-old"
    old.write_text(f"#!/bin/sh\nexec '{sys.executable}' '{of_old}' \"$@\"\n")
    old.chmod(0o755)

    said = refused(checkout, f"PYTHON={old}")

    assert "Coursebook needs Python 3.11 or newer" in said
    assert "is 3.9" in said


def test_a_python_that_is_not_there_is_named_with_what_to_do(checkout: Path) -> None:
    said = refused(checkout, "PYTHON=python3.99")

    assert "There is no python3.99 on this machine." in said


def test_a_python_without_the_venv_module_is_told_how_to_get_it(checkout: Path, tmp_path: Path) -> None:
    (tmp_path / "ensurepip.py").write_text("raise ImportError('packaged apart, as Debian does')")

    said = refused(checkout, PYTHONPATH=str(tmp_path))

    assert "lacks the venv module" in said
    assert "apt install python3-venv" in said


@pytest.mark.main_job("operator")
def test_the_first_start_says_where_to_look_and_who_to_sign_in_as(first_run: Run) -> None:
    demo = first_run.demo

    assert demo["base_url"] in first_run.said
    assert demo["mail_folder"] in first_run.said
    for user in demo["users"].values():
        assert user["email"] in first_run.said
        assert user["password"] in first_run.said
    assert demo["feed_url"].startswith(demo["base_url"])
    assert demo["api_key"]


@pytest.mark.at_length
def test_the_second_start_keeps_the_data_and_repeats_nothing_that_takes_long(
    checkout: Path, first_run: Run
) -> None:
    before = first_run.demo

    with make_run(checkout, seconds=60) as second:
        after = second.demo

    assert second.ready_after * FIRST_START_TO_SECOND <= first_run.ready_after
    assert after["users"] == before["users"]
    assert after["api_key"] == before["api_key"]


@pytest.mark.at_length
def test_every_start_answers_on_its_own_port(checkout: Path, first_run: Run) -> None:
    port = free_port()

    with make_run(checkout, seconds=60, PORT=port) as run:
        base_url = run.demo["base_url"]

    assert base_url == f"http://127.0.0.1:{port}"


@pytest.mark.at_length
def test_two_data_folders_run_at_once_and_one_has_a_very_long_path(
    checkout: Path, first_run: Run, tmp_path: Path
) -> None:
    long = tmp_path / ("long " * 20).strip() / ("longer " * 20).strip()
    shutil.copytree(first_run.folder, long)
    assert len(os.fsencode(long)) > LONGEST_SOCKET_PATH

    with (
        make_run(checkout, seconds=60) as one,
        make_run(checkout, seconds=60, DATA=long) as other,
    ):
        addresses = {run.demo["base_url"] for run in (one, other)}
        brokers = [child.name() for run in (one, other) for child in run.children()].count("valkey-server")

    assert len(addresses) == 2
    assert brokers == 2


@pytest.mark.at_length
def test_a_taken_port_is_named_with_a_free_one(checkout: Path, first_run: Run) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]

        said = refused(checkout, f"PORT={port}")

    assert f"Port {port} is taken by another program. Choose another one: make run PORT=" in said


@pytest.mark.at_length
def test_a_port_that_is_no_number_is_refused(checkout: Path, first_run: Run) -> None:
    said = refused(checkout, "PORT=eighty")

    assert "PORT is “eighty”. Give a whole number from 1 to 65535." in said


@pytest.mark.at_length
def test_a_data_folder_in_use_is_refused(checkout: Path, first_run: Run) -> None:
    with make_run(checkout, seconds=60):
        said = refused(checkout, f"PORT={free_port()}")

    assert "A Coursebook already runs on" in said


@pytest.mark.at_length
def test_servers_named_in_the_environment_are_used_instead_of_our_own(checkout: Path, first_run: Run) -> None:
    nobody_there = free_port()

    with make_run(
        checkout,
        seconds=60,
        REDIS_URL=f"redis://127.0.0.1:{nobody_there}/0",
        EMAIL_URL=f"smtp://127.0.0.1:{nobody_there}",
    ) as run:
        started = [" ".join(child.cmdline()) for child in run.children()]
        mail_folder = run.demo["mail_folder"]

    assert not [line for line in started if "valkey-server" in line or "smtp_sink" in line]
    assert [line for line in started if "gunicorn" in line]
    assert mail_folder is None
