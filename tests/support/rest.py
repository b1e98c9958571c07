"""A client of the REST interface, for tests: one key, one fixed clock, plain JSON."""

import json
from collections.abc import Callable, Mapping, Sequence
from contextlib import nullcontext
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.test import Client

from tests.support.builders import a_key
from tests.support.cast import NOW
from tests.support.clock import clocks_show
from tests.support.database.rivals import at_once
from tests.support.openapi.contracts import assert_keeps_its_contract
from tests.support.worlds import World

API = "/api/v1"


@dataclass
class Answer:
    """What came back."""

    status: int
    headers: Mapping[str, str]
    text: str

    @property
    def json(self) -> Any:
        return json.loads(self.text)

    @property
    def version(self) -> int:
        """Of what the path names, by its ETag."""
        return int(self.headers["ETag"].strip('"').partition("-")[0])

    @property
    def code(self) -> str:
        """The code of a problem, which is one only if it looks like one."""
        assert self.headers["Content-Type"] == "application/problem+json", self.text
        assert self.json["status"] == self.status
        assert {"type", "title", "detail"} <= self.json.keys()
        return str(self.json["code"])


@dataclass
class RestClient:
    """Asks with a key; `now` is what the service's clock shows, or None to leave it alone."""

    secret: str | None
    now: datetime | None = NOW
    client: Client = field(default_factory=Client)

    def get(self, path: str, **query: Any) -> Answer:
        return self._ask("get", path, data=query)

    def post(self, path: str, said: Any, **headers: str | None) -> Answer:
        """As somebody who has read how things stand; with `If_Match=None` as one who does not say so."""
        return self.send("POST", path, said, **headers)

    def put(self, path: str, said: Any, **headers: str | None) -> Answer:
        return self.send("PUT", path, said, **headers)

    def patch(self, path: str, said: Any, **headers: str | None) -> Answer:
        return self.send("PATCH", path, said, **headers)

    def delete(self, path: str, **headers: str | None) -> Answer:
        return self.send("DELETE", path, {}, **headers)

    def ask(self, method: str, path: str, said: Any = None, **headers: str | None) -> Answer:
        """By any method; a GET says nothing."""
        if method == "GET":
            return self.get(path)
        return self.send(method, path, {} if said is None else said, **headers)

    def send(self, method: str, path: str, said: Any, **headers: str | None) -> Answer:
        """The same by any method that has a body."""
        text = said if isinstance(said, str) else json.dumps(said)
        all_headers = {"If_Match": "*", **headers}
        said_with = {
            name.replace("_", "-"): value for name, value in all_headers.items() if value is not None
        }
        asked = method.lower()
        return self._ask(asked, path, data=text, content_type="application/json", headers=said_with)

    def _ask(self, method: str, path: str, headers: dict[str, str] | None = None, **asked: Any) -> Answer:
        headers = dict(headers or {})
        if self.secret is not None:
            headers["Authorization"] = f"Bearer {self.secret}"
        url = path if path.startswith(("http", "/")) else f"{API}/{path}"
        with clocks_show(self.now) if self.now else nullcontext():
            answer = getattr(self.client, method)(url, headers=headers, **asked)
        text = answer.content.decode()
        is_json = "json" in answer.headers.get("Content-Type", "")
        body = json.loads(text) if text and is_json else None
        data = asked.get("data")
        is_whole = not (isinstance(data, dict) and "fields" in data)
        at = (method.upper(), url)
        assert_keeps_its_contract(*at, status=answer.status_code, body=body, is_whole=is_whole)
        return Answer(answer.status_code, answer.headers, text)


def a_client_of(world: World, *, now: datetime | None = NOW) -> RestClient:
    """One with a key of the world's clinic that may do everything."""
    return RestClient(secret=a_key(clinic=world.clinic)[1], now=now)


def prescribed(
    rest: RestClient, world: World, *, sessions: int = 4, protocol: str = "prp-mesotherapy", **said
) -> Any:
    """A plan entered over REST, as its JSON."""
    answer = rest.post(
        "plans/",
        {
            "patient": str(world.patient.uuid),
            "protocol": str(world.protocols[protocol].uuid),
            "sessions": sessions,
            **said,
        },
    )
    assert answer.status == 201, answer.text
    return answer.json


def all_proposals(rest: RestClient, plan: Any) -> Any:
    answer = rest.post(f"plans/{plan['id']}/proposals/", {})
    assert answer.status == 200, answer.text
    return answer.json["proposals"]


def first_proposal(rest: RestClient, plan: Any) -> Any:
    return all_proposals(rest, plan)[0]


def booked(rest: RestClient, plan: Any) -> Any:
    """The plan's course, booked over REST as the first calendar offers it; the answer as JSON."""
    answer = rest.post(f"plans/{plan['id']}/book/", {"proposal": first_proposal(rest, plan)["id"]})
    assert answer.status == 201, answer.text
    return answer.json


def all_at_once(asks: Sequence[Callable[[], Answer]]) -> list[Answer]:
    """Run the asks in threads with connections of their own, none before all are there; their answers."""
    # The clocks stand still for all of them: they are things of the process, not of a thread.
    with clocks_show(NOW):
        return at_once(asks)
