"""Patients found over REST by whatever is known of them, and those who may be registered twice."""

from typing import Any
from uuid import UUID

import pytest

from clinic.identity.actors import Scope
from clinic.models import AuditEntry
from tests.support.builders import a_clinic, a_key, a_patient, a_site
from tests.support.rest import RestClient

pytestmark = pytest.mark.django_db


def a_client_of(clinic):
    return RestClient(secret=a_key(clinic=clinic)[1])


@pytest.mark.parametrize("words", ["0612345678", "5678", "9-3-1970", "marit@", "K-1041", "vires marti"])
def test_a_patient_is_found_by_phone_day_of_birth_mail_and_id_too(words):
    clinic = a_clinic()
    a_site(clinic=clinic, country="NL")
    rest = a_client_of(clinic)
    said: dict[str, Any] = {
        "born_on": "1970-03-09",
        "phone": "06 12345678",
        "email": "marit@patients.example",
    }
    said |= {"given_name": "Marit", "family_name": "de Vries", "external_ids": ["till:K-1041"]}
    marit = rest.post("patients/", said).json["id"]
    rest.post("patients/", {"given_name": "Noor", "family_name": "Jansen", "phone": "06 87654321"})

    answer = rest.post("patients/search/", {"name": words})

    assert [patient["id"] for patient in answer.json["results"]] == [marit]


def test_the_likest_come_first_or_all_by_name_if_asked():
    clinic = a_clinic()
    rest = a_client_of(clinic)
    for family_name in ("Hansen", "Jansens", "Jansen"):
        a_patient(clinic=clinic, family_name=family_name)

    ranked = rest.post("patients/search/", {"name": "jansen"}).json["results"]
    by_name = rest.post("patients/search/", {"name": "jansen", "order": "name"}).json["results"]

    assert [one["family_name"] for one in ranked] == ["Jansen", "Jansens", "Hansen"]
    assert [one["family_name"] for one in by_name] == ["Hansen", "Jansen", "Jansens"]


def test_who_may_be_there_already_is_told_and_the_patient_is_registered_all_the_same():
    clinic = a_clinic()
    rest = a_client_of(clinic)
    said = {"given_name": "Marit", "family_name": "de Vries", "born_on": "1970-03-09"}
    first = rest.post("patients/", said).json

    second = rest.post("patients/", said)

    assert second.status == 201
    assert second.json["id"] != first["id"]
    assert (second.json["may_be"], second.json["may_be_others"]) == ([first["id"]], False)
    assert AuditEntry.objects.filter(act="saw_patients").latest("pk").patients == UUID(first["id"]).hex


def test_a_key_that_may_not_see_patients_is_told_no_ids():
    clinic = a_clinic()
    a_patient(clinic=clinic, phone="+31612345678")
    rest = RestClient(secret=a_key(clinic=clinic, scopes=[Scope.PATIENTS_WRITE])[1])
    said = {"given_name": "Marit", "family_name": "de Vries", "phone": "+31612345678"}

    answer = rest.post("patients/", said)

    assert (answer.json["may_be"], answer.json["may_be_others"]) == ([], True)
    assert not AuditEntry.objects.filter(act="saw_patients").exists()
