"""The short way gives the answers of the whole way, and only while they still stand."""

from contextlib import contextmanager

import pytest
from django.core.signals import request_finished, request_started
from django.core.wsgi import get_wsgi_application
from django.db import close_old_connections, connection
from django.test import RequestFactory
from django.test.utils import CaptureQueriesContext

from clinic.web.live import short_way as shortened
from clinic.web.live.short_way import short_way
from clinic.web.live.watch import CHECK_SECONDS, EVERY_SECONDS
from tests.support.desk import Desk
from tests.support.live.asking import something_changes
from tests.support.sharing import leave_alone

pytestmark = pytest.mark.django_db


class Door:
    """The service as gunicorn knocks at it; `whole` counts who went the whole way."""

    def __init__(self) -> None:
        self.whole = 0
        self._inner = get_wsgi_application()
        self._answer = short_way(self._counted)

    def _counted(self, environ, start_response):
        self.whole += 1
        return self._inner(environ, start_response)

    def ask(self, desk, query="since=0", **environ):
        """Status, and headers by name."""
        cookies = "; ".join(f"{name}={one.value}" for name, one in desk.client.cookies.items())
        said = RequestFactory().get(f"/live/?{query}", HTTP_COOKIE=cookies).environ | environ
        begun = []
        with desk.clock(), connections_kept():
            answer = self._answer(said, lambda status, headers, fault=None: begun.append((status, headers)))
            assert b"".join(answer) == b"" or begun[0][0] != "204 No Content"
            getattr(answer, "close", lambda: None)()
        (status, headers) = begun[0]
        assert len(dict(headers)) == len(headers)
        return int(status[:3]), dict(headers)


@contextmanager
def connections_kept():
    """A test's transaction goes on after the request."""
    signals = (request_started, request_finished)
    for signal in signals:
        signal.disconnect(close_old_connections)
    yield
    for signal in signals:
        signal.connect(close_old_connections)


@pytest.fixture
def door():
    return Door()


def test_the_second_time_the_answer_is_the_same_but_for_its_id(desk, passing, door):
    first, second = door.ask(desk), door.ask(desk)

    assert door.whole == 1
    ids = [headers.pop("X-Request-ID") for _, headers in (first, second)]
    assert first == second
    assert first[0] == 204
    assert first[1]["Cache-Control"] == "no-store"
    assert len(set(ids)) == 2


def test_an_id_that_a_proxy_said_is_said_again(desk, passing, door):
    said = "0123456789abcdef0123456789abcdef"

    ids = [door.ask(desk, HTTP_X_REQUEST_ID=said)[1]["X-Request-ID"] for _ in range(2)]

    assert (ids, door.whole) == ([said, said], 1)
    assert door.ask(desk, HTTP_X_REQUEST_ID="a b")[1]["X-Request-ID"] != "a b"


def test_the_short_way_asks_the_database_nothing(desk, passing, door):
    door.ask(desk)

    with CaptureQueriesContext(connection) as asked:
        assert {door.ask(desk)[0] for _ in range(20)} == {204}

    assert (len(asked), door.whole) == (0, 1)


@pytest.mark.parametrize(
    "other",
    [
        {"HTTP_HOST": "evil.example"},
        {"HTTP_X_FORWARDED_PROTO": "https"},
        {"wsgi.url_scheme": "https"},
        {"HTTP_COOKIE": "sessionid=another"},
        {"QUERY_STRING": "since=1"},
        {"QUERY_STRING": "since=0&clinic=another"},
        {"REQUEST_METHOD": "POST"},
        {"REQUEST_METHOD": "HEAD"},
        {"PATH_INFO": "/live"},
    ],
)
def test_other_words_go_the_whole_way(desk, passing, door, other):
    door.ask(desk)

    door.ask(desk, **other)

    assert door.whole == 2


def test_what_is_due_is_read_on_the_whole_way(desk, passing, door):
    door.ask(desk)

    passing.go(EVERY_SECONDS)
    door.ask(desk)
    door.ask(desk)

    assert door.whole == 2


def test_a_change_is_told_on_the_whole_way(world, desk, passing, door):
    door.ask(desk)

    something_changes(world.clinic)
    passing.go(EVERY_SECONDS)

    assert [door.ask(desk)[0] for _ in range(3)] == [200] * 3
    assert door.whole == 4


def test_who_is_signed_out_is_refused_once_seats_are_checked(desk, passing, door):
    door.ask(desk)
    other = Desk(now=desk.now)
    other.client.cookies["sessionid"] = desk.client.cookies["sessionid"].value
    other.post("/sign-out/")

    passing.go(CHECK_SECONDS)

    assert [door.ask(desk)[0] for _ in range(3)] == [403] * 3


def test_a_desk_that_locks_is_refused(desk, passing, door):
    door.ask(desk)

    leave_alone(desk)

    assert [door.ask(desk)[0] for _ in range(2)] == [403] * 2
    assert door.whole == 3


def test_of_more_requests_than_are_kept_the_first_goes(desk, passing, door, monkeypatch):
    monkeypatch.setattr(shortened, "MOST_SESSIONS", 2)

    for number in range(4):
        door.ask(desk, f"since=0&n={number}")
    door.ask(desk, "since=0&n=0")

    assert door.whole == 5
