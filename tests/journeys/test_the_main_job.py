"""The main job on the running service: prescribe, propose, book; day sheet, feed and mail agree."""

import json
import os
import re
import subprocess
import sys
from dataclasses import dataclass, field
from datetime import datetime
from http.cookiejar import CookieJar
from typing import Any
from urllib.error import HTTPError
from urllib.parse import urlencode
from urllib.request import HTTPCookieProcessor, Request, build_opener, urlopen
from uuid import uuid4

import icalendar
import pytest

from tests.support.running.stack import ROOT, SETTINGS, Stack

pytestmark = pytest.mark.slow

# Time passes in the database alone: the reminders of one plan fall due now.
FALL_DUE = """
from django.utils import timezone
from scheduling.models import Message
due = Message.objects.filter(plan__uuid="{plan}").order_by("due_at")
print(due.count())
due.filter(pk=due.first().pk).update(due_at=timezone.now())
"""


@dataclass
class Client:
    """A REST client of the running service."""

    stack: Stack

    def get(self, path: str) -> Any:
        return self._ask(Request(self.stack.base_url + "/api/v1/" + path))

    def post(self, path: str, said: dict[str, Any], **headers: str) -> Any:
        headers = {"If-Match": "*"} | {name.replace("_", "-"): value for name, value in headers.items()}
        body = json.dumps(said).encode()
        headers["Content-Type"] = "application/json"
        return self._ask(Request(self.stack.base_url + "/api/v1/" + path, data=body, headers=headers))

    def _ask(self, request: Request) -> Any:
        request.add_header("Authorization", f"Bearer {self.stack.demo['api_key']}")
        with urlopen(request, timeout=60) as answer:
            return json.load(answer)


@dataclass
class Desk:
    """A signed-in receptionist without a browser."""

    stack: Stack
    jar: CookieJar = field(default_factory=CookieJar)

    def sign_in(self) -> None:
        user = self.stack.demo["users"]["receptionist"]
        form = self.page("/sign-in/")
        token = re.search(r'name="csrfmiddlewaretoken" value="(\w+)"', form)
        assert token
        said = {"login": user["email"], "password": user["password"], "csrfmiddlewaretoken": token[1]}
        request = Request(self.stack.base_url + "/sign-in/", data=urlencode(said).encode())
        request.add_header("Referer", self.stack.base_url + "/sign-in/")
        self._open(request)

    def page(self, path: str) -> str:
        return self._open(Request(self.stack.base_url + path))

    def _open(self, request: Request) -> str:
        with build_opener(HTTPCookieProcessor(self.jar)).open(request, timeout=60) as answer:
            return str(answer.read().decode())


@dataclass
class Course:
    """A course that was booked over REST, for a patient with an address of their own."""

    name: str
    address: str
    plan: dict[str, Any]
    booked: dict[str, Any]
    proposal_id: str


@pytest.fixture(scope="module")
def rest(stack: Stack) -> Client:
    return Client(stack)


@pytest.fixture(scope="module")
def course(rest: Client) -> Course:
    mark = uuid4().hex[:8]
    address = f"{mark}@example.org"
    new = {"given_name": "Jonna", "family_name": f"Reis{mark}", "email": address, "language": "en"}
    patient = rest.post("patients/", new)
    [protocol] = [p for p in rest.get("protocols/")["results"] if p["key"] == "prp-mesotherapy"]
    said = {"patient": patient["id"], "protocol": protocol["id"], "sessions": 5}
    plan = rest.post("plans/", said)
    [proposal, *_] = rest.post(f"plans/{plan['id']}/proposals/", {})["proposals"]
    read = {"Idempotency_Key": mark, "If_Match": f'"{plan["version"]}"'}
    booked = rest.post(f"plans/{plan['id']}/book/", {"proposal": proposal["id"]}, **read)
    return Course(f"Jonna Reis{mark}", address, plan, booked, proposal["id"])


def test_a_prescribed_course_is_due_and_then_booked_whole(course: Course):
    assert [session["status"] for session in course.plan["sessions"]] == ["due"] * 5
    assert [session["status"] for session in course.booked["sessions"]] == ["booked"] * 5
    for session in course.booked["sessions"]:
        window, on = session["window"], session["starts_at"][:10]
        assert window["earliest"] <= on <= window["latest"]
        assert {claim["resource"]["kind"] for claim in session["claims"]} == {
            "practitioner",
            "room",
            "device",
        }


def test_booking_it_again_is_refused_and_changes_nothing(rest: Client, course: Course):
    path = f"plans/{course.plan['id']}/book/"

    with pytest.raises(HTTPError) as refusal:
        rest.post(path, {"proposal": course.proposal_id})

    assert refusal.value.code == 409
    assert json.load(refusal.value)["code"] == "already_booked"


def test_the_day_sheet_of_each_day_shows_the_session(stack: Stack, course: Course):
    desk = Desk(stack)
    desk.sign_in()

    for session in course.booked["sessions"]:
        sheet = desk.page(f"/?on={session['starts_at'][:10]}")

        assert course.name in sheet
        assert f"Session {session['number']} of 5" in sheet


def test_the_feed_holds_the_course(stack: Stack, course: Course):
    with urlopen(stack.demo["feed_url"], timeout=60) as answer:
        calendar = icalendar.Calendar.from_ical(answer.read())

    starts = {
        str(vevent["UID"]).split("@")[0]: vevent.decoded("DTSTART") for vevent in calendar.walk("VEVENT")
    }
    for session in course.booked["sessions"]:
        assert starts[session["id"]] == datetime.fromisoformat(session["starts_at"])


@pytest.mark.main_job("program")
def test_the_reminder_arrives_once_with_the_session_attached(stack: Stack, course: Course):
    said = manage(stack, "shell", "-c", FALL_DUE.format(plan=course.plan["id"]))
    # A session that was booked for today or tomorrow may be too near for a reminder.
    assert int(said.split()[-1]) >= 4

    [mail] = stack.wait_for_mails(to=course.address)

    [attached] = [part for part in mail.walk() if part.get_content_type() == "text/calendar"]
    [vevent] = icalendar.Calendar.from_ical(attached.get_content()).walk("VEVENT")
    starts = [datetime.fromisoformat(session["starts_at"]) for session in course.booked["sessions"]]
    reminded_of = vevent.decoded("DTSTART")
    assert reminded_of in sorted(starts)[:2]
    text = mail.get_body(("plain",))
    assert text is not None
    assert f"{starts[starts.index(reminded_of)]:%H:%M}" in text.get_content()
    assert len(stack.mails(to=course.address)) == 1


def test_the_diaries_of_the_running_clinic_are_sound(stack: Stack, course: Course):
    assert "Sound" in manage(stack, "check_diary")


def manage(stack: Stack, *arguments: str) -> str:
    """What a management command on the stack's data prints."""
    own = {"DATA": str(stack.folder), **SETTINGS}
    command = [sys.executable, "manage.py", *arguments]
    done = subprocess.run(command, cwd=ROOT, env=os.environ | own, capture_output=True, text=True, check=True)
    return done.stdout
