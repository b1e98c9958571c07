"""Whoever syncs hears of every patient, also of those who are registered within a larger act."""

import pytest

from clinic.changelog.log import one_act
from clinic.errors import ClinicError
from clinic.models import Change, Clinic, NamedKind
from clinic.people.external_id_kinds import Name
from clinic.people.external_ids import name_elsewhere
from clinic.people.patients import NewPatient, register_patient
from tests.support.builders import a_clinic, an_actor
from tests.support.cast import NOW
from tests.support.database.log import logged, reach, told
from tests.support.database.rivals import at_once

pytestmark = pytest.mark.django_db


@pytest.fixture
def clinic() -> Clinic:
    return a_clinic()


def register(clinic: Clinic, *, given_name="Marit"):
    new = NewPatient(given_name, "de Vries")
    return register_patient(new=new, by=an_actor(clinic=clinic), now=NOW)


@one_act()
def register_both(clinic: Clinic, *given_names: str) -> None:
    for given_name in given_names:
        register(clinic, given_name=given_name)


def test_a_new_patient_is_one_change_in_their_own_diary(clinic):
    with logged(clinic) as written:
        patient = register(clinic)

    assert [told(change) for change in written] == [("patient", patient.uuid, 1)]
    assert reach(written[0]) == (([], [patient.diary_id]), ([], []), patient.pk)
    assert (patient.version, patient.changed_at) == (1, NOW)


def test_one_who_is_refused_is_none(clinic):
    with logged(clinic) as written, pytest.raises(ClinicError):
        register(clinic, given_name="?")

    assert written == []


def test_what_another_system_calls_them_is_answered_once_and_no_change(clinic):
    patient, by = register(clinic), an_actor(clinic=clinic)

    with logged(clinic) as written:
        name_elsewhere(kind=NamedKind.PATIENT, row=patient, name=Name("till", "K-1"), by=by, now=NOW)

    assert written == []


def test_those_of_a_larger_act_are_numbered_together_and_one_taken_back_is_forgotten(clinic):
    with logged(clinic) as written, one_act():
        first = register(clinic)
        with pytest.raises(ClinicError):
            register_both(clinic, "Tessa", "?")
        second = register(clinic, given_name="Noor")

    assert [told(change) for change in written] == [
        ("patient", first.uuid, 1),
        ("patient", second.uuid, 1),
    ]


@pytest.mark.django_db(transaction=True)
def test_many_who_are_registered_at_once_are_numbered_without_a_gap(clinic):
    patients = at_once([lambda: register(clinic)] * 6)

    rows = Change.objects.of_clinic(clinic.pk).order_by("number")
    assert [row.number for row in rows] == list(range(1, 7))
    assert {row.object_uuid for row in rows} == {patient.uuid for patient in patients}
