"""Who was erased is not brought back by the next import."""

from datetime import timedelta

import pytest
from django.core.management import call_command

from clinic.models import ErasedName, Erasure, ExternalId, NamedKind, Patient
from clinic.people.external_id_kinds import Name
from clinic.people.external_ids import name_elsewhere
from scheduling.importing.outcomes import Fate
from scheduling.privacy.erasure import erase_patient
from tests.support.acts.imports import a_patient_row, a_session_row, bookings_brought, dry, fates, flaws
from tests.support.acts.imports import patients_brought as brought
from tests.support.builders import a_patient
from tests.support.cast import NOW
from tests.support.rest import a_client_of
from tests.support.worlds import a_course_world

pytestmark = pytest.mark.django_db


@pytest.fixture
def erased(world) -> Patient:
    """Anna Bakker came by an import, and was erased."""
    brought(world)
    return erase_patient(patient=Patient.objects.get(family_name="Bakker"), by=world.owner, now=NOW)


def nobody_is_back() -> bool:
    return not Patient.objects.filter(family_name="Bakker").exists() and not ExternalId.objects.exists()


@pytest.mark.parametrize("applies", [True, False])
def test_the_next_import_does_not_bring_back_who_was_erased(world, erased, applies):
    outcomes = brought(world, a_patient_row(), a_patient_row(id="P2"), applies=False)
    assert fates(outcomes) == [Fate.REFUSED, Fate.IMPORTED]

    [outcome] = brought(world, applies=applies)

    assert [flaw.code for flaw in outcome.flaws] == ["external_id_erased"]
    assert "was erased on 4 January 2027" in outcome.flaws[0].sentence
    assert nobody_is_back()


def test_nor_do_their_sessions(world, erased):
    assert flaws(bookings_brought(world, a_session_row())) == [(2, "external_id_erased")]
    assert flaws(dry(world, a_session_row())) == [(2, "external_id_erased")]


def test_nor_does_a_till(world, erased):
    said = {"given_name": "Anna", "family_name": "Bakker", "external_ids": ["till:P1"]}

    answer = a_client_of(world).post("patients/", said)

    assert (answer.status, answer.code) == (409, "external_id_erased")
    assert nobody_is_back()


def test_who_came_back_is_named_so_again_by_whoever_says_so(world, erased):
    anna = a_patient(clinic=world.clinic, given_name="Anna", family_name="Bakker")

    name_elsewhere(kind=NamedKind.PATIENT, row=anna, name=Name("till", "P1"), by=world.reception, now=NOW)

    assert fates(brought(world)) == [Fate.KNOWN]
    assert not ErasedName.objects.exists()


def test_another_clinic_has_erased_nobody(world, erased):
    assert fates(brought(a_course_world())) == [Fate.IMPORTED]


def test_the_same_holds_under_another_secret_that_names_the_earlier_one(world, erased, settings):
    settings.SECRET_KEY_FALLBACKS = [settings.SECRET_KEY]
    settings.SECRET_KEY = "x" * 60

    assert fates(brought(world)) == [Fate.REFUSED]


def test_what_is_kept_tells_no_id(world, erased):
    [kept] = ErasedName.objects.all()

    assert (len(kept.digest), "P1" in kept.digest, kept.erased_at) == (64, False, NOW)


@pytest.mark.reads_clock
def test_a_backup_from_before_the_patient_came_brings_nobody_back(world, erased, tmp_path):
    ledger = tmp_path / "ledger.json"
    call_command("erasures", to=ledger)
    Erasure.objects.all().delete()
    ErasedName.objects.all().delete()

    call_command("erasures", **{"from": ledger}, apply=True)

    assert ErasedName.objects.get().erased_at == NOW
    assert fates(brought(world)) == [Fate.REFUSED]


def test_erasing_another_under_the_same_id_later_keeps_the_first_date(world, erased):
    anna = a_patient(clinic=world.clinic, given_name="Anna", family_name="Bakker")
    ExternalId.objects.create(
        clinic=world.clinic, system="till", value="P1", kind="patient", named=anna.uuid, created_at=NOW
    )

    erase_patient(patient=anna, by=world.owner, now=NOW + timedelta(days=1))

    assert ErasedName.objects.get().erased_at == NOW
