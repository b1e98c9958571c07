"""A course's whole life on the running service: its acts, its mails, its calendar and its report."""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.request import Request, urlopen

import pytest

from tests.support.running.stack import ROOT, Stack
from tests.support.story import (
    Story,
    begins,
    fails_once,
    finds_another_doctor,
    grows,
    is_completed,
    is_missed,
)

pytestmark = pytest.mark.slow

SETTINGS = {"DJANGO_SETTINGS_MODULE": "tests.support.running.ahead"}
# A clinic of its own beside the demo's: nobody else books there.
FOUND_A_CLINIC = """
import json
from tests.support.builders import a_key
from tests.support.worlds import a_course_world
world = a_course_world()
print(json.dumps({
    "key": a_key(clinic=world.clinic)[1],
    "patient": str(world.patient.uuid),
    "address": world.patient.email,
    "protocol": str(world.protocols["prp-mesotherapy"].uuid),
}))
"""


@dataclass
class Running:
    """The service in its own processes, asked over HTTP."""

    stack: Stack
    key: str

    def clock_shows(self, now: datetime) -> None:
        ahead = (now - datetime.now(UTC)).total_seconds()
        half = self.stack.folder / "ahead, half written"
        half.write_text(str(ahead), "utf-8")
        half.rename(self.stack.folder / "ahead")

    def get(self, path: str) -> Any:
        return self._ask(Request(self._url(path)))

    def post(self, path: str, said: dict[str, Any]) -> Any:
        headers = {"Content-Type": "application/json", "If-Match": "*"}
        return self._ask(Request(self._url(path), data=json.dumps(said).encode(), headers=headers))

    def _url(self, path: str) -> str:
        return f"{self.stack.base_url}/api/v1/{path}"

    def _ask(self, request: Request) -> Any:
        request.add_header("Authorization", f"Bearer {self.key}")
        with urlopen(request, timeout=60) as answer:
            return json.load(answer)


@pytest.fixture(scope="module")
def ahead(
    demo_clinic: Path, clock_of_the_stack: None, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Stack]:
    """The running service under a clock that can be put forward."""
    folder = shutil.copytree(demo_clinic, tmp_path_factory.mktemp("ahead") / "data")
    with Stack(folder=folder, environment=SETTINGS) as stack:
        yield stack


def test_a_course_lives_through_everything_and_its_patient_is_told_of_it(ahead):
    clinic = json.loads(managed(ahead, "shell", "-v", "0", "-c", FOUND_A_CLINIC).splitlines()[-1])
    service = Running(ahead, clinic["key"])
    asked = {"patient": clinic["patient"], "protocol": clinic["protocol"], "sessions": 4}
    story = Story(service, service.post("plans/", asked)["id"])

    begins(story)
    [moved] = ahead.wait_for_mails(1, to=clinic["address"])
    fails_once(story)
    is_missed(story)
    finds_another_doctor(story)
    [_, meets] = ahead.wait_for_mails(2, to=clinic["address"])
    grows(story)
    service.clock_shows(two_days_before(story.session(4)))
    [*_, reminder] = ahead.wait_for_mails(3, to=clinic["address"])
    is_completed(story)

    assert moved["Subject"].startswith("Your visit has moved to ")
    assert meets["Subject"].endswith(" has changed")
    assert reminder["Subject"].startswith("Your visit on ")
    assert service.get(f"plans/{story.plan}/")["state"] == "completed"
    assert story.report() == {"missed": 1, "given": 6}
    assert "Sound" in managed(ahead, "check_diary")
    # Of what fails, is missed or given nobody is told.
    assert len(ahead.mails(to=clinic["address"])) == 3


def two_days_before(session: dict[str, Any]) -> datetime:
    """A little after reminders fall due."""
    starts_at = datetime.fromisoformat(session["starts_at"])
    return (starts_at - timedelta(days=2)).replace(hour=10, minute=5)


def managed(stack: Stack, *arguments: str) -> str:
    """What a management command on the stack's data prints."""
    own = {"DATA": str(stack.folder)} | SETTINGS
    command = [sys.executable, "manage.py", *arguments]
    done = subprocess.run(command, cwd=ROOT, env=os.environ | own, capture_output=True, text=True, check=True)
    return done.stdout
