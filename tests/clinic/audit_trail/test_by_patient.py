"""Each entry stands under the patients that it names, by the database's own doing, and is found there."""

import importlib
from datetime import timedelta
from types import SimpleNamespace
from uuid import uuid4

import pytest
from django.apps import apps
from django.db import IntegrityError, connection, transaction

from clinic.audit_trail.read import TrailAsked, entries_asked
from clinic.audit_trail.verify import Walk, breaks_in
from clinic.audit_trail.write import AuditAction, AuditRecord, record_audit
from clinic.identity.actors import Role
from clinic.models import AuditEntry, AuditPatient
from tests.support.builders import a_clinic, a_patient, an_actor
from tests.support.cast import NOW
from tests.support.database.old_trail import LONG_AGO, a_clinic_of_three_seals
from tests.support.database.tampering import CUT, DAYS, let_go, tamper

pytestmark = pytest.mark.django_db

FIVE_YEARS = timedelta(days=5 * 366)


def a_look(clinic, *patients, at=NOW) -> AuditEntry:
    look = AuditRecord(AuditAction.SAW_PATIENTS, patients=[patient.uuid for patient in patients])
    noted = record_audit(look, by=an_actor(clinic=clinic), now=at)
    return AuditEntry.objects.get(uuid=noted.uuid)


def found(clinic, patient, *, first=NOW - FIVE_YEARS, **asked) -> list[AuditEntry]:
    wanted = TrailAsked(first, NOW + timedelta(days=1), patient=patient.uuid, **asked)
    return list(entries_asked(asked=wanted, by=an_actor(clinic=clinic, role=Role.AUDITOR)))


def test_an_entry_stands_under_each_of_its_patients_and_costs_no_statement_more(django_assert_num_queries):
    clinic = a_clinic()
    patients = [a_patient(clinic=clinic, family_name=f"Number {one}") for one in range(25)]
    look = AuditRecord(AuditAction.SAW_PATIENTS, patients=[patient.uuid for patient in patients])

    with django_assert_num_queries(1):
        noted = record_audit(look, by=an_actor(clinic=clinic), now=NOW)

    entry = AuditEntry.objects.get(uuid=noted.uuid)
    rows = AuditPatient.objects.filter(entry=entry)
    assert {row.patient for row in rows} == {patient.uuid for patient in patients}
    assert {(row.clinic_id, row.at) for row in rows} == {(clinic.pk, NOW)}


def test_an_entry_about_no_patient_stands_under_none():
    clinic = a_clinic()

    entry = a_look(clinic)

    assert not AuditPatient.objects.filter(entry=entry).exists()


def test_what_is_rolled_back_stands_nowhere():
    clinic = a_clinic()
    patient = a_patient(clinic=clinic)
    before = AuditPatient.objects.count()

    with transaction.atomic():
        a_look(clinic, patient)
        transaction.set_rollback(True)

    assert AuditPatient.objects.count() == before


def test_one_patient_over_five_years_is_found_newest_first_and_nobody_else():
    clinic = a_clinic()
    patient, other = (a_patient(clinic=clinic, family_name=name) for name in ("Bos", "Vos"))
    old = a_look(clinic, patient, at=NOW - timedelta(days=1_800))
    both = a_look(clinic, other, patient, at=NOW - timedelta(days=3))
    a_look(clinic, other)
    too_old = a_look(clinic, patient, at=NOW - timedelta(days=2_000))

    looks = found(clinic, patient, deed="saw_patients")

    assert looks == [both, old]
    assert too_old not in looks
    assert found(clinic, patient, deed="saw_patients", first=NOW - timedelta(days=7)) == [both]


def test_nobody_finds_entries_of_another_clinic():
    clinic, other = a_clinic(), a_clinic()
    patient = a_patient(clinic=other)
    a_look(other, patient)

    assert found(clinic, patient) == []


def test_one_patient_is_answered_from_their_index():
    clinic = a_clinic()
    patient = a_patient(clinic=clinic)
    asked = TrailAsked(NOW - FIVE_YEARS, NOW, patient=patient.uuid)
    rows = entries_asked(asked=asked, by=an_actor(clinic=clinic, role=Role.AUDITOR))[:100]
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SET LOCAL enable_seqscan = off")

    plan = rows.explain()

    assert "audit_patient_by_time" in plan
    # Of few rows PostgreSQL makes a hash.
    assert connection.vendor == "postgresql" or "audit_entry_by_clinic_and_time" not in plan
    assert "LIKE" not in str(rows.query).upper()


@pytest.mark.parametrize(
    "change", ["UPDATE clinic_auditpatient SET at = at", "DELETE FROM clinic_auditpatient"]
)
def test_the_database_lets_nobody_change_or_drop_what_stands_there(change):
    clinic = a_clinic()
    a_look(clinic, a_patient(clinic=clinic))

    with pytest.raises(IntegrityError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(change)


def said(clinic) -> list[str]:
    return list(breaks_in(clinic=clinic, walk=Walk(), now=NOW))


def test_whoever_takes_an_entry_from_under_its_patient_is_found():
    clinic = a_clinic()
    entry = a_look(clinic, a_patient(clinic=clinic))
    assert said(clinic) == []

    tamper("DELETE FROM clinic_auditpatient WHERE entry_id = %s", entry.pk)

    assert said(clinic) == [f"Entry {entry.pk} does not stand under the patients that it names."]


def test_whoever_puts_an_entry_under_another_patient_is_found():
    clinic = a_clinic()
    patient = a_patient(clinic=clinic)
    entry = a_look(clinic, patient)

    AuditPatient.objects.create(clinic=clinic, entry=entry, patient=uuid4(), at=NOW)

    assert said(clinic) == [f"Entry {entry.pk} does not stand under the patients that it names."]


def test_what_stands_there_for_no_entry_is_found():
    clinic = a_clinic()
    AuditPatient.objects.create(clinic=clinic, entry_id=2**40, patient=uuid4(), at=NOW)

    assert said(clinic) == [
        f"Entry {2**40} is missing, or another clinic's; it stands under a patient still."
    ]


def test_retention_takes_it_with_its_entry_and_leaves_what_is_younger():
    clinic = a_clinic_of_three_seals(keep_audit_days=DAYS)
    patient = a_patient(clinic=clinic)
    young = a_look(clinic, patient)
    old = AuditEntry.objects.of_clinic(clinic.pk).filter(at=LONG_AGO).earliest("pk")
    AuditPatient.objects.create(clinic=clinic, entry=old, patient=patient.uuid, at=LONG_AGO)

    let_go(clinic, now=CUT)

    assert not AuditEntry.objects.filter(pk=old.pk).exists()
    assert not AuditPatient.objects.filter(entry=old.pk).exists()
    assert AuditPatient.objects.filter(entry=young).exists()


def test_entries_from_before_are_entered_and_again_changes_nothing():
    clinic = a_clinic()
    patients = [a_patient(clinic=clinic, family_name=name) for name in ("Bos", "Vos")]
    a_look(clinic, *patients)
    there = sorted(AuditPatient.objects.values_list("entry", "patient", "clinic", "at"))
    tamper("DELETE FROM clinic_auditpatient")
    migration = importlib.import_module("clinic.migrations.0025_fill_trail_by_patient")

    for _ in range(2):
        migration.fill(apps, SimpleNamespace(connection=connection))

    assert sorted(AuditPatient.objects.values_list("entry", "patient", "clinic", "at")) == there
