"""`make audit` passes only when every package was asked about and nothing is known against it."""

import json
import subprocess
import sys

import pytest

from build import advisories
from tests.support.house.source import ROOT

DJANGO = {"name": "django", "version": "5.2.19", "vulns": []}
WEAK = {"name": "x", "version": "1.0", "vulns": [{"id": "CVE-2027-1", "fix_versions": ["1.1"]}]}
UNKNOWN = {"name": "y", "skip_reason": "Dependency could not be audited: y (1.0)"}


def answer(*packages):
    return json.dumps({"dependencies": packages, "fixes": []})


@pytest.mark.parametrize("said", ["", "No known vulnerabilities found", "{}", "[]", answer(DJANGO, UNKNOWN)])
def test_who_could_not_ask_knows_nothing(said):
    assert advisories.answered(said) == []


def test_a_known_weakness_is_told_with_where_it_is_mended():
    packages = advisories.answered(answer(DJANGO, WEAK))

    assert advisories.weaknesses(packages) == ["x 1.0: CVE-2027-1, mended in 1.1"]


def test_packages_without_a_weakness_pass():
    assert advisories.weaknesses(advisories.answered(answer(DJANGO))) == []


def test_without_an_answer_the_audit_fails_with_a_sentence(tmp_path):
    (tmp_path / "pip_audit.py").write_text("raise SystemExit('no network')")

    audit = subprocess.run(
        [sys.executable, ROOT / "build" / "advisories.py"],
        env={"PYTHONPATH": str(tmp_path)},
        capture_output=True,
        text=True,
        check=False,
    )

    assert audit.returncode != 0
    assert audit.stderr.splitlines() == ["no network", advisories.NOT_ASKED]
