"""Pages that ask whether anything has changed, and the seconds for which a process remembers."""

import json
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from clinic.models import Clinic
from tests.support.builders import a_patient
from tests.support.desk import Desk

# Further than the log of any test: whoever may be told is told the number.
NEVER = 99_999


@dataclass
class Passing:
    """Seconds by the clock that nobody sets, in place of the machine's."""

    seconds: float = 1000.0

    def read(self) -> float:
        return self.seconds

    def go(self, seconds: float) -> None:
        self.seconds += seconds


@dataclass(frozen=True)
class Told:
    """What a page that asked was answered."""

    status: int
    said: dict[str, Any]

    @property
    def code(self) -> str:
        return str(self.said.get("code", ""))

    @property
    def number(self) -> int:
        return int(self.said["number"])


def ask(desk: Desk, since: int | str = NEVER, clinic: UUID | str = "") -> Told:
    """As the page's own script asks."""
    with desk.clock():
        answer = desk.client.get("/live/", {"since": since, "clinic": str(clinic)})
    return Told(answer.status_code, json.loads(answer.content) if answer.content else {})


def something_changes(clinic: Clinic) -> None:
    a_patient(clinic=clinic)


def renewed(desk: Desk, url: str = "/") -> Any:
    """The page as the script fetches it again: nobody has touched the desk."""
    with desk.clock():
        return desk.client.get(url, headers={"coursebook-unattended": "yes"})
