"""Makes the virtual environment, installs what a lock names into it once, then becomes the named command.

    python3 build/environment.py requirements.lock manage.py serve

Standard library only: this runs before anything is installed.
"""

import fcntl
import hashlib
import os
import signal
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
CATALOGUES = "locale/*/LC_MESSAGES/django.po"
VERSION = f"{sys.version_info.major}.{sys.version_info.minor}"


def main(lock: str, *command: str) -> None:
    """`PYTHON=python3.13` has its own environment, so both Django lines live side by side."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    os.chdir(ROOT)
    named = os.environ.get("PYTHON", "python3") != "python3"
    venv = ROOT / (f".venv-{VERSION}" if named else ".venv")
    # Two first starts at once: the second waits and finds the work done.
    with (ROOT / lock).open() as turn:
        fcntl.flock(turn, fcntl.LOCK_EX)
        prepare(venv, ROOT / lock)
        if stale():
            attempt(
                [str(venv / "bin" / "python"), "build/catalogues.py", "compile"],
                "The translations could not be built.",
            )
    python = str(venv / "bin" / "python")
    os.execv(python, [python, *command])


def prepare(venv: Path, lock: Path) -> None:
    """What is installed is what was tested: the releases of the lock, each by its hash."""
    stamp = venv / f"{lock.stem}.stamp"
    wanted = fingerprint(venv, lock)
    if stamp.exists() and stamp.read_text() == wanted and (venv / "bin" / "python").exists():
        return
    if not fits(venv):
        print(f"Making the virtual environment {venv.name} with Python {VERSION}.", flush=True)
        attempt(
            [sys.executable, "-m", "venv", "--clear", str(venv)], "The virtual environment could not be made."
        )
    print(
        f"Installing the packages of {lock.name}. This happens once and takes about a minute.",
        flush=True,
    )
    attempt(
        [str(venv / "bin" / "python"), "-m", "pip", "install", "--disable-pip-version-check", "--no-input",
         "--require-hashes", "--requirement", str(lock)],
        "Some packages could not be installed. The lines above say why; often it is the network.",
    )  # fmt: skip
    stamp.write_text(wanted)


def stale() -> list[Path]:
    """The catalogues whose translations are newer than what gettext reads of them."""
    return [
        file
        for file in sorted(ROOT.glob(CATALOGUES))
        if not compiled(file).exists() or compiled(file).stat().st_mtime < file.stat().st_mtime
    ]


def compiled(catalogue: Path) -> Path:
    return catalogue.with_suffix(".mo")


def fingerprint(venv: Path, lock: Path) -> str:
    """Changes with what is installed, with the Python line, and when the folder has been moved."""
    return hashlib.sha256(f"{VERSION} {venv}\n".encode() + lock.read_bytes()).hexdigest()


def fits(venv: Path) -> bool:
    """Whether the environment is there, whole, and of this Python line."""
    question = "import pip, sys; print('%d.%d %s' % (*sys.version_info[:2], sys.prefix))"
    try:
        answer = subprocess.run(
            [venv / "bin" / "python", "-c", question], check=False, capture_output=True, text=True
        )
    except OSError:
        return False
    return answer.stdout.strip() == f"{VERSION} {venv}"


def attempt(command: list[str], refusal: str) -> None:
    """Run quietly; on failure show the last lines and a sentence. Takes the child along when stopped."""
    with tempfile.TemporaryFile("w+", errors="replace") as said:
        child = subprocess.Popen(command, stdout=said, stderr=subprocess.STDOUT)
        try:
            code = child.wait()
        except BaseException as stop:
            child.terminate()
            child.wait()
            if isinstance(stop, KeyboardInterrupt):
                sys.exit("Stopped. The next start goes on from here.")
            raise
        if code:
            said.seek(0)
            sys.stderr.writelines(said.readlines()[-15:])
            sys.exit(f"{refusal} Then run the same command again.")


if __name__ == "__main__":
    main(*sys.argv[1:])
