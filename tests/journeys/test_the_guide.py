"""docs/api.md as a newcomer follows it: every line of it, typed into a shell beside the running demo."""

import re
import subprocess
from pathlib import Path

import pytest

from tests.support.running.stack import ROOT, Stack

pytestmark = pytest.mark.slow

GUIDE = ROOT / "docs/api.md"
WRITTEN = re.compile(r"^```sh\n(.*?)^```", re.DOTALL | re.MULTILINE)


def test_the_first_course_of_the_guide_is_booked_line_by_line(stack: Stack, tmp_path: Path) -> None:
    blocks = WRITTEN.findall(GUIDE.read_text("utf-8"))
    (tmp_path / "var").symlink_to(stack.folder)

    typed = subprocess.run(
        ["bash", "-euo", "pipefail", "-c", "\n".join(blocks)],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )

    assert typed.returncode == 0, typed.stdout + typed.stderr
    assert "about:blank" not in typed.stdout, "A request of the guide is refused."
    assert "marit@patients.example" in typed.stdout
    # What it looks at last: what was undone is there, and due.
    assert typed.stdout.splitlines()[-2:] == ["booked", "due"]
