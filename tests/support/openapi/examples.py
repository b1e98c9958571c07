"""An example of each operation of REST, as one clinic asks and is answered in the course of some weeks."""

import json
import re
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlencode

from clinic.models import Leave, LeaveState
from scheduling.messages.sending import send_due
from tests.support.cast import NOW
from tests.support.openapi.addresses import gets_an_address
from tests.support.openapi.contracts import contract_at
from tests.support.openapi.feeds import opens_a_calendar
from tests.support.openapi.hours import sets_hours
from tests.support.openapi.places import open_another_site
from tests.support.rest import API, Answer, RestClient
from tests.support.words.spoken import a_word
from tests.support.worlds import World

DAY = timedelta(days=1)
# Long answers are shown by their beginning: a reader sees the shape.
_MOST_ROWS = 2
# What is drawn by lot or signed, and what stands for it.
_DRAWN = (
    (
        re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}"),
        "{0:08d}-0000-4000-8000-{0:012d}",
    ),
    (re.compile(r'"[\w.:-]{60,}"'), '"proposal-{0}"'),
    (re.compile(r"cursor=[\w%-]+"), "cursor=page-{0}"),
    (re.compile(r"/feeds/[\w-]{40,}\.ics"), "/feeds/secret-{0}.ics"),
)

Json = dict[str, Any]


@dataclass
class Recorder:
    """A client whose first answer to each operation is kept."""

    rest: RestClient
    made: dict[str, Json] = field(default_factory=dict)

    def at(self, now: datetime) -> None:
        self.rest.now = now

    def get(self, path: str, **query: Any) -> Any:
        asked = f"{path}?{urlencode(query)}" if query else path
        return self._kept("GET", asked, None, self.rest.get(path, **query))

    def post(self, path: str, **said: Any) -> Any:
        return self._kept("POST", path, said, self.asked(path, said))

    def put(self, path: str, **said: Any) -> Any:
        return self.send("PUT", path, **said)

    def patch(self, path: str, **said: Any) -> Any:
        return self.send("PATCH", path, **said)

    def delete(self, path: str) -> Any:
        return self._kept("DELETE", path, None, self.rest.delete(path))

    def send(self, method: str, path: str, **said: Any) -> Any:
        return self._kept(method, path, said, self.rest.send(method, path, said))

    def asked(self, path: str, said: Json) -> Answer:
        return self.rest.post(path, said)

    def _kept(self, method: str, path: str, said: Json | None, answer: Any) -> Any:
        assert answer.status in (200, 201), f"{method} {path}: {answer.text}"
        found = contract_at(method, f"{API}/{path}")
        assert found is not None, path
        example = {"request": f"{method} /{path}", "body": said, "status": answer.status}
        self.made.setdefault(found[0].name, example | {"answer": _beginning(answer.json)})
        return answer.json

    def examples(self) -> dict[str, Json]:
        """By operation; ids and tokens as they are in every run, for who made them drew lots."""
        text = json.dumps(self.made, ensure_ascii=False).replace(
            "http://testserver", "https://clinic.example"
        )
        for drawn, plain in _DRAWN:
            text = _numbered(text, drawn, plain)
        made: dict[str, Json] = json.loads(text)
        return dict(sorted(made.items()))


def _numbered(text: str, drawn: re.Pattern[str], plain: str) -> str:
    known: dict[str, str] = {}
    for found in drawn.findall(text):
        known.setdefault(found, plain.format(len(known) + 1))
    return drawn.sub(lambda found: known[found[0]], text)


def _beginning(answer: Any) -> Any:
    if isinstance(answer, dict):
        return {name: _beginning(value) for name, value in answer.items()}
    if isinstance(answer, list):
        return [_beginning(value) for value in answer[:_MOST_ROWS]]
    return answer


def recorded(world: World, told: Recorder) -> dict[str, Json]:
    """The examples, from a clinic in which nobody did anything yet."""
    desk = _Weeks(world, told)
    desk.looks_around()
    desk.books_a_course()
    desk.changes_it()
    desk.offers_what_is_free()
    desk.treats()
    desk.is_short_of_people()
    sets_hours(told, world)
    desk.makes_calls()
    desk.looks_back()
    desk.answers_for_a_doctor()
    opens_a_calendar(told, world)
    open_another_site(told)
    return told.examples()


class _Weeks:
    def __init__(self, world: World, told: Recorder) -> None:
        self.world, self.told = world, told
        self.get, self.post = told.get, told.post

    @property
    def consultation(self) -> str:
        return str(self.world.session_types["consultation"].uuid)

    def looks_around(self) -> None:
        self.get("sites/")
        self.get("resources/", limit=2)
        self.get("protocols/")
        self.get("session-types/", limit=1)
        said = {"given_name": "Sanne", "family_name": "Jansen", "born_on": "1984-02-29"}
        reached = {"email": "sanne@patients.example", "phone": "06 12345678", "message_consent": "yes"}
        self.patient = self.post("patients/", **said, **reached)["id"]
        self.get("patients/", limit=2)
        self.post("patients/search/", name="jansen")
        self.get(f"patients/{self.patient}/")
        self.post("external-ids/", system="till", value="K-1041", kind="patient", id=self.patient)
        self.told.send("PATCH", f"patients/{self.patient}/", phone="06 87654321")
        self.told.send("PUT", "patients/by-external-id/till/K-1041/", language="nl")
        self.get(f"patients/{self.patient}/export/")
        self.get("starts/", session_type=self.consultation, **{"from": "2027-01-05"}, limit=2)
        first = {"patient": self.patient, "session_type": self.consultation}
        self.lone = self.post("sessions/", **first, starts_at="2027-01-05T10:00:00+01:00")

    def books_a_course(self) -> None:
        prescribed = {"protocol": str(self.world.protocols["prp-mesotherapy"].uuid), "sessions": 4}
        self.plan = self.post("plans/", patient=self.patient, **prescribed)["id"]
        self.get("to-be-booked/", limit=2)
        found = self._calendars(most=1)
        held = self.post(f"plans/{self.plan}/hold/", proposal=found, reason="Asks at home")
        self.get("holds/", plan=self.plan)
        self.get(f"holds/{held['id']}/")
        self.post(f"holds/{held['id']}/release/")
        self.post(f"plans/{self.plan}/book/", proposal=self._calendars())
        self.get(f"plans/{self.plan}/")
        self.get("sessions/", patient=self.patient, limit=1)

    def _calendars(self, **asked: Any) -> str:
        found = self.post(f"plans/{self.plan}/proposals/", **{"from": "2027-01-11", "most": 1} | asked)
        return str(found["proposals"][0]["id"])

    @property
    def course(self) -> list[Json]:
        sessions = self.told.rest.get(f"plans/{self.plan}/").json["sessions"]
        return [one for one in sessions if one["kind"] == "treatment"]

    def changes_it(self) -> None:
        second = self.course[1]
        self.get(f"sessions/{second['id']}/")
        later = (datetime.fromisoformat(second["starts_at"]) + 4 * DAY).isoformat()
        seen = self.post(f"sessions/{second['id']}/move/preview/", starts_at=later)
        moved = self.post(f"sessions/{second['id']}/move/", proposal=seen["proposal"], reason="Wedding")
        self.post(f"acts/{moved['act']['id']}/send-now/")
        self.post(f"acts/{moved['act']['id']}/undo/")
        self.post(f"sessions/{self.course[1]['id']}/cancel/", cancelled_by="patient", reason="Flu")
        seen = self.post(f"plans/{self.plan}/ripple/preview/")
        self.post(f"plans/{self.plan}/ripple/", proposal=seen["proposal"])
        self.post(f"plans/{self.plan}/amend/", sessions=5, reason="Dense loss")
        self.post(f"plans/{self.plan}/pause/", reason="Abroad", until="2027-01-08", give_back=True)
        self.post(f"plans/{self.plan}/resume/")
        self.post(f"plans/{self.plan}/concerns/", topic="medicines", answer="Blood thinner, since May")
        self.get(f"plans/{self.plan}/concerns/")

    def offers_what_is_free(self) -> None:
        self.post(f"sessions/{self.lone['id']}/confirm/")
        waits = [self._waiting(f"2027-01-{day}T10:00:00+01:00") for day in (20, 21)]
        self.get("waitlist/")
        self.post(f"waits/{waits[0]['id']}/rank/", rank=-1)
        free = {"site": str(self.world.site.uuid)}
        free |= {"starts_at": "2027-01-14T10:00:00+01:00", "ends_at": "2027-01-14T11:00:00+01:00"}
        self.get("waitlist/matches/", **free)
        declined = self.post("waitlist/offer/", **free)["offer"]
        self.post(f"offers/{declined['id']}/decline/")
        accepted = self.post("waitlist/offer/", **free)["offer"]
        self.post(f"offers/{accepted['id']}/accept/")
        for wait in self.told.rest.get("waitlist/").json["results"][:1]:
            self.post(f"waits/{wait['id']}/withdraw/")

    def _waiting(self, starts_at: str) -> Json:
        session = self._consultation(starts_at)
        waiting: Json = self.post(f"sessions/{session['id']}/wait/", notice_hours=0, note="Mornings")
        return waiting

    def _consultation(self, starts_at: str, **said: Any) -> Json:
        new = {"given_name": "Eva", "family_name": "Bakker", "message_consent": "yes"}
        patient = self.told.rest.post("patients/", new | said).json["id"]
        asked = {"patient": patient, "session_type": self.consultation, "starts_at": starts_at}
        booked: Json = self.told.rest.post("sessions/", asked).json
        return booked

    def treats(self) -> None:
        lone = f"sessions/{self.lone['id']}"
        self.told.at(datetime.fromisoformat(self.lone["starts_at"]))
        self.post(f"{lone}/arrive/")
        self.post(f"{lone}/change-type/", session_type=str(self.world.session_types["mesotherapy"].uuid))
        self.post(f"{lone}/start/")
        self.post(f"{lone}/undo/")
        self.post(f"{lone}/start/")
        self.post(f"{lone}/complete/", outcome="given")
        self.post(f"{lone}/correct/", why="Read the wrong line", missed=True)
        walked = self.post("sessions/walk-in/", patient=self.patient, session_type=self.consultation)
        self.post(f"sessions/{walked['id']}/give-time/")
        late = self._consultation("2027-01-05T15:00:00+01:00")
        doctor = next(one["resource"]["id"] for one in late["claims"] if one["role"] == "doctor")
        seen = self.post(f"resources/{doctor}/delay/preview/", minutes=20)
        expected = {one["session"]: one["version"] for one in seen["visits"]}
        self.post(f"resources/{doctor}/delay/", minutes=20, expected=expected)
        self.told.at(datetime.fromisoformat(late["starts_at"]) + timedelta(hours=3))
        self.get("questions/")
        self.post(f"sessions/{late['id']}/miss/")

    def is_short_of_people(self) -> None:
        booked = self._consultation("2027-01-06T10:00:00+01:00")
        doctor = next(one["resource"]["id"] for one in booked["claims"] if one["role"] == "doctor")
        away = {"starts_at": "2027-01-06T00:00:00+01:00", "ends_at": "2027-01-07T00:00:00+01:00"}
        leave = self.post(f"resources/{doctor}/leave/", **away, reason="Flu")["leave"]["id"]
        self.get("leave/")
        self.get(f"leave/{leave}/in-the-way/")
        self.post(f"leave/{leave}/swap/", also_practitioners=True)
        self.post(f"leave/{leave}/end/", at="2027-01-06T12:00:00+01:00")
        asked = Leave.objects.create(
            clinic=self.world.clinic,
            resource=self.world.doctors[0],
            starts_at=datetime.fromisoformat("2027-02-01T00:00:00+01:00"),
            state=LeaveState.ASKED,
            changed_at=NOW,
        )
        self.post(f"leave/{asked.uuid}/grant/")
        shut = {"starts_at": "2027-01-06T09:00:00+01:00", "ends_at": "2027-01-06T12:00:00+01:00"}
        site = self.world.site.uuid
        closure = self.post(f"sites/{site}/closures/", **shut, reason="Burst pipe")["closure"]["id"]
        self.get("closures/")
        self.get(f"closures/{closure}/in-the-way/")
        self.post(f"closures/{closure}/end/", at="2027-01-06T10:00:00+01:00")

    def makes_calls(self) -> None:
        unreachable = self._consultation("2027-01-12T10:00:00+01:00")
        self.told.rest.post(
            f"sessions/{unreachable['id']}/cancel/", {"cancelled_by": "clinic", "reason": "No doctor"}
        )
        assert self.told.rest.now is not None
        send_due(now=self.told.rest.now)
        call = self.get("messages/unsaid/")["results"][0]
        self.post(f"messages/{call['id']}/told/")
        self.is_on_the_phone()

    def is_on_the_phone(self) -> None:
        unreachable = self._consultation("2027-01-12T11:00:00+01:00")
        self.told.rest.post(
            f"sessions/{unreachable['id']}/cancel/", {"cancelled_by": "clinic", "reason": "No doctor"}
        )
        assert self.told.rest.now is not None
        send_due(now=self.told.rest.now)
        patient = self.get("calls/")["results"][0]["patient"]
        self.post(f"patients/{patient}/calling/")
        self.post(f"patients/{patient}/tried/", outcome="left_message")
        self.post(f"patients/{patient}/reached/")
        gets_an_address(self.told, patient)

    def looks_back(self) -> None:
        due = next(one for one in self.course if one["status"] == "due")
        self.post(f"sessions/{due['id']}/elsewhere/", on="2027-01-05", place="Clinic at Utrecht")
        self.get(f"plans/{self.plan}/adherence/")
        self.get("adherence/", **{"from": "2027-01-01"})
        self.get("capacity/", weeks=1)
        self.post("import/", patients="key,given_name,family_name\nA1,Anna,Smit\n")
        self.post(f"plans/{self.plan}/cancel/", cancelled_by="patient", reason="Moves away", what="rest")

    def answers_for_a_doctor(self) -> None:
        """Of what reception entered on their word."""
        word = a_word(world=self.world)
        self.get("speakers/")
        self.get("words/", answer="none")
        self.post(f"words/{word.uuid}/answer/", member=str(word.said_by.uuid), answer="right")
