"""Alive, and ready; and whether anybody looks for mail."""

from datetime import timedelta

import pytest
from django.db import OperationalError, connection
from django.test import Client

from clinic import VERSION
from clinic.health import draining
from clinic.health.ticks import MAIL, note_begun, note_ended
from scheduling.models import Message
from tests.support.acts.mailing import due_messages
from tests.support.cast import NOW
from tests.support.clock import clocks_show

# Sessions are rows without claims here.
pytestmark = [pytest.mark.django_db, pytest.mark.damages_diaries]

ON_TIME = {"messages": "on time", "oldest_due_seconds": None}
LINE = "no mail is looked at"


def gone(*_):
    raise OperationalError("gone")


def readiness(now=NOW):
    with clocks_show(now):
        return Client().get("/readyz")


def looked(now):
    note_begun(name=MAIL, now=now)
    note_ended(name=MAIL, now=now)


def lines(caplog):
    return [line.msg for line in caplog.records if isinstance(line.msg, dict) and line.msg["event"] == LINE]


def test_the_service_is_alive_whatever_its_database_does():
    with connection.execute_wrapper(gone):
        answer = Client().get("/healthz")

    assert (answer.status_code, answer.json()) == (200, {"status": "alive", "version": VERSION})


def test_the_service_is_ready_with_its_database_and_its_broker():
    answer = readiness()

    assert answer.status_code == 200
    assert answer.json() == {"status": "ready", "database": "up", "broker": "up", **ON_TIME}


def test_without_its_database_the_service_is_not_ready():
    with connection.execute_wrapper(gone):
        answer = readiness()

    assert answer.status_code == 503
    assert answer.json()["database"] == "down"
    assert int(answer.headers["Retry-After"]) > 0


def test_a_dead_broker_is_told_and_keeps_nobody_from_working(settings, tmp_path):
    settings.CELERY_BROKER_URL = f"redis+socket://{tmp_path}/no-broker.sock"

    answer = readiness()

    assert answer.status_code == 200
    assert answer.json() == {"status": "ready", "database": "up", "broker": "down", **ON_TIME}


@pytest.mark.parametrize("path", ["/healthz", "/readyz"])
def test_health_is_only_read(path):
    assert Client().post(path).status_code == 405


def test_five_minutes_without_a_look_are_late_and_the_service_still_ready():
    looked(NOW - timedelta(minutes=5, seconds=1))
    due_messages(2, now=NOW - timedelta(minutes=6))

    answer = readiness()

    assert answer.status_code == 200
    assert answer.json()["status"] == "ready"
    assert (answer.json()["messages"], answer.json()["oldest_due_seconds"]) == ("late", 362)


def test_five_minutes_are_no_more_than_that():
    looked(NOW - timedelta(minutes=5))

    assert readiness().json()["messages"] == "on time"


def test_a_look_that_never_ended_is_none():
    looked(NOW - timedelta(minutes=9))
    note_begun(name=MAIL, now=NOW)

    assert readiness().json()["messages"] == "late"


def test_before_the_first_look_what_is_due_for_long_says_that_nobody_looks():
    due_messages(1, now=NOW - timedelta(minutes=4))
    assert readiness().json() | {"broker": "up"} == {
        "status": "ready", "database": "up", "broker": "up", "messages": "on time", "oldest_due_seconds": 241,
    }  # fmt: skip

    assert readiness(NOW + timedelta(minutes=2)).json()["messages"] == "late"


def test_what_waits_for_another_try_is_in_good_hands():
    looked(NOW)
    due_messages(1, now=NOW - timedelta(minutes=20))
    Message.objects.update(lease_until=NOW + timedelta(minutes=5))

    assert readiness().json()["messages"] == "on time"


def test_mail_that_stays_due_though_somebody_looks_is_late_too():
    looked(NOW)
    due_messages(1, now=NOW - timedelta(minutes=20))

    assert readiness().json()["messages"] == "late"


def test_the_log_says_it_once_a_minute_however_often_it_is_asked(caplog):
    looked(NOW - timedelta(hours=1))
    minute = NOW.replace(second=0)

    for seconds in (0, 10, 50, 61, 70):
        readiness(minute + timedelta(seconds=seconds))

    told = lines(caplog)
    assert len(told) == 2
    assert told[0]["since"] == (NOW - timedelta(hours=1)).isoformat(timespec="seconds")


def test_a_web_server_that_is_about_to_end_says_that_it_is_not_ready_and_serves_on(monkeypatch):
    monkeypatch.setattr(draining, "_is_draining", bytearray(1))
    draining.begin()

    answer = readiness()

    assert answer.status_code == 503
    assert answer.json() == {"status": "draining"}
    assert int(answer.headers["Retry-After"]) > 0
    assert Client().get("/healthz").status_code == 200
