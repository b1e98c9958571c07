"""The operator's command: a dry run by default, everything told by file and line."""

from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from clinic.models import Patient
from scheduling.models import Session
from tests.support.acts.imports import PATIENT, a_session_row, course_rows, table
from tests.support.cast import NOW
from tests.support.clock import clocks_show

pytestmark = pytest.mark.django_db


@pytest.fixture
def command(world, tmp_path, capsys):
    """Runs the command over these tables of one patient; what it said."""

    def run(*rows, applies: bool = False, encoding: str = "utf-8", delimiter: str = ",") -> str:
        patients, bookings = tmp_path / "patients.csv", tmp_path / "bookings.csv"
        patients.write_bytes("".join(table([PATIENT], delimiter=delimiter)).encode(encoding))
        bookings.write_bytes("".join(table(rows, delimiter=delimiter)).encode(encoding))
        asked = {"clinic": world.clinic.slug, "patients": patients, "bookings": bookings, "apply": applies}
        with clocks_show(NOW):
            try:
                call_command("import_bookings", **asked)
            except CommandError as refusal:
                return f"{capsys.readouterr().out}{refusal}"
        return str(capsys.readouterr().out)

    return run


def test_without_apply_it_tells_and_writes_nothing(command):
    said = command(*course_rows("2027-01-11", "2027-01-25"), a_session_row(course="V1", patient="P9"))

    assert said.splitlines() == [
        "patients.csv: 1 lines to import, 0 there already, 0 refused.",
        "bookings.csv:4: unknown_patient (till:V1): No patient has the id “P9”.",
        "bookings.csv: 2 lines to import, 0 there already, 1 refused.",
        "Nothing was written. Add --apply to import what nothing stands in the way of.",
        "1 lines would be refused.",
    ]
    assert not Patient.objects.filter(family_name="Bakker").exists()


@pytest.mark.parametrize(("encoding", "delimiter"), [("utf-8-sig", ";"), ("utf-8", ",")])
def test_with_apply_it_imports_and_twice_is_harmless(command, encoding, delimiter):
    rows = course_rows("2027-01-11", "2027-01-25", note="Müller; “x”")
    ways = {"applies": True, "encoding": encoding, "delimiter": delimiter}

    first, second = command(*rows, **ways), command(*rows, **ways)

    assert "bookings.csv: 2 lines imported, 0 there already, 0 refused." in first
    assert "bookings.csv: 0 lines imported, 2 there already, 0 refused." in second
    assert set(Session.objects.filter(number__lte=2).values_list("desk_note", flat=True)) == {"Müller; “x”"}


def test_a_table_in_another_encoding_is_told_line_by_line(command):
    said = command(a_session_row(note="Müller"), encoding="latin-1")

    assert "bookings.csv:2: not_utf8 (till:C1): This line is not written in UTF-8." in said


def test_what_it_says_holds_no_control_characters(command):
    said = command(a_session_row(site="\x1b[2J\x07Rome", starts_at="\x1b[31m"), applies=True)

    assert "There is no site “ [2J Rome”." in said
    assert "\x1b" not in said


@pytest.mark.parametrize(
    ("asked", "sentence"),
    [
        ({"clinic": "nowhere", "bookings": "x.csv"}, "There is no clinic “nowhere”."),
        ({}, "Name a table: --patients, --bookings, or both."),
        ({"bookings": "x.csv"}, "x.csv cannot be read: No such file or directory."),
    ],
)
@pytest.mark.reads_clock
def test_what_it_cannot_begin_is_said(world, asked, sentence):
    named = {key: Path(value) if key == "bookings" else value for key, value in asked.items()}

    with pytest.raises(CommandError) as refusal:
        call_command("import_bookings", **{"clinic": world.clinic.slug, **named})

    assert str(refusal.value) == sentence
