"""Erasures survive a restore: the ledger is kept as a file, and whoever is back is erased again."""

import json
from datetime import UTC, datetime
from uuid import uuid4

import pytest
from django.core.management import CommandError, call_command

from clinic.models import Erasure, Patient
from scheduling.privacy.erasure import erase_patient
from scheduling.tasks import retain_all
from tests.support.acts.courses import everything_written
from tests.support.acts.mailing import a_session
from tests.support.builders import a_clinic, a_patient
from tests.support.cast import NOW

pytestmark = pytest.mark.django_db


@pytest.fixture
def ledger(world, tmp_path):
    """The ledger as it was kept: Marit was erased. Then a backup from before came back."""
    kept = tmp_path / "ledger.json"
    a_patient(clinic=world.clinic, given_name="Jo")
    erase_patient(patient=world.patient, by=world.owner, now=NOW)
    call_command("erasures", to=kept)
    Erasure.objects.all().delete()
    are_back(world.patient)
    return kept


def are_back(*patients: Patient) -> None:
    ids = [patient.pk for patient in patients]
    Patient.objects.filter(pk__in=ids).update(given_name="Marit", erased_at=None)


def apply(ledger):
    call_command("erasures", **{"from": ledger}, apply=True)


def names() -> list[str]:
    return sorted(Patient.objects.values_list("given_name", flat=True))


def test_the_file_holds_opaque_ids_and_instants_alone(world, ledger):
    said = json.loads(ledger.read_text())

    assert said["clinics"] == [
        {"clinic": str(world.clinic.uuid), "erased": {str(world.patient.uuid): NOW.isoformat()}, "names": {}}
    ]
    assert set(said) == {"kind", "version", "clinics"}
    assert ledger.stat().st_mode & 0o777 == 0o600


@pytest.mark.reads_clock
def test_whoever_is_back_is_erased_again_and_nobody_else(world, ledger):
    apply(ledger)

    assert names() == ["Erased patient", "Jo"]
    entered = Erasure.objects.get()
    assert (entered.patient_uuid, entered.erased_at) == (world.patient.uuid, NOW)


@pytest.mark.reads_clock
def test_applying_it_twice_changes_nothing_more(ledger, capsys):
    apply(ledger)
    before = list(Patient.objects.order_by("pk").values())

    apply(ledger)

    assert list(Patient.objects.order_by("pk").values()) == before
    assert "0 erased again" in capsys.readouterr().out


@pytest.mark.reads_clock
def test_a_dry_run_says_whom_and_changes_nothing(ledger, capsys):
    before = everything_written()

    call_command("erasures", **{"from": ledger})

    assert "1 would be erased again" in capsys.readouterr().out
    assert names() == ["Jo", "Marit"]
    assert not Erasure.objects.exists()
    assert everything_written() == before


@pytest.mark.reads_clock
def test_a_patient_who_was_registered_after_the_backup_is_entered_all_the_same(world, ledger):
    said = json.loads(ledger.read_text())
    unknown = uuid4()
    said["clinics"][0]["erased"][str(unknown)] = NOW.isoformat()
    ledger.write_text(json.dumps(said))

    apply(ledger)

    assert set(Erasure.objects.values_list("patient_uuid", flat=True)) == {world.patient.uuid, unknown}


@pytest.mark.damages_diaries
@pytest.mark.parametrize("is_applied", [True, False])
@pytest.mark.reads_clock
def test_who_has_sessions_ahead_is_named_and_the_others_are_erased(world, ledger, capsys, is_applied):
    first = a_patient(clinic=world.clinic)
    erase_patient(patient=first, by=world.owner, now=NOW)
    call_command("erasures", to=ledger)
    said = json.loads(ledger.read_text())
    said["clinics"][0]["erased"][str(world.patient.uuid)] = NOW.isoformat()
    ledger.write_text(json.dumps(said))
    are_back(first)
    # The command goes by the database's clock.
    a_session(patient=world.patient, starts_at=datetime(2090, 1, 4, 9, tzinfo=UTC))

    with pytest.raises(SystemExit) as ended:
        call_command("erasures", **{"from": ledger}, apply=is_applied)

    assert ended.value.code == 1
    told = capsys.readouterr()
    assert f"patient {world.patient.uuid} has sessions ahead and stays. Cancel them" in told.err
    assert str(first.uuid) not in told.err
    assert names() == sorted(["Marit", "Jo", "Erased patient" if is_applied else "Marit"])


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        ("", "is no ledger of erasures"),
        ("[]", "is no ledger of erasures"),
        ("\N{LATIN SMALL LETTER E WITH ACUTE}".encode("latin-1"), "is no ledger of erasures"),
        ('{"kind": "coursebook erasures", "version": 2}', "of version 2; this Coursebook reads version 1"),
        ('{"kind": "coursebook erasures", "version": 1}', "is no ledger of erasures"),
        ('{"kind": "coursebook erasures", "version": 1, "clinics": [5]}', "is no ledger of erasures"),
    ],
)
def test_what_is_no_ledger_is_refused_with_a_sentence(tmp_path, content, sentence):
    file = tmp_path / "ledger.json"
    file.write_bytes(content if isinstance(content, bytes) else content.encode())

    with pytest.raises(CommandError, match=sentence):
        apply(file)


def test_a_damaged_page_or_an_unknown_clinic_leaves_nothing_half_written(ledger):
    whole = json.loads(ledger.read_text())
    pages = {
        "not in this database": {"clinic": str(uuid4()), "erased": {}},
        "is no ledger": {"clinic": whole["clinics"][0]["clinic"], "erased": {str(uuid4()): "2027-01-04"}},
    }

    for sentence, page in pages.items():
        ledger.write_text(json.dumps(whole | {"clinics": [*whole["clinics"], page]}))
        with pytest.raises(CommandError, match=sentence):
            apply(ledger)

    assert names() == ["Jo", "Marit"]
    assert not Erasure.objects.exists()


def test_a_file_that_is_not_there_is_told(tmp_path):
    with pytest.raises(CommandError, match="No such file"):
        apply(tmp_path / "nowhere.json")


@pytest.mark.reads_clock
def test_the_nightly_task_erases_again_whom_the_ledger_names(world):
    erase_patient(patient=world.patient, by=world.owner, now=NOW)
    are_back(world.patient)

    retain_all()

    assert names() == ["Erased patient"]


@pytest.mark.reads_clock
def test_a_ledger_of_one_clinic_touches_no_other(world, ledger):
    other = a_patient(clinic=a_clinic())
    Erasure.objects.create(clinic=world.clinic, patient_uuid=other.uuid, erased_by="task:x", erased_at=NOW)

    apply(ledger)

    assert Patient.objects.get(pk=other.pk).erased_at is None
