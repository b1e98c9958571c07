"""F10: whatever makes, changes or sends something, sent ten times at once with one key, is done once."""

from dataclasses import dataclass, field
from typing import Any
from uuid import uuid4

import pytest

from clinic.web.rest.openapi.examples import example_of
from tests.support.clock import clocks_show
from tests.support.database.rivals import at_once
from tests.support.faults.rush import THREADS, Rush, ask_anew, assert_sound
from tests.support.openapi.contracts import contract_at
from tests.support.openapi.examples import Recorder, recorded
from tests.support.rest import API, Answer, RestClient, a_client_of
from tests.support.worlds import a_course_world

pytestmark = [pytest.mark.deep, pytest.mark.slow, pytest.mark.django_db(transaction=True)]

TIMES = 10


@dataclass
class TenTimes(Recorder):
    """A client whose every act is sent ten times at the same moment, and once more when all are answered."""

    rush: Rush = field(default_factory=Rush)

    def asked(self, path: str, said: dict[str, Any]) -> Answer:
        found = contract_at("POST", f"{API}/{path}")
        if found is None or not found[0].keeps_replies:
            return super().asked(path, said)
        key = str(uuid4())

        def ask() -> Answer:
            return RestClient(self.rest.secret, now=None).post(path, said, Idempotency_Key=key)

        assert self.rest.now is not None
        ask_anew()
        with clocks_show(self.rest.now):
            answers = at_once([ask] * TIMES, most=THREADS)
            answers.append(ask())
        self.rush.statuses.update(answer.status for answer in answers)
        # A secret is told to one of them, and kept for nobody.
        answers.sort(key=lambda answer: len(answer.text), reverse=True)
        first, *others = answers
        told_once = {"address": None} if path.startswith("feeds/") and "address" in first.json else {}
        for other in others:
            assert (other.status, other.json) == (first.status, first.json | told_once), path
            assert other.headers.get("ETag") == first.headers.get("ETag"), path
        return first


@pytest.mark.experiment("F10", "every POST ten times at once with one key")
def test_ten_times_the_same_request_with_one_key_is_one(rush):
    world = a_course_world(name="Example clinic")

    played = recorded(world, TenTimes(a_client_of(world), rush=rush))

    # Had any been done twice, versions, numbers and states would be others than where each was sent once.
    for name, example in played.items():
        once = example_of(name)
        assert once is not None
        assert (example["status"], example["answer"]) == (once.status, once.answer), name
    assert rush.statuses.keys() == {200, 201}
    assert_sound()
