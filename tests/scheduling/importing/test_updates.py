"""Patients of a table who are known: what differs is told, and taken over where that is asked for."""

from io import StringIO

import pytest
from django.core.management import call_command

from clinic.models import AuditEntry, Patient
from scheduling.importing.outcomes import Fate
from tests.support.acts.imports import a_patient_row, fates, flaws, patients_brought, table
from tests.support.cast import NOW
from tests.support.rest import a_client_of

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("patients_are_known")]

OTHERWISE = a_patient_row(given_name="Ans", phone="06 87654321 (home)", email="", message_consent="yes")
TOLD = [
    ("given_name", "Anna", "Ans"),
    ("phone", "", "+31687654321"),
    ("message_consent", "not_asked", "yes"),
]


def anna() -> Patient:
    return Patient.objects.get(family_name="Bakker")


def told(outcomes):
    return [(one.column, one.stands, one.said) for outcome in outcomes for one in outcome.differences]


def test_what_differs_is_told_and_nothing_is_changed(world):
    before = anna().version

    outcomes = patients_brought(world, OTHERWISE)

    assert (fates(outcomes), told(outcomes)) == ([Fate.KNOWN], TOLD)
    assert (anna().given_name, anna().version) == ("Anna", before)


def test_an_update_takes_it_over_once_however_often_it_is_run(world):
    first, again = (patients_brought(world, OTHERWISE, updates=True) for _ in range(2))

    assert (fates(first), told(first)) == ([Fate.CHANGED], TOLD)
    assert (fates(again), told(again)) == ([Fate.KNOWN], [])
    stands = anna()
    assert (stands.given_name, stands.phone, stands.version) == ("Ans", "+31687654321", 2)
    assert (stands.message_consent, stands.consent_how, stands.consent_on) == ("yes", "imported", NOW.date())
    assert AuditEntry.objects.filter(act="changed_patient").count() == 1


def test_a_dry_run_of_an_update_tells_what_it_would_do(world):
    outcomes = patients_brought(world, OTHERWISE, updates=True, applies=False)

    assert (fates(outcomes), told(outcomes)) == ([Fate.CHANGED], TOLD)
    assert anna().given_name == "Anna"


def test_an_empty_cell_says_nothing(world):
    Patient.objects.filter(pk=anna().pk).update(email="anna@patients.example", phone="+31612345678")

    outcomes = patients_brought(world, a_patient_row(email="", phone="", born_on=""), updates=True)

    assert (fates(outcomes), told(outcomes)) == ([Fate.KNOWN], [])


def test_a_flawed_line_changes_nothing_of_its_patient_and_is_told(world):
    row = a_patient_row(given_name="Ans", phone="1", language="es", born_on="2084-02-29")

    outcomes = patients_brought(world, row, updates=True)

    assert fates(outcomes) == [Fate.REFUSED]
    assert [code for _, code in flaws(outcomes)] == [
        "born_in_the_future",
        "malformed_phone",
        "unknown_language",
    ]
    assert anna().given_name == "Anna"


def test_no_table_turns_a_no_into_a_yes(world):
    Patient.objects.filter(pk=anna().pk).update(message_consent="no")

    outcomes = patients_brought(world, a_patient_row(message_consent="yes"), updates=True)

    assert (fates(outcomes), told(outcomes)) == ([Fate.KNOWN], [("message_consent", "no", "yes")])
    assert anna().message_consent == "no"


@pytest.mark.reads_clock
def test_the_command_tells_differences_and_takes_them_with_update(world, tmp_path):
    path = tmp_path / "patients.csv"
    path.write_text("".join(table([a_patient_row(given_name="Ans")])))
    asked = {"clinic": world.clinic.slug, "patients": path, "apply": True}

    def said(**more) -> str:
        out = StringIO()
        call_command("import_bookings", **asked, **more, stdout=out)
        return out.getvalue()

    line = "patients.csv:2: differs (till:P1): given_name is “Anna”, the table says “Ans”"
    assert line in said()
    assert anna().given_name == "Anna"
    assert "0 lines imported, 1 changed, 0 there already" in said(update=True)
    assert anna().given_name == "Ans"
    assert "0 lines imported, 1 there already" in said(update=True)


def test_a_program_is_told_and_asks_for_it(world):
    rest, patients = a_client_of(world), "".join(table([a_patient_row(given_name="Ans")]))
    difference = {"line": 2, "about": "till:P1", "column": "given_name", "stands": "Anna", "said": "Ans"}

    known = rest.post("import/", {"patients": patients, "applies": True}).json["patients"]
    changed = rest.post("import/", {"patients": patients, "applies": True, "update": True}).json["patients"]

    assert (known["known"], known["changed"], known["differences"]) == (1, 0, [difference])
    assert (changed["known"], changed["changed"], changed["differences"]) == (0, 1, [difference])
    assert anna().given_name == "Ans"
