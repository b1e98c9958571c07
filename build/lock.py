"""Writes the locks: which release of every package is installed, by its hash, on each Python line.

    make lock

A lock says from which floors it was made, so a test knows when it is behind. Needs uv, and the network.
"""

import hashlib
import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
# Each lock and the floors it is made from; the second keeps to what the first says.
LOCKS = {
    "requirements.lock": ("requirements.txt",),
    "requirements-dev.lock": ("requirements-dev.txt", "requirements.txt"),
}
OLDEST_PYTHON = "3.11"
_MADE_FROM = "# make lock wrote this from {floors}, sha256:{digest}\n"


def main() -> None:
    first = next(iter(LOCKS))
    for lock, floors in LOCKS.items():
        pinned = [] if lock == first else ["--constraint", first]
        asked = subprocess.run(
            [sys.executable, "-m", "uv", "pip", "compile", *floors, *pinned,
             "--universal", "--python-version", OLDEST_PYTHON, "--generate-hashes", "--upgrade",
             "--no-annotate", "--no-header", "--no-emit-index-url", "--no-emit-find-links", "--quiet"],
            cwd=ROOT, check=False, capture_output=True, text=True,
        )  # fmt: skip
        if asked.returncode:
            sys.exit(f"{asked.stderr}\nThe lock {lock} was not written.")
        (ROOT / lock).write_text(first_line(floors) + asked.stdout, encoding="utf-8")
        print(f"{lock}: {len(re.findall(r'^[a-z0-9]', asked.stdout, re.MULTILINE))} packages.")


def first_line(floors: tuple[str, ...]) -> str:
    """Says from which floors a lock is made; what is a comment there changes nothing."""
    digest = hashlib.sha256()
    for file in floors:
        for line in (ROOT / file).read_text(encoding="utf-8").splitlines():
            if asks := line.partition("#")[0].strip():
                digest.update(f"{asks}\n".encode())
    return _MADE_FROM.format(floors=" and ".join(floors), digest=digest.hexdigest())


if __name__ == "__main__":
    main()
