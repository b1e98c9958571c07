"""Asks whether a weakness is known of any installed package: the second half of `make audit`.

Who could not ask knows nothing, so that fails too. Standard library only.
"""

import json
import subprocess
import sys
from typing import Any

ASK = (sys.executable, "-m", "pip_audit", "--strict", "--progress-spinner", "off", "--format", "json")
PATIENCE_SECONDS = 300
NOT_ASKED = (
    "The list of known weaknesses could not be asked from here, so nothing is known about these packages. "
    "Run make audit again where the network reaches it."
)


def main() -> None:
    try:
        asked = subprocess.run(ASK, capture_output=True, text=True, check=False, timeout=PATIENCE_SECONDS)
    except subprocess.TimeoutExpired:
        sys.exit(NOT_ASKED)
    packages = answered(asked.stdout)
    if not packages:
        sys.exit("\n".join([*asked.stderr.splitlines()[-1:], NOT_ASKED]))
    if found := weaknesses(packages):
        sys.exit("\n".join([*found, "Raise the floors of these packages, then make lock."]))
    print(f"No weakness is known of {len(packages)} packages.")


def answered(said: str) -> list[dict[str, Any]]:
    """What is known of each package; nothing if even one of them could not be asked about."""
    try:
        packages: list[dict[str, Any]] = json.loads(said)["dependencies"]
    except (ValueError, KeyError, TypeError):
        return []
    return [] if any("skip_reason" in package for package in packages) else packages


def weaknesses(packages: list[dict[str, Any]]) -> list[str]:
    return [
        f"{package['name']} {package['version']}: {known['id']}, mended in "
        f"{', '.join(known['fix_versions']) or 'no release yet'}"
        for package in packages
        for known in package["vulns"]
    ]


if __name__ == "__main__":
    main()
