"""One clinic's broken row stops no other clinic, and the task fails all the same."""

import pytest
from django.core.management import CommandError, call_command

from clinic.every_clinic import RoundFailed
from clinic.models import AuditDetail, AuditEntry, Clinic, Seal
from scheduling.tasks import retain_all, seal_audit_trails
from tests.support.builders import a_clinic
from tests.support.cast import NOW

# As in a worker: each clinic has transactions of its own.
pytestmark = pytest.mark.django_db(transaction=True)

LONG_AGO = NOW.replace(year=2001)


@pytest.fixture
def clinics() -> tuple[Clinic, Clinic, Clinic]:
    """The first two in the order of a round, the second with a seal that names no list of entries."""
    first, broken, last = (a_clinic(slug=f"{letter}-clinic") for letter in "abc")
    Seal.objects.create(clinic=broken, number=1, entries=5, highest_entry=0, digest="", sealed_at=LONG_AGO)
    AuditDetail.objects.update(written_at=LONG_AGO)
    return first, broken, last


def told_of(caplog) -> list[str]:
    lines = [line.msg for line in caplog.records if line.name == "clinic.every_clinic"]
    return [line["clinic"] for line in lines if isinstance(line, dict)]


@pytest.mark.reads_clock
def test_the_other_clinics_are_sealed(clinics, caplog):
    first, broken, last = clinics

    with pytest.raises(RoundFailed, match="sealing failed for 1 of 3 clinics"):
        seal_audit_trails()

    for clinic in (first, last):
        sealed = Seal.objects.of_clinic(clinic.pk).get().entries
        assert sealed == list(
            AuditEntry.objects.of_clinic(clinic.pk).order_by("pk").values_list("pk", flat=True)
        )
    assert told_of(caplog) == [str(broken.uuid)]


@pytest.mark.reads_clock
def test_the_other_clinics_let_go_of_what_is_past_its_time(clinics, caplog):
    first, broken, last = clinics

    with pytest.raises(RoundFailed, match="retention failed for 1 of 3 clinics"):
        retain_all()

    # What is left is of the entry that says so.
    for clinic in (first, last):
        assert AuditDetail.objects.of_clinic(clinic.pk).get().written_at > LONG_AGO
    assert told_of(caplog) == [str(broken.uuid)]


@pytest.mark.reads_clock
def test_the_command_goes_on_too_and_fails_with_a_sentence(clinics, capsys):
    with pytest.raises(CommandError, match="retention failed for 1 of 3 clinics. The log says for which"):
        call_command("retain", apply=True)

    assert "c-clinic: " in capsys.readouterr().out
