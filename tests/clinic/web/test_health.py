"""Alive, and ready."""

import pytest
from django.db import OperationalError, connection
from django.test import Client

from clinic import VERSION

pytestmark = pytest.mark.django_db


def gone(*_):
    raise OperationalError("gone")


def test_the_service_is_alive_whatever_its_database_does():
    with connection.execute_wrapper(gone):
        answer = Client().get("/healthz")

    assert (answer.status_code, answer.json()) == (200, {"status": "alive", "version": VERSION})


def test_the_service_is_ready_with_its_database_and_its_broker():
    answer = Client().get("/readyz")

    assert answer.status_code == 200
    assert answer.json() == {"status": "ready", "database": "up", "broker": "up"}


def test_without_its_database_the_service_is_not_ready():
    with connection.execute_wrapper(gone):
        answer = Client().get("/readyz")

    assert answer.status_code == 503
    assert answer.json()["database"] == "down"
    assert int(answer.headers["Retry-After"]) > 0


def test_a_dead_broker_is_told_and_keeps_nobody_from_working(settings, tmp_path):
    settings.CELERY_BROKER_URL = f"redis+socket://{tmp_path}/no-broker.sock"

    answer = Client().get("/readyz")

    assert answer.status_code == 200
    assert answer.json() == {"status": "ready", "database": "up", "broker": "down"}


@pytest.mark.parametrize("path", ["/healthz", "/readyz"])
def test_health_is_only_read(path):
    assert Client().post(path).status_code == 405
