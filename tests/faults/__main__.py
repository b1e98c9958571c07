"""`make faults`: every experiment in full on both engines, one line each, and whether all passed."""

import os
import subprocess
import sys
import tempfile
from pathlib import Path

ENGINES = {"SQLite": [], "PostgreSQL": [sys.executable, "-m", "tests.support.database.postgres"]}


def main() -> int:
    failed = 0
    for engine, before in ENGINES.items():
        with tempfile.TemporaryDirectory(prefix="coursebook-faults-") as place:
            told, said = Path(place) / "report", Path(place) / "said"
            environment = os.environ | {"FAULTS": "full", "FAULTS_REPORT": str(told), "DATA": place}
            tests = [sys.executable, "-m", "pytest", "--quiet", "tests/faults"]
            with said.open("wb") as output:
                code = subprocess.run(
                    [*before, *tests], check=False, env=environment, stdout=output, stderr=output
                ).returncode
            for line in told.read_text().splitlines() if told.exists() else []:
                print(f"{engine} | {line}", flush=True)
            for line in said.read_text(errors="replace").splitlines():
                if line.startswith(("FAILED", "ERROR", "E  ")):
                    print(f"{engine} | {line}", flush=True)
            failed += code != 0
    print("All experiments passed." if not failed else "There are failures: see the lines above.")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
