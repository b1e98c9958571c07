"""Patients brought over from another system."""

from datetime import date

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from clinic.errors import NotAllowed
from clinic.identity.actors import Role
from clinic.models import ExternalId, Patient
from scheduling.importing.outcomes import Fate
from scheduling.importing.written_times import DateOrder
from tests.support.acts.imports import a_patient_row, fates, flaws, patients_brought
from tests.support.builders import an_actor
from tests.support.worlds import World, a_course_world

pytestmark = pytest.mark.django_db


def everything(world: World) -> list:
    return [list(Patient.objects.order_by("pk").values()), ExternalId.objects.count()]


def test_a_patient_comes_with_everything_the_table_says(world):
    outcomes = patients_brought(
        world,
        a_patient_row(
            born_on="1984-02-29",
            email="anna@patients.example",
            phone="06 12345678",
            language="nl",
            message_consent="yes",
        ),
    )

    patient = Patient.objects.get(family_name="Bakker")
    assert fates(outcomes) == [Fate.IMPORTED]
    assert (patient.born_on, patient.phone, patient.language) == (date(1984, 2, 29), "+31612345678", "nl")
    assert (patient.email, patient.message_consent) == ("anna@patients.example", "yes")
    assert ExternalId.objects.get().named == patient.uuid


def test_the_same_table_twice_registers_nobody_twice(world):
    patients_brought(world)
    before = everything(world)

    outcomes = patients_brought(world)

    assert fates(outcomes) == [Fate.KNOWN]
    assert everything(world) == before


def test_a_dry_run_tells_everything_and_writes_nothing(world):
    before = everything(world)

    outcomes = patients_brought(
        world,
        a_patient_row(
            given_name="",
            family_name="",
            born_on="29.2.1984",
            email="anna@",
            phone="1",
            language="Dutch!",
            message_consent="ja",
        ),
        a_patient_row(id="P2", born_on="2084-02-29", email="", phone="", language="", message_consent=""),
        a_patient_row(id="P3", born_on="", email="", phone="", language="", message_consent=""),
        a_patient_row(id="P3", born_on="", email="", phone="", language="", message_consent=""),
        a_patient_row(system="Till", born_on="", email="", phone="", language="", message_consent=""),
        applies=False,
    )

    assert flaws(outcomes) == [
        (2, "date_order_wanted"),
        (2, "malformed_consent"),
        (2, "malformed_email"),
        (2, "malformed_language"),
        (2, "malformed_phone"),
        (2, "patient_name_missing"),
        (3, "born_in_the_future"),
        (5, "id_twice"),
        (6, "malformed_external_id"),
    ]
    assert fates(outcomes) == [Fate.REFUSED, Fate.REFUSED, Fate.IMPORTED, Fate.REFUSED, Fate.REFUSED]
    assert everything(world) == before


def test_dates_are_read_in_the_order_that_was_told(world):
    patients_brought(world, a_patient_row(born_on="29-2-1984"), dates=DateOrder.DAY_FIRST)

    assert Patient.objects.get(family_name="Bakker").born_on == date(1984, 2, 29)


@pytest.mark.parametrize("phone", ["0612345678.0", "6.12345678E8", "+31612345,678"])
def test_a_number_that_a_spreadsheet_spoilt_is_told(world, phone):
    assert flaws(patients_brought(world, a_patient_row(phone=phone))) == [(2, "malformed_phone")]


def test_several_numbers_are_kept_and_the_first_is_the_patients(world):
    patients_brought(world, a_patient_row(phone="06 12345678 (work), 020 1234567"))

    patient = Patient.objects.get(family_name="Bakker")
    assert patient.phone == "+31612345678"
    assert patient.desk_note == "Imported: phone 06 12345678 (work), 020 1234567"


def test_one_flawed_patient_keeps_nobody_else_out(world):
    outcomes = patients_brought(world, a_patient_row(given_name="?"), a_patient_row(id="P2"))

    assert fates(outcomes) == [Fate.REFUSED, Fate.IMPORTED]


@pytest.mark.parametrize("name", ["=1+1 Bakker", "+Bakker", "@Bakker", "-Bakker"])
def test_a_formula_is_a_name(world, name):
    patients_brought(world, a_patient_row(family_name=name))

    assert Patient.objects.filter(family_name=name).exists()


def test_control_characters_do_not_get_into_names(world):
    patients_brought(world, a_patient_row(family_name="Bak\x00ker\r\nBcc: x"))

    assert Patient.objects.filter(family_name="Bak ker Bcc: x").exists()


def test_a_header_that_cannot_be_used_is_told_once(world):
    outcomes = patients_brought(world, {"system": "till", "number": "1"})

    assert flaws(outcomes) == [
        (1, "column_missing"),
        (1, "column_missing"),
        (1, "column_missing"),
        (1, "unknown_column"),
    ]


@pytest.mark.parametrize("role", [Role.RECEPTIONIST, Role.PRACTITIONER, Role.AUDITOR])
def test_only_owners_and_administrators_import(world, role):
    with pytest.raises(NotAllowed):
        patients_brought(world, by=an_actor(clinic=world.clinic, role=role))


def test_another_clinics_ids_are_its_own(world):
    theirs = a_course_world(zone="Europe/Lisbon")
    patients_brought(theirs)

    assert fates(patients_brought(world)) == [Fate.IMPORTED]
    assert Patient.objects.filter(family_name="Bakker").count() == 2


def test_the_change_counter_is_locked_when_everything_else_is_written(world):
    with CaptureQueriesContext(connection) as asked:
        patients_brought(world)

    written = [sql for sql in (one["sql"] for one in asked) if sql.startswith(("INSERT", "UPDATE"))]
    assert [sql.split('"')[1] for sql in written[-2:]] == ["scheduling_changecounter", "scheduling_change"]
