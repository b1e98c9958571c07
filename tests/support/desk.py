"""The desk's pages as a person meets them: one signed-in browser without scripts, one fixed clock."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from html.parser import HTMLParser
from typing import Any

from django.test import Client

from clinic.identity.actors import Role
from clinic.models import User
from clinic.people.care import take_into_care
from tests.support.builders import a_user
from tests.support.cast import NOW
from tests.support.clock import clocks_show
from tests.support.worlds import World

UNSEEN = ("script", "style", "title")
# What stands in the midst of words, without a gap.
WITHIN_WORDS = ("bdi",)


@dataclass
class SeenForm:
    """A form as it would be sent if nobody touched it."""

    action: str
    method: str
    fields: dict[str, list[str]] = field(default_factory=dict)
    buttons: list[str] = field(default_factory=list)


class Seen(HTMLParser):
    """What a page says (`text`), where it leads (`links`) and what it sends (`forms`)."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.words: list[str] = []
        self.links: list[str] = []
        self.forms: list[SeenForm] = []
        self.tags: list[str] = []
        self._select, self._is_in_button, self._goes_on = "", False, False
        self.feed(html)

    @property
    def text(self) -> str:
        return " ".join(" ".join(self.words).split())

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        said = {name: value or "" for name, value in attrs}
        self.tags.append(tag)
        self._goes_on = self._goes_on and tag in WITHIN_WORDS
        if tag == "a" and "href" in said:
            self.links.append(said["href"])
        if tag == "form":
            self.forms.append(SeenForm(said.get("action", ""), said.get("method", "get")))
        if tag == "select":
            self._select = said.get("name", "")
        if tag == "button":
            self._is_in_button = True
        if tag == "option" and "selected" in said and self.forms:
            self.forms[-1].fields[self._select] = [said.get("value", "")]
        if tag == "input" and "name" in said and self.forms:
            is_choice = said.get("type") in ("checkbox", "radio")
            if not is_choice or "checked" in said:
                value = said.get("value", "on" if is_choice else "")
                self.forms[-1].fields.setdefault(said["name"], []).append(value)

    def handle_endtag(self, tag: str) -> None:
        self._goes_on = self._goes_on and tag in WITHIN_WORDS
        if tag == "button":
            self._is_in_button = False

    def handle_data(self, data: str) -> None:
        if self.tags and self.tags[-1] in UNSEEN and not data.strip():
            return
        if self._is_in_button and self.forms and data.strip():
            self._hear(self.forms[-1].buttons, data if self._goes_on else data.lstrip())
        self._hear(self.words, data)
        self._goes_on = True

    def _hear(self, heard: list[str], data: str) -> None:
        """A name within words goes on with them."""
        if self._goes_on and heard:
            heard[-1] += data
        else:
            heard.append(data)


@dataclass
class Page:
    """What came back."""

    status: int
    url: str
    headers: Mapping[str, str]
    html: str

    @property
    def seen(self) -> Seen:
        return Seen(self.html)

    @property
    def text(self) -> str:
        return self.seen.text

    @property
    def location(self) -> str:
        return self.headers["Location"]

    def form(self, button: str) -> SeenForm:
        """The first form with a button of these words."""
        return next(form for form in self.seen.forms if any(button in words for words in form.buttons))


@dataclass
class Desk:
    """One browser at the desk; `now` is what the service's clock shows."""

    user: User | None = None
    now: datetime = NOW
    client: Client = field(default_factory=lambda: Client(enforce_csrf_checks=False))

    def __post_init__(self) -> None:
        if self.user is not None:
            with self.clock():
                self.client.force_login(self.user)

    @contextmanager
    def clock(self) -> Iterator[None]:
        with clocks_show(self.now):
            yield

    def get(self, url: str, **query: Any) -> Page:
        with self.clock():
            return _page(url, self.client.get(url, query))

    def post(self, url: str, said: Mapping[str, Any] | None = None) -> Page:
        with self.clock():
            return _page(url, self.client.post(url, dict(said or {})))

    def follow(self, page: Page) -> Page:
        """The page a redirect leads to."""
        assert page.status == 302, page.text
        return self.get(page.location)

    def send(self, page: Page, button: str, **typed: Any) -> Page:
        """Send the form with that button, with some fields typed over."""
        form = page.form(button)
        fields = {**form.fields, **typed}
        url = form.action or page.url
        if form.method == "post":
            return self.post(url, fields)
        return self.get(url.partition("?")[0], **fields)


def reception(world: World, **fields: Any) -> Desk:
    return Desk(a_user(clinic=world.clinic), **fields)


def doctors_desk(world: World, **fields: Any) -> Desk:
    """Dr Osei at the screen, whose patient the world's patient is."""
    take_into_care(patient=world.patient, practitioner_ids=[world.doctors[0].pk], now=NOW)
    user = a_user(clinic=world.clinic, role=Role.PRACTITIONER, practitioner=world.doctors[0])
    return Desk(user, **fields)


def _page(url: str, response: Any) -> Page:
    query = response.request["QUERY_STRING"]
    asked = (
        url if "?" in url or not query or response.request["REQUEST_METHOD"] == "POST" else f"{url}?{query}"
    )
    body = b"".join(response.streaming_content) if response.streaming else response.content
    return Page(response.status_code, asked, response.headers, body.decode(errors="replace"))
