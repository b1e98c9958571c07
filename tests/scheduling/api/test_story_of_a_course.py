"""The whole story of one course over REST, under a clock that stands still between its acts."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

import pytest

from scheduling.diaries.integrity import flaws
from tests.support.rest import Answer, RestClient, a_client_of, prescribed
from tests.support.story import (
    Story,
    begins,
    fails_once,
    finds_another_doctor,
    grows,
    is_completed,
    is_missed,
)

pytestmark = pytest.mark.django_db


@dataclass
class HereAndNow:
    rest: RestClient

    def clock_shows(self, now: datetime) -> None:
        self.rest.now = now

    def get(self, path: str) -> Any:
        return said(self.rest.get(path))

    def post(self, path: str, body: dict[str, Any]) -> Any:
        return said(self.rest.post(path, body))


def said(answer: Answer) -> Any:
    assert answer.status in (200, 201), answer.text
    return answer.json


def test_a_course_lives_through_everything_and_is_told_of_truly(world):
    rest = a_client_of(world)
    story = Story(HereAndNow(rest), prescribed(rest, world)["id"])

    begins(story)
    fails_once(story)
    is_missed(story)
    finds_another_doctor(story)
    grows(story)
    is_completed(story)

    assert story.teller.get(f"plans/{story.plan}/")["state"] == "completed"
    assert story.report() == {"missed": 1, "given": 6}
    assert list(flaws()) == []
