"""The whole story of one course over REST: booked in part, moved, missed, swapped, amended, completed."""

from datetime import datetime, timedelta
from typing import Any, Protocol

from tests.support.cast import NOW

DAY = timedelta(days=1)


class Teller(Protocol):
    """A service whose clock can be put forward; what it refuses is an error of the test."""

    def clock_shows(self, now: datetime) -> None: ...
    def get(self, path: str) -> Any: ...
    def post(self, path: str, said: dict[str, Any]) -> Any: ...


class Story:
    """One plan, one client, and a clock that goes on from session to session."""

    def __init__(self, teller: Teller, plan: str) -> None:
        self.teller, self.plan = teller, plan

    @property
    def course(self) -> list[dict[str, Any]]:
        """The treatments that stand for their numbers."""
        sessions = self.teller.get(f"plans/{self.plan}/")["sessions"]
        return [session for session in sessions if session["kind"] == "treatment"]

    @property
    def statuses(self) -> list[str]:
        return [session["status"] for session in self.course]

    def session(self, number: int) -> dict[str, Any]:
        return next(session for session in self.course if session["number"] == number)

    def post(self, path: str, **said: Any) -> Any:
        return self.teller.post(path, said)

    def book(self, *, on: datetime, sessions: int | None = None) -> None:
        self.teller.clock_shows(on)
        asked = {"from": str(on.date()), "most": 1} | ({"sessions": sessions} if sessions else {})
        found = self.post(f"plans/{self.plan}/proposals/", **asked)
        self.post(f"plans/{self.plan}/book/", proposal=found["proposals"][0]["id"])

    def attend(self, number: int, act: str, **said: Any) -> Any:
        """On the session's own day, a little after it began."""
        session = self.session(number)
        self.teller.clock_shows(datetime.fromisoformat(session["starts_at"]) + timedelta(minutes=20))
        return self.post(f"sessions/{session['id']}/{act}/", **said)

    def report(self) -> dict[str, int]:
        """Of the treatments: how many were missed, and how many given."""
        said = self.teller.get(f"plans/{self.plan}/adherence/")
        return {"missed": said["missed"], "given": said["early"] + said["on_time"] + said["late"]}


def begins(story: Story) -> None:
    """Two sessions are booked, and the patient moves the second."""
    story.book(on=NOW + DAY, sessions=2)
    assert story.statuses == ["booked", "booked", "due", "due"]
    second = story.session(2)
    later = datetime.fromisoformat(second["starts_at"]) + 2 * DAY
    story.post(f"sessions/{second['id']}/move/", starts_at=later.isoformat(), by_patient=True)
    assert story.session(2)["starts_at"] == later.isoformat()


def fails_once(story: Story) -> None:
    """The first treatment is given, the second comes to nothing and is due again, and the rest is booked."""
    later = datetime.fromisoformat(story.session(2)["starts_at"])
    story.attend(1, "arrive")
    story.attend(1, "start")
    story.attend(1, "complete", outcome="given")
    story.attend(2, "complete", outcome="not_given", reason="Failed draw")
    assert story.statuses == ["completed", "due", "due", "due"]
    assert story.session(2)["attempt"] == 2
    story.book(on=later + DAY)


def is_missed(story: Story) -> None:
    """The second is given after all, the third missed, and the rest ripples."""
    story.attend(2, "complete", outcome="given")
    story.attend(3, "miss")
    assert (story.session(3)["status"], story.session(3)["attempt"]) == ("due", 2)
    found = story.post(f"plans/{story.plan}/ripple/preview/")
    story.post(f"plans/{story.plan}/ripple/", proposal=found["proposal"])
    assert story.statuses == ["completed", "completed", "booked", "booked"]


def finds_another_doctor(story: Story) -> None:
    """The doctor of the third falls ill, and somebody else treats at the same hour."""
    third = story.session(3)
    doctor = next(claim["resource"] for claim in third["claims"] if claim["role"] == "doctor")
    day = datetime.fromisoformat(third["starts_at"]).replace(hour=0, minute=0)
    away = {"starts_at": day.isoformat(), "ends_at": (day + DAY).isoformat(), "reason": "Flu"}
    leave = story.post(f"resources/{doctor['id']}/leave/", **away)
    assert [one["session"]["id"] for one in leave["in_the_way"]] == [third["id"]]
    story.post(f"leave/{leave['leave']['id']}/swap/", also_practitioners=True)
    swapped = story.session(3)
    assert doctor["name"] not in {claim["resource"]["name"] for claim in swapped["claims"]}
    assert (swapped["starts_at"], swapped["sequence"]) == (third["starts_at"], third["sequence"])


def grows(story: Story) -> None:
    """Two more sessions are prescribed."""
    story.attend(3, "complete", outcome="given")
    story.post(f"plans/{story.plan}/amend/", sessions=6, reason="Dense loss")
    assert story.statuses == ["completed", "completed", "completed", "booked", "due", "due"]


def is_completed(story: Story) -> None:
    """What is left is booked, and all of it given."""
    fourth = datetime.fromisoformat(story.session(4)["starts_at"])
    story.attend(4, "complete", outcome="given")
    story.book(on=fourth + DAY)
    story.attend(5, "complete", outcome="given")
    story.attend(6, "complete", outcome="given")
