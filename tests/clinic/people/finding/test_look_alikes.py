"""Whether somebody who is about to be registered may be there already."""

from datetime import date
from typing import Any

import pytest

from clinic.errors import NotAllowed
from clinic.identity.actors import Role
from clinic.models import Clinic, Patient
from clinic.people.care import take_into_care
from clinic.people.finding.look_alikes import MOST_TOLD, LookAlikes, look_alikes
from clinic.people.patients import NewPatient
from tests.support.builders import a_clinic, a_patient, a_practitioner, a_site, an_actor, an_owner
from tests.support.cast import NOW

pytestmark = pytest.mark.django_db

BORN, PHONE, EMAIL = date(1970, 3, 9), "+31612345678", "joost@patients.example"
OTHERWISE = {"phone": "", "email": ""}


@pytest.fixture
def clinic() -> Clinic:
    clinic = a_clinic()
    a_site(clinic=clinic, country="NL")
    return clinic


@pytest.fixture
def joost(clinic: Clinic) -> Patient:
    a_patient(clinic=clinic, given_name="Anna", family_name="Bakker", email="anna@patients.example")
    return a_joost(clinic)


def a_joost(clinic: Clinic) -> Patient:
    said: dict[str, Any] = {
        "given_name": "Joost",
        "family_name": "Oosterhuis",
        "born_on": BORN,
        "phone": PHONE,
        "email": EMAIL,
    }
    return a_patient(clinic=clinic, **said)


def alike(clinic: Clinic, given_name: str = "Joost", family_name: str = "Oosterhuis", **said) -> LookAlikes:
    by = said.pop("by", None) or an_actor(clinic=clinic)
    return look_alikes(new=NewPatient(given_name, family_name, **said), by=by)


@pytest.mark.parametrize(
    ("name", "said"),
    [
        (("Joost", "Oosterhuis"), {"born_on": BORN}),
        (("Joost", "Oosterhuis"), {"phone": "06-12345678"}),
        (("Joost", "Oosterhuis"), {"email": "JOOST@patients.example"}),
        (("Joost", "Oosterhuis"), {}),
        (("joost", "oosterhuis"), {}),
        (("Oosterhuis", "Joost"), {}),
        # Like names: slips, and fewer words.
        (("Jost", "Oosterhuys"), {"born_on": BORN}),
        (("Joots", "Oostrehuis"), {"phone": PHONE}),
        (("", "Oosterhuis"), {"born_on": BORN}),
        (("Joost Jan", "Oosterhuis"), {"email": EMAIL}),
        (("Joost", "Oosterhuis-Visser"), {"born_on": BORN}),
        # Of another name, and yet the same.
        (("Joop", "Visser"), {"born_on": BORN, "phone": PHONE}),
        (("Joop", "Visser"), {"born_on": BORN, "email": EMAIL}),
    ],
)
def test_who_looks_alike_is_told(clinic, joost, name, said):
    assert alike(clinic, *name, **said) == LookAlikes((joost,))


@pytest.mark.parametrize(
    ("name", "said"),
    [
        # A family shares phone and address, and many are born on one day.
        (("Ida", "Oosterhuis"), {"phone": PHONE, "email": EMAIL}),
        (("Ida", "Oosterhuis"), {"born_on": date(1998, 1, 1), "phone": PHONE}),
        (("Ida", "Visser"), {"born_on": BORN}),
        (("Joost", "Oosterhuis"), {"born_on": date(1971, 3, 9)}),
        (("Joost", "Oosterhuis"), {"phone": "+31687654321"}),
        (("Jost", "Oosterhuis"), {}),
        (("Oosterhuis", ""), {}),
        (("Joost", ""), {"phone": "call me", "email": "no address"}),
        (("", ""), {}),
    ],
)
def test_who_does_not_is_not(clinic, joost, name, said):
    assert not alike(clinic, *name, **said)


def test_the_likest_stands_first_and_few_are_told(clinic, joost):
    for _ in range(MOST_TOLD + 2):
        a_patient(clinic=clinic, given_name="Joost", family_name="Oosterhuis", born_on=BORN, email="")

    told = alike(clinic, born_on=BORN, phone=PHONE)

    assert told.patients[0] == joost
    assert len(told.patients) == MOST_TOLD


def test_nobody_of_another_clinic_looks_alike(clinic):
    a_joost(a_clinic())

    assert not alike(clinic, born_on=BORN, phone=PHONE, email=EMAIL)


def test_who_was_erased_looks_like_nobody(clinic, joost):
    Patient.objects.filter(pk=joost.pk).update(erased_at=NOW)

    assert not alike(clinic, born_on=BORN).patients


def test_of_a_colleagues_patient_a_practitioner_learns_that_there_may_be_one_and_no_more(clinic, joost):
    doctor = a_practitioner(clinic=clinic)
    by = an_actor(clinic=clinic, role=Role.PRACTITIONER, practitioner=doctor)

    assert alike(clinic, born_on=BORN, by=by) == LookAlikes((), has_others=True)
    # A name alone, or a phone number with another name, is no way to learn who comes to the clinic.
    assert not alike(clinic, by=by)
    assert not alike(clinic, "Joop", "Visser", born_on=BORN, phone=PHONE, by=by)
    take_into_care(patient=joost, practitioner_ids=[doctor.pk], now=NOW)
    assert alike(clinic, born_on=BORN, by=by) == LookAlikes((joost,))


def test_who_may_not_register_is_told_nothing(clinic, joost):
    with pytest.raises(NotAllowed):
        alike(clinic, by=an_actor(clinic=clinic, role=Role.AUDITOR))


def test_as_many_queries_however_many_look_alike(clinic, joost, django_assert_num_queries):
    by = an_owner(clinic=clinic)
    for _ in range(2):
        with django_assert_num_queries(4):
            alike(clinic, born_on=BORN, phone=PHONE, by=by)
        for _ in range(10):
            a_joost(clinic)


def test_two_desks_may_register_the_same_person_and_the_third_is_told_of_both(clinic):
    first, second = a_joost(clinic), a_joost(clinic)

    assert alike(clinic, born_on=BORN).patients == (first, second)
