"""What the operator reads: one line for each request, faults by type and place."""

import json
import logging
import sys

import pytest
from django.test import Client

from clinic.running.logs import QuietRecord, line_format
from scheduling.tasks import send_due_messages
from tests.support.acts.feeds import a_feed
from tests.support.builders import a_clinic, a_key, a_user
from tests.support.desk import Desk
from tests.support.failing import a_database_that_raises
from tests.support.rest import RestClient


def record(name, message, *arguments, fault=None):
    try:
        raise fault if fault is not None else LookupError
    except BaseException:
        raised = sys.exc_info() if fault is not None else None
    return QuietRecord(name, logging.ERROR, __file__, 1, message, arguments, raised)


@pytest.fixture
def written():
    """Lines as they are written in production."""

    class Written(logging.Handler):
        def emit(self, line):
            lines.append(self.format(line))

    lines: list[str] = []
    writing = Written()
    writing.setFormatter(line_format(as_json=True))
    logging.getLogger().addHandler(writing)
    yield lines
    logging.getLogger().removeHandler(writing)


def requests(caplog):
    """The lines of requests, as they were told."""
    lines = [line.msg for line in caplog.records if line.name == "clinic.web.request_log"]
    assert all(isinstance(line, dict) for line in lines)
    return lines


@pytest.mark.parametrize(
    ("message", "arguments", "told"),
    [
        ("Not Found: %s", ("/feeds/secret.ics",), "Not Found: …"),
        ("%s: %s", ("Marit", "secret"), "…: …"),
        ("Task %(name)s took %(seconds)0.2f s", ({"name": "secret", "seconds": 1},), "Task … took … s"),
        ("Invalid HTTP_HOST header: 'secret'", (), "Invalid HTTP_HOST header"),
        ('No patient "secret" here', (), "No patient"),
        (ValueError("secret"), (), "ValueError"),
        ("Worker exiting", (), "Worker exiting"),
    ],
)
def test_of_a_library_s_line_only_the_wording_is_told(message, arguments, told):
    line = record("django.request", message, *arguments)

    assert line.getMessage() == told
    assert "secret" not in f"{line.args} {line.msg}"


def test_our_own_lines_are_told_whole():
    assert (
        record("scheduling.messages.sending", "Message %s failed", "17").getMessage() == "Message 17 failed"
    )


@pytest.mark.parametrize("name", ["django.request", "scheduling.messages.sending", "clinic"])
def test_a_fault_is_told_by_type_and_place_and_never_by_its_words(name):
    fault = ValueError("Marit de Vries, born 1984")
    fault.__cause__ = KeyError("marit@patients.example")

    line = record(name, "Something went wrong", fault=fault)

    assert [cause["type"] for cause in line.fault] == ["builtins.ValueError", "builtins.KeyError"]
    [place] = line.fault[0]["at"]
    assert place.startswith("tests/clinic/running/test_logs.py:")
    assert place.endswith(" record")
    assert (line.exc_info, line.exc_text, line.stack_info) == (None, None, None)
    assert "Marit" not in str(vars(line))


def test_a_name_that_only_begins_like_ours_is_not_ours():
    assert record("clinical.trial", "Saw %s", "Marit").getMessage() == "Saw …"


def test_in_production_each_line_is_one_object():
    line = record("django.request", "Two\nlines %s", "x", fault=ValueError("secret"))

    said = line_format(as_json=True).format(line)

    told = json.loads(said)
    assert "\n" not in said
    assert told["event"] == "Two\nlines …"
    assert told["fault"][0]["type"] == "builtins.ValueError"
    assert {"level", "logger", "timestamp"} <= told.keys()


@pytest.mark.django_db
def test_a_request_has_one_line_with_who_and_what_and_how_long(caplog):
    clinic = a_clinic()
    user = a_user(clinic=clinic)
    desk = Desk(user)
    caplog.clear()

    desk.get("/patients/", search="Marit")

    [line] = requests(caplog)
    assert (line["method"], line["page"], line["status"]) == ("GET", "patients", 200)
    assert (line["actor"], line["clinic"]) == (str(user.uuid), clinic.pk)
    assert line["ms"] >= 0
    assert len(line["request_id"]) == 32
    assert "Marit" not in str(line)


@pytest.mark.django_db
@pytest.mark.reads_clock
def test_a_program_and_a_phone_are_named_by_their_opaque_ids(caplog, client):
    clinic = a_clinic()
    key, secret = a_key(clinic=clinic)
    opened = a_feed(clinic=clinic)

    RestClient(secret=secret).get("sites/")
    client.get(f"/feeds/{opened.token}.ics")

    assert [(line["page"], line["actor"]) for line in requests(caplog)] == [
        ("api-sites", str(key.uuid)),
        ("feed", str(opened.feed.uuid)),
    ]


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("said", "is_taken"),
    [
        ("0af7651916cd43dd8448eb211c80319c", True),
        ("0af76519-16cd-43dd-8448-eb211c80319c", True),
        ("31612345678", False),
        ("Marit de Vries", False),
        ("abc\r\nX-Evil: 1", False),
        ("cb_0af7651916cd43dd8448eb211c80319c", False),
        ("a" * 37, False),
        ("", False),
    ],
)
def test_a_request_id_is_taken_if_it_can_be_nothing_else(said, is_taken, caplog):
    answer = Client().get("/sign-in/", headers={"X-Request-ID": said})

    [line] = requests(caplog)
    assert answer.headers["X-Request-ID"] == line["request_id"]
    assert (line["request_id"] == said) is is_taken


@pytest.mark.django_db
@pytest.mark.reads_clock
def test_paths_and_methods_that_are_none_are_told_as_such(caplog):
    Client().get("/patients/Marit/")
    Client().generic("MARIT", "/sign-in/")

    assert [(line["method"], line["page"]) for line in requests(caplog)] == [
        ("GET", "unknown"),
        ("other", "sign-in"),
    ]


def test_health_checks_do_not_fill_the_log(caplog):
    Client().get("/healthz")

    assert requests(caplog) == []


@pytest.mark.django_db
def test_all_lines_of_a_request_bear_its_id(written):
    rest = RestClient(secret=a_key(clinic=a_clinic())[1], client=Client(raise_request_exception=False))

    with a_database_that_raises(RuntimeError("broken")):
        answer = rest.get("sites/")

    assert len(written) >= 2
    assert {json.loads(line)["request_id"] for line in written} == {answer.headers["X-Request-ID"]}


@pytest.mark.django_db
@pytest.mark.reads_clock
def test_the_worker_s_lines_bear_the_task_s_name_and_id(caplog):
    with a_database_that_raises(RuntimeError("broken")):
        asked = send_due_messages.apply()

    [line] = [line for line in caplog.records if line.levelno >= logging.ERROR]
    assert line.task == {"task": "scheduling.send_due_messages", "task_id": asked.id}
    assert "broken" not in caplog.text
