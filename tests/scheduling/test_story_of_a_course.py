"""The whole story of one course over REST: booked in part, moved, missed, swapped, amended, completed."""

from datetime import datetime, timedelta
from typing import Any

import pytest

from scheduling.check_diary import flaws
from tests.cast import NOW
from tests.rest import Answer, RestClient, a_client_of, prescribed
from tests.worlds import World

pytestmark = pytest.mark.django_db

DAY = timedelta(days=1)


class Story:
    """One plan, one client, and a clock that goes on from visit to visit."""

    def __init__(self, world: World) -> None:
        self.rest: RestClient = a_client_of(world)
        self.plan = prescribed(self.rest, world)["id"]

    @property
    def course(self) -> list[dict[str, Any]]:
        """The treatments that stand for their numbers."""
        plan = self.ok(self.rest.get(f"plans/{self.plan}/")).json
        return [session for session in plan["sessions"] if session["kind"] == "treatment"]

    @property
    def statuses(self) -> list[str]:
        return [session["status"] for session in self.course]

    def visit(self, number: int) -> dict[str, Any]:
        return next(session for session in self.course if session["number"] == number)

    def ok(self, answer: Answer) -> Answer:
        assert answer.status in (200, 201), answer.text
        return answer

    def post(self, path: str, **said: Any) -> Any:
        return self.ok(self.rest.post(path, said)).json

    def book(self, *, on: datetime, sessions: int | None = None) -> None:
        self.rest.now = on
        asked = {"from": str(on.date()), "most": 1} | ({"sessions": sessions} if sessions else {})
        found = self.post(f"plans/{self.plan}/proposals/", **asked)
        self.post(f"plans/{self.plan}/book/", proposal=found["proposals"][0]["id"])

    def attend(self, number: int, act: str, **said: Any) -> Any:
        """On the visit's own day, a little after it began."""
        visit = self.visit(number)
        self.rest.now = datetime.fromisoformat(visit["starts_at"]) + timedelta(minutes=20)
        return self.post(f"sessions/{visit['id']}/{act}/", **said)


def begins(story: Story) -> None:
    """Two visits are booked, one is moved by the patient, one fails and is due again."""
    story.book(on=NOW + DAY, sessions=2)
    assert story.statuses == ["booked", "booked", "due", "due"]
    second = story.visit(2)
    later = datetime.fromisoformat(second["starts_at"]) + 2 * DAY
    story.post(f"sessions/{second['id']}/move/", starts_at=later.isoformat(), by_patient=True)
    assert story.visit(2)["starts_at"] == later.isoformat()

    story.attend(1, "arrive")
    story.attend(1, "start")
    story.attend(1, "complete", outcome="given")
    story.attend(2, "complete", outcome="not_given", reason="Failed draw")
    assert story.statuses == ["completed", "due", "due", "due"]
    assert story.visit(2)["attempt"] == 2
    story.book(on=later + DAY)


def goes_wrong(story: Story) -> None:
    """One visit is missed and the rest ripples; then the doctor falls ill and somebody else treats."""
    story.attend(2, "complete", outcome="given")
    story.attend(3, "miss")
    assert (story.visit(3)["status"], story.visit(3)["attempt"]) == ("due", 2)
    found = story.post(f"plans/{story.plan}/ripple/preview/")
    story.post(f"plans/{story.plan}/ripple/", proposal=found["proposal"])
    assert story.statuses == ["completed", "completed", "booked", "booked"]

    third = story.visit(3)
    doctor = next(claim["resource"] for claim in third["claims"] if "Dr" in claim["resource"]["name"])
    day = datetime.fromisoformat(third["starts_at"]).replace(hour=0, minute=0)
    away = {"starts_at": day.isoformat(), "ends_at": (day + DAY).isoformat(), "reason": "Flu"}
    leave = story.post(f"resources/{doctor['id']}/leave/", **away)
    assert [one["session"]["id"] for one in leave["in_the_way"]] == [third["id"]]
    story.post(f"leave/{leave['leave']['id']}/swap/", also_practitioners=True)
    swapped = story.visit(3)
    assert doctor["name"] not in {claim["resource"]["name"] for claim in swapped["claims"]}
    assert (swapped["starts_at"], swapped["sequence"]) == (third["starts_at"], third["sequence"])


def is_completed(story: Story) -> None:
    """Two more sessions are prescribed, and all of them given."""
    story.attend(3, "complete", outcome="given")
    story.post(f"plans/{story.plan}/amend/", sessions=6, reason="Dense loss")
    assert story.statuses == ["completed", "completed", "completed", "booked", "due", "due"]
    fourth = datetime.fromisoformat(story.visit(4)["starts_at"])
    story.attend(4, "complete", outcome="given")
    story.book(on=fourth + DAY)
    story.attend(5, "complete", outcome="given")
    story.attend(6, "complete", outcome="given")


def test_a_course_lives_through_everything_and_is_told_of_truly(world):
    story = Story(world)

    begins(story)
    goes_wrong(story)
    is_completed(story)

    plan = story.rest.get(f"plans/{story.plan}/").json
    report = story.rest.get(f"plans/{story.plan}/adherence/").json
    assert plan["state"] == "completed"
    assert (report["missed"], report["early"] + report["on_time"] + report["late"]) == (1, 6)
    assert list(flaws()) == []
