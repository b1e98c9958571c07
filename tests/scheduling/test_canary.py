"""A patient with unmistakable words goes through every way in; no log line repeats one of them."""

import json
import logging
import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta

import pytest
from django.db import IntegrityError, OperationalError, transaction
from django.test import Client

from clinic.models import Patient
from clinic.people.finding.index import index_patients
from scheduling.models import Message
from scheduling.tasks import send_due_messages
from tests.support.acts.feeds import a_feed
from tests.support.acts.mailing import due_messages, forget_the_ledger
from tests.support.builders import a_key, a_user
from tests.support.cast import NOW, PASSWORD
from tests.support.desk import Desk
from tests.support.failing import a_database_that_raises
from tests.support.house.source import ROOT
from tests.support.matrix.doors import address, doors
from tests.support.matrix.rows import Rows, rows_of_a_clinic
from tests.support.rest import RestClient, first_proposal, prescribed

# Mail in these tests is of sessions without claims.
pytestmark = [pytest.mark.django_db, pytest.mark.damages_diaries, pytest.mark.slow]

WORDS = {
    "given_name": "Kanarina",
    "family_name": "Zwitscherling",
    "email": "kanarina@canary.example",
    "phone": "+31612345678",
    "desk_note": "Sings at 7731 hertz",
}
LINES_AT_LEAST = 200


@dataclass(frozen=True)
class Canaries:
    """Whoever knocks with all of them, and everything that must be in no line."""

    rows: Rows
    desk: Desk
    rest: RestClient
    secrets: tuple[str, ...]
    feed: str
    proposal: str

    def found_in(self, text: str) -> list[str]:
        parts = [*WORDS.values(), "612345678", "canary.example", "hertz", *self.secrets, PASSWORD]
        return [part for part in parts if part in text]


@pytest.fixture
def canaries(mail_server) -> Canaries:
    rows = rows_of_a_clinic()
    world = rows.world
    Patient.objects.filter(pk=world.patient.pk).update(**WORDS, search_key="kanarina zwitscherling")
    world.patient.refresh_from_db()
    with transaction.atomic():
        index_patients([world.patient])
    secret = a_key(clinic=world.clinic)[1]
    rest = RestClient(secret=secret, client=Client(raise_request_exception=False))
    opened = a_feed(clinic=world.clinic)
    proposal = first_proposal(rest, prescribed(rest, world))["id"]
    desk = Desk(a_user(clinic=world.clinic), client=Client(raise_request_exception=False))
    secrets = (secret, secret[10:], opened.token, proposal, proposal[:60])
    return Canaries(rows, desk, rest, secrets, opened.token, proposal)


def everything_is_asked(canaries: Canaries) -> None:
    """Every door with right and wrong bodies, then paths that are none."""
    desk, rest, rows = canaries.desk, canaries.rest, canaries.rows
    said = {**WORDS, "proposal": canaries.proposal, "search": WORDS["given_name"], "password": PASSWORD}
    concern = {"topic": "other", "answer": WORDS["desk_note"]}
    for door in doors():
        path = address(door, rows)
        if door.is_page:
            desk.get(path, **said)
            desk.post(path, said | concern)
        elif door.method == "GET":
            rest.get(path)
            rest.get(path, search=WORDS["family_name"], limit=WORDS["desk_note"])
        else:
            names = {"given_name": WORDS["given_name"], "family_name": WORDS["family_name"]}
            rest.send(door.method, path, said, Idempotency_Key=WORDS["desk_note"])
            rest.send(door.method, path, json.dumps(said)[:-9])
            rest.send(door.method, path, concern)
            rest.send(door.method, path, names)
    for secret in (canaries.feed, WORDS["given_name"], canaries.proposal):
        desk.get(f"/feeds/{secret}.ics")
        desk.get(f"/{secret}/")
        RestClient(secret=secret, client=rest.client).get(f"patients/{secret}/", search=secret)
    asks_by_header(canaries)


def asks_by_header(canaries: Canaries) -> None:
    for word in (*WORDS.values(), *canaries.secrets):
        for name in (
            "X-Request-ID",
            "Host",
            "User-Agent",
            "Referer",
            "Origin",
            "If-Match",
            "X-Forwarded-For",
        ):
            canaries.desk.client.get("/sign-in/", headers={name: word})
    strict = Client(enforce_csrf_checks=True)
    for wrong in (PASSWORD, WORDS["desk_note"]):
        said = {"email": WORDS["email"], "password": wrong, "login": WORDS["email"]}
        strict.post(f"/sign-in/?next=/{WORDS['given_name']}", said)
        canaries.desk.client.post("/sign-in/", said)
    canaries.desk.client.generic(WORDS["given_name"], "/patients/")


def mail_is_sent(canaries: Canaries, mail_server) -> None:
    """By the worker's task: to an address that is refused, to one that is poisoned, without a server."""
    patient = canaries.rows.patient
    messages = due_messages(4, clinic=canaries.rows.world.clinic, now=NOW)
    Patient.objects.filter(messages__in=messages).update(**WORDS, search_key="x")
    mail_server.to_recipient[WORDS["email"]] = f"550 5.1.1 <{WORDS['email']}> has no box"
    send_due_messages.apply()
    forget_the_ledger()
    Message.objects.update(state="waiting", lease_until=None, attempts=0)
    Patient.objects.update(email=f"{WORDS['email']}\r\nBcc: {WORDS['email']}", mail_problem="")
    send_due_messages.apply()
    Patient.objects.filter(pk=patient.pk).update(**WORDS)
    mail_server.stop()
    send_due_messages.apply()


def troubles() -> Iterator[Exception]:
    quoted = f"Key (given_name, email)=({WORDS['given_name']}, {WORDS['email']}) {WORDS['desk_note']}"
    yield RuntimeError(quoted)
    yield IntegrityError(quoted)
    yield OperationalError(quoted)


class Lines(logging.Handler):
    """Everything that a listener at the root could write down."""

    def __init__(self) -> None:
        super().__init__(logging.NOTSET)
        self.said: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        # Of what else hangs on a record (a request, a task's whole story) no line of ours says anything.
        own = [getattr(record, name, None) for name in ("args", "exc_info", "fault", "task", "task_id")]
        self.said.append(f"{record.name}: {logging.Formatter().format(record)} {own}")


@pytest.fixture
def lines() -> Iterator[list[str]]:
    root, listening = logging.getLogger(), Lines()
    before = root.level
    root.addHandler(listening)
    root.setLevel(logging.DEBUG)
    yield listening.said
    root.removeHandler(listening)
    root.setLevel(before)


@pytest.mark.reads_clock
def test_no_log_line_repeats_a_word_of_a_patient_or_a_secret(canaries, mail_server, lines):
    everything_is_asked(canaries)
    for trouble in troubles():
        with a_database_that_raises(trouble):
            everything_is_asked(canaries)
            send_due_messages.apply()
    mail_is_sent(canaries, mail_server)

    assert len(lines) > LINES_AT_LEAST
    assert [line for line in lines if canaries.found_in(line)] == []
    # It would be easy to say nothing: faults are told, by type and place.
    faults = [line for line in lines if "builtins.RuntimeError" in line]
    assert any("scheduling.send_due_messages" in line and "clinic/celery.py" in line for line in faults)
    assert any("clinic.web.request_log" in line and "'status': 500" in line for line in lines)


@pytest.mark.deep
def test_nor_does_anything_that_the_same_walk_writes_to_the_terminal(tmp_path):
    # On a database of its own: the one that DATABASE_URL names is in use by this test. And whole: the walk
    # may not be in the share of the tests that this run has drawn.
    apart = {name: value for name, value in os.environ.items() if name not in ("DATABASE_URL", "SHARE")}
    own = f"{__file__}::{test_no_log_line_repeats_a_word_of_a_patient_or_a_secret.__name__}"

    walk = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-s", "-p", "no:logging", "-p", "no:cacheprovider", own],
        cwd=ROOT,
        env={**apart, "LOG_JSON": "yes"},
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )

    assert walk.returncode == 0, walk.stdout
    lines = walk.stderr.splitlines()
    assert len(lines) > LINES_AT_LEAST
    told = [json.loads(line) for line in lines]
    assert {"event", "level", "logger", "timestamp"} <= set.intersection(*(set(line) for line in told))
    found = [word for word in [*WORDS.values(), "canary.example", PASSWORD] if word in walk.stderr]
    assert found == []


def test_a_word_that_slips_in_would_be_found(canaries, lines):
    logging.getLogger("clinic.people.patients").warning("Registered %s", WORDS["given_name"])

    assert [line for line in lines if canaries.found_in(line)]


def test_a_wait_is_no_secret(canaries):
    assert canaries.found_in(f"{NOW + timedelta(minutes=1)}") == []
