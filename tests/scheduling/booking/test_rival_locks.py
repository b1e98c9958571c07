"""Locks that others keep, and deadlocks with others: tried again, and told as 503 if that was in vain."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from threading import Event, Thread

import pytest
from django.db import OperationalError, connection, transaction

from clinic.hours.locks import share_hours
from clinic.hours.rota import lock_hours
from clinic.models import Patient, SiteHours
from scheduling.models import Session
from tests.support.rest import Answer, RestClient, a_client_of
from tests.support.running.stack import wait_for
from tests.support.worlds import World

pytestmark = [pytest.mark.slow, pytest.mark.django_db(transaction=True)]

_SHORT = {"sqlite": "PRAGMA busy_timeout = 50", "postgresql": "SET lock_timeout = '50ms'"}
_AS_EVER = {"sqlite": "PRAGMA busy_timeout = 20000", "postgresql": "RESET lock_timeout"}


@pytest.fixture
def short_waits(monkeypatch) -> Iterator[None]:
    """Nobody waits longer than a moment for a lock."""
    if connection.vendor == "sqlite":
        monkeypatch.setitem(connection.settings_dict["OPTIONS"], "timeout", 0.05)
    _say(_SHORT)
    yield
    _say(_AS_EVER)


def _say(of_engine: dict[str, str]) -> None:
    with connection.cursor() as cursor:
        cursor.execute(of_engine[connection.vendor])


def books(world: World, rest: RestClient) -> Answer:
    said = {
        "patient": str(world.patient.uuid),
        "session_type": str(world.session_types["consultation"].uuid),
        "starts_at": "2027-01-05T10:00:00+01:00",
    }
    return rest.post("sessions/", said)


@contextmanager
def somebody(act: Callable[[Event, Event], None]) -> Iterator[Event]:
    """A process of its own that acts meanwhile: (what it has begun, when it may end); yields the second."""
    begun, may_end = Event(), Event()

    def run() -> None:
        try:
            act(begun, may_end)
        finally:
            begun.set()
            connection.close()

    thread = Thread(target=run)
    thread.start()
    begun.wait()
    try:
        yield may_end
    finally:
        may_end.set()
        thread.join()


def keeping_the_patient(world: World) -> Callable[[Event, Event], None]:
    def keep(begun: Event, may_end: Event) -> None:
        with transaction.atomic():
            Patient.objects.select_for_update().get(pk=world.patient.pk)
            begun.set()
            may_end.wait()

    return keep


def test_a_lock_that_is_kept_is_tried_for_again_and_then_told_with_when_to_come_back(world, short_waits):
    rest = a_client_of(world)

    with somebody(keeping_the_patient(world)):
        answer = books(world, rest)

    assert (answer.status, answer.code) == (503, "database_down")
    assert int(answer.headers["Retry-After"]) > 0
    assert not Session.objects.exists()
    assert books(world, rest).status == 201


def test_a_lock_that_is_given_up_meanwhile_is_nobodys_business(world, short_waits, monkeypatch):
    rest, waited = a_client_of(world), []

    with somebody(keeping_the_patient(world)) as may_end:

        def pause(seconds: float) -> None:
            waited.append(seconds)
            may_end.set()

        monkeypatch.setattr("clinic.web.retrying.time.sleep", pause)
        answer = books(world, rest)

    assert answer.status == 201, answer.text
    assert waited
    assert Session.objects.count() == 1


@pytest.mark.only_on("postgresql")  # SQLite has one lock, and nothing to take in another order
def test_a_deadlock_with_something_outside_costs_a_booking_nothing_but_time(world):
    rest = a_client_of(world)

    def against_the_order(begun: Event, _: Event) -> None:
        try:
            with transaction.atomic():
                SiteHours.objects.select_for_update().get(site=world.site)
                begun.set()
                # The booking has its patient by then, and waits for the hours.
                _wait_until_somebody_waits()
                Patient.objects.select_for_update().get(pk=world.patient.pk)
        except OperationalError:
            pass  # one of the two is the victim

    with somebody(against_the_order):
        answer = books(world, rest)

    assert answer.status == 201, answer.text
    assert Session.objects.count() == 1


def _wait_until_somebody_waits() -> None:
    asked = "SELECT EXISTS (SELECT 1 FROM pg_locks WHERE NOT granted)"
    with connection.cursor() as cursor:
        while not cursor.execute(asked).fetchone()[0]:
            pass


def sharing_the_hours(world: World) -> Callable[[Event, Event], None]:
    def share(begun: Event, may_end: Event) -> None:
        with transaction.atomic():
            share_hours(site_ids=[world.site.pk])
            begun.set()
            may_end.wait()

    return share


def waiting_for_a_turn() -> int:
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND NOT granted")
        return int(cursor.fetchone()[0])


@pytest.mark.only_on("postgresql")  # SQLite has one lock, and gives it in turns
def test_who_wants_to_be_alone_with_the_hours_comes_before_the_bookings_that_ask_later(world):
    came: list[str] = []

    def alone() -> None:
        with transaction.atomic():
            lock_hours(clinic_id=world.clinic.pk, site=world.site)
            came.append("alone")
        connection.close()

    def books_later() -> None:
        with transaction.atomic():
            share_hours(site_ids=[world.site.pk])
            came.append("later")
        connection.close()

    rivals = [Thread(target=alone), Thread(target=books_later)]
    with somebody(sharing_the_hours(world)):
        for number, rival in enumerate(rivals, start=1):
            rival.start()
            wait_for(lambda number=number: waiting_for_a_turn() == number, what="a turn", seconds=10)  # type: ignore[misc]  # bound now
    for rival in rivals:
        rival.join()

    assert came == ["alone", "later"]
