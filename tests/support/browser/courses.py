"""Courses for the browser to look at, made over REST: the running service has a clock of its own."""

import json
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.request import Request, urlopen

from tests.support.running.stack import Stack


@dataclass(frozen=True)
class Course:
    """A plan of the running service, as REST tells it; `sessions` have times once it is booked."""

    patient: str
    patient_name: str
    plan: str
    sessions: list[dict[str, Any]]


def a_course(
    stack: Stack, *, family_name: str, booked: bool, protocol: str = "prp-mesotherapy", count: int = 5
) -> Course:
    """A new patient with a prescription; `booked` takes the first calendar."""
    patient = posted(
        stack,
        "patients/",
        {
            "given_name": "Ada",
            "family_name": family_name,
            "email": "ada@patients.example",
            "born_on": "1980-05-01",
        },
    )
    protocols = {row["key"]: row["id"] for row in asked(stack, "protocols/")["results"]}
    plan = posted(
        stack, "plans/", {"patient": patient["id"], "protocol": protocols[protocol], "sessions": count}
    )
    sessions = plan["sessions"]
    if booked:
        proposals = posted(stack, f"plans/{plan['id']}/proposals/", {})["proposals"]
        sessions = posted(stack, f"plans/{plan['id']}/book/", {"proposal": proposals[0]["id"]})["sessions"]
    return Course(patient["id"], f"Ada {family_name}", plan["id"], sessions)


def a_held_course(stack: Stack, *, family_name: str) -> Course:
    """A new patient whose course is held for an hour, from next week on."""
    course = a_course(stack, family_name=family_name, booked=False)
    now = datetime.now(UTC).replace(microsecond=0)
    next_week = str((now + timedelta(days=7)).date())
    proposals = posted(stack, f"plans/{course.plan}/proposals/", {"from": next_week})["proposals"]
    said = {
        "proposal": proposals[0]["id"],
        "until": (now + timedelta(hours=1)).isoformat(),
        "reason": "Deposit",
    }
    hold = posted(stack, f"plans/{course.plan}/hold/", said)
    return replace(course, sessions=hold["sessions"])


def posted(stack: Stack, path: str, said: dict[str, Any], *, version: int | None = None) -> Any:
    return asked(stack, path, json.dumps(said).encode(), version=version)


def asked(stack: Stack, path: str, body: bytes | None = None, *, version: int | None = None) -> Any:
    headers = {"Authorization": f"Bearer {stack.demo['api_key']}", "Content-Type": "application/json"}
    headers["If-Match"] = "*" if version is None else f'"{version}"'
    with urlopen(Request(f"{stack.base_url}/api/v1/{path}", body, headers)) as answer:
        return json.load(answer)
