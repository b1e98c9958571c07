"""By what patients are found follows from what is known of them, whoever writes it."""

from importlib import import_module

import pytest
from django.apps import apps
from django.db import connection, transaction

from clinic.models import Clinic, NamedKind, Patient, PatientGram
from clinic.people.external_id_kinds import Name
from clinic.people.external_ids import name_elsewhere
from clinic.people.finding.find import find_patients
from clinic.people.finding.grams import grams_of
from clinic.people.finding.index import index_patients, index_unindexed, known_of
from tests.support.builders import a_clinic, a_patient, an_actor, an_owner
from tests.support.cast import NOW

fill = import_module("clinic.migrations.0028_fill_patient_grams")
pytestmark = pytest.mark.django_db


@pytest.fixture
def clinic() -> Clinic:
    return a_clinic()


def noted(patient: Patient) -> set[str]:
    return set(PatientGram.objects.filter(patient=patient).values_list("gram", flat=True))


def test_who_is_registered_is_found_by_what_was_said(clinic):
    names = (Name("till", "K-1041"), Name("lab", "7"))

    patient = a_patient(clinic=clinic, phone="+31612345678", external_ids=names)

    assert noted(patient) == grams_of(known_of(patient, ids=["K-1041", "7"]))


def test_a_name_elsewhere_adds_itself_and_takes_nothing(clinic):
    patient = a_patient(clinic=clinic)
    before = noted(patient)

    name_elsewhere(
        kind=NamedKind.PATIENT, row=patient, name=Name("till", "K-1"), by=an_owner(clinic=clinic), now=NOW
    )

    assert noted(patient) == before | {"ik-1"}


def test_what_is_known_no_more_finds_nobody(clinic):
    patient = a_patient(clinic=clinic, family_name="Jansen")
    Patient.objects.filter(pk=patient.pk).update(family_name="Bakker", email="")

    with transaction.atomic():
        index_patients([patient])

    patient.refresh_from_db()
    assert noted(patient) == grams_of(known_of(patient))
    assert find_patients(by=an_actor(clinic=clinic), words="jansen").patients == ()


def test_again_writes_nothing(clinic, django_assert_num_queries):
    patients = [a_patient(clinic=clinic, family_name=f"Bakker{number}") for number in range(5)]
    rows = set(PatientGram.objects.values_list("pk", flat=True))

    with transaction.atomic(), django_assert_num_queries(3):
        index_patients(patients)

    assert set(PatientGram.objects.values_list("pk", flat=True)) == rows


def test_a_refused_act_leaves_no_gram(clinic):
    a_patient(clinic=clinic, external_ids=(Name("till", "K-1"),))
    count = PatientGram.objects.count()

    with pytest.raises(Exception, match="another patient"):
        a_patient(clinic=clinic, family_name="Bakker", external_ids=(Name("till", "K-1"),))

    assert PatientGram.objects.count() == count


def test_the_migration_fills_what_registering_writes_and_again_does_no_harm(clinic, monkeypatch):
    monkeypatch.setattr(fill, "AT_ONCE", 2)
    elsewhere = a_clinic()
    patients = [
        a_patient(clinic=home, family_name=name) for home in (clinic, elsewhere) for name in ("A", "Bo", "Ço")
    ]
    name_elsewhere(
        kind=NamedKind.PATIENT, row=patients[0], name=Name("till", "7"), by=an_owner(clinic=clinic), now=NOW
    )
    written = set(PatientGram.objects.values_list("clinic", "patient", "gram"))
    PatientGram.objects.filter(patient__in=patients[:4]).delete()

    for _ in range(2):
        fill.write_grams(apps, connection.schema_editor())

        assert set(PatientGram.objects.values_list("clinic", "patient", "gram")) == written


def test_whom_an_earlier_release_registered_is_found_after_the_night(clinic):
    theirs, ours = a_patient(clinic=clinic, family_name="Bakker"), a_patient(clinic=clinic)
    erased, foreign = a_patient(clinic=clinic), a_patient(clinic=a_clinic())
    PatientGram.objects.exclude(patient=ours).delete()
    Patient.objects.filter(pk=erased.pk).update(erased_at=NOW)

    assert index_unindexed(clinic_id=clinic.pk) == 1

    assert find_patients(by=an_actor(clinic=clinic), words="bakker").patients == (theirs,)
    assert not noted(erased)
    assert not noted(foreign)
    assert index_unindexed(clinic_id=clinic.pk) == 0
