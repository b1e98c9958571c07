"""A real Chromium for the browser tests: one on the PATH, else Playwright's own, else Debian's package.

python -m tests.support.running.chromium    # installs one if need be, and says which
"""

import os
import shutil
import subprocess
import sys
from pathlib import Path

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")
DOWNLOAD_SECONDS = 300


class NoChromium(Exception):
    """There is none and none could be installed."""

    def __str__(self) -> str:
        return (
            "The browser tests need a Chromium, and none could be installed. "
            "Install one (Debian and Ubuntu: apt install chromium) and run the same command again."
        )


def find() -> str | None:
    """The path of a Chromium that starts, or None."""
    named = [shutil.which(name) for name in NAMES]
    return next((path for path in [*named, _playwrights()] if path and _starts(path)), None)


def find_or_install() -> str:
    """Raises NoChromium."""
    for attempt in (None, _install_with_playwright, _install_with_apt):
        if attempt is not None:
            attempt()
        if found := find():
            return found
    raise NoChromium


def _playwrights() -> str | None:
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        path = playwright.chromium.executable_path
    return path if Path(path).exists() else None


def _starts(path: str) -> bool:
    """A Chromium without its system libraries is on the disk and still of no use."""
    try:
        said = subprocess.run([path, "--version"], check=False, capture_output=True, timeout=60)
    except (OSError, subprocess.TimeoutExpired):
        return False
    return said.returncode == 0


def _install_with_playwright() -> None:
    print("No Chromium on the PATH: asking Playwright for one.", flush=True)
    _try([sys.executable, "-m", "playwright", "install", "chromium"])


def _install_with_apt() -> None:
    if os.getuid() != 0 or not shutil.which("apt-get"):
        return
    print("Playwright could not: installing Debian's package.", flush=True)
    os.environ["DEBIAN_FRONTEND"] = "noninteractive"
    _try(["apt-get", "update", "-q"])
    _try(["apt-get", "install", "-q", "-y", "--no-install-recommends", "chromium"])


def _try(command: list[str]) -> None:
    """What it achieved is judged by looking for a Chromium, not by its exit code."""
    try:
        said = subprocess.run(
            command, check=False, capture_output=True, stdin=subprocess.DEVNULL, timeout=DOWNLOAD_SECONDS
        )
    except subprocess.TimeoutExpired:
        print(f"{command[0]} took more than {DOWNLOAD_SECONDS} seconds and was stopped.", flush=True)
        return
    if said.returncode:
        lines = (said.stdout + said.stderr).decode(errors="replace").splitlines()
        print(next((line for line in lines if line.startswith(("E:", "Error:"))), *lines[-1:]), flush=True)


if __name__ == "__main__":
    try:
        print(find_or_install())
    except NoChromium as none:
        sys.exit(str(none))
