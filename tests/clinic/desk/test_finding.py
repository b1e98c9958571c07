"""Finding a patient as someone types, and opening the only one who fits."""

from datetime import date

import pytest
from django.urls import reverse

from clinic.models import AuditEntry
from tests.support.builders import a_clinic, a_patient, a_site, a_user
from tests.support.desk import Desk

pytestmark = pytest.mark.django_db


def a_desk(clinic=None):
    return Desk(a_user(clinic=clinic or a_clinic()))


@pytest.mark.parametrize("words", ["de Vries, Marit", "marit@", "0612345678", "9-3-1970"])
def test_the_only_one_who_fits_is_opened(words):
    clinic = a_clinic()
    a_site(clinic=clinic, country="NL")
    patient = a_patient(clinic=clinic, phone="+31612345678", born_on=date(1970, 3, 9))
    a_patient(clinic=clinic, given_name="Anna", family_name="Bakker", email="")
    desk = a_desk(clinic)

    answer = desk.send(desk.get("/"), "Search", search=words)

    assert (answer.status, answer.location) == (302, reverse("patient", args=[patient.uuid]))


def test_who_fits_with_a_slip_alone_is_shown_first():
    clinic = a_clinic()
    patient = a_patient(clinic=clinic)

    page = a_desk(clinic).get("/patients/", search="marti vires")

    assert page.status == 200
    assert reverse("patient", args=[patient.uuid]) in page.seen.links


def test_as_someone_types_the_likest_few_are_offered_to_be_opened():
    clinic = a_clinic()
    patients = [
        a_patient(clinic=clinic, given_name=f"Anna{number}", family_name="Bakker") for number in range(9)
    ]
    a_patient(clinic=a_clinic(), family_name="Bakker")
    desk = a_desk(clinic)

    page = desk.post("/patients/found/", {"search": "bakk"})

    assert page.status == 200
    assert page.html.count('role="option"') == 8
    assert 'role="listbox"' in page.html
    assert f'data-opens="{reverse("patient", args=[patients[0].uuid])}"' in page.html
    assert "There are more: add letters" in page.text
    seen = AuditEntry.objects.filter(act="saw_patients").latest("pk")
    assert seen.patients.split() == [patient.uuid.hex for patient in patients[:8]]


def test_as_someone_types_what_nobody_has_nothing_is_offered_and_nobody_was_seen():
    desk = a_desk()

    for words in ("zzz", "", "%", "\0"):
        page = desk.post("/patients/found/", {"search": words})
        assert 'role="option"' not in page.html
        assert "Nobody is found." in page.text
    assert not AuditEntry.objects.filter(act="saw_patients").exists()


def test_what_is_typed_stands_in_no_address():
    desk = a_desk()

    answer = desk.client.get("/patients/found/?search=vries")
    page = desk.get("/")

    assert answer.status_code == 405
    assert 'data-find="/patients/found/"' in page.html
    assert 'data-find="/patients/found/"' in desk.get("/patients/").html
    assert "clinic/find_patient" in page.html


def test_what_is_offered_takes_as_many_queries_for_many_as_for_one(django_assert_num_queries):
    clinic = a_clinic()
    a_patient(clinic=clinic, family_name="Bakker")
    desk = a_desk(clinic)
    desk.post("/patients/found/", {"search": "bakker"})

    for _ in range(2):
        with django_assert_num_queries(8):
            desk.post("/patients/found/", {"search": "bakker"})
        for number in range(10):
            a_patient(clinic=clinic, family_name=f"Bakker{number}")
