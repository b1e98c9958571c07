"""Seals: every committed entry is in exactly one, however late it was committed."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier
from uuid import uuid4

import pytest
from django.db import connection

from clinic.audit_trail.seals import LATEST_COMMIT, seal
from clinic.audit_trail.write import AuditAction, AuditRecord, record_audit
from clinic.models import AuditEntry, Seal
from scheduling.tasks import seal_audit_trails
from tests.support.builders import a_clinic, an_owner
from tests.support.cast import NOW

pytestmark = pytest.mark.django_db

MINUTE = timedelta(minutes=1)


@pytest.fixture
def clinic():
    return a_clinic()


def an_entry(clinic, *, pk=None) -> AuditEntry:
    """One more entry; with `pk`, one whose id was given out before others and that commits now."""
    noted = record_audit(AuditRecord(AuditAction.SET_CLINIC), by=an_owner(clinic=clinic), now=NOW)
    entry = AuditEntry.objects.get(uuid=noted.uuid)
    if pk is None:
        return entry
    fields = {field.attname: getattr(entry, field.attname) for field in AuditEntry._meta.concrete_fields}
    return AuditEntry.objects.create(**fields | {"id": pk, "uuid": uuid4()})


def sealed(clinic) -> list[int]:
    return sorted(pk for row in Seal.objects.of_clinic(clinic.pk) for pk in row.entries)


def entries(clinic) -> list[int]:
    return list(AuditEntry.objects.of_clinic(clinic.pk).order_by("pk").values_list("pk", flat=True))


def test_each_seal_follows_the_one_before_and_takes_what_is_new(clinic):
    an_entry(clinic)
    first = seal(clinic_id=clinic.pk, now=NOW)
    an_entry(clinic)

    second = seal(clinic_id=clinic.pk, now=NOW + MINUTE)

    assert first is not None
    assert second is not None
    assert (first.number, second.number, second.previous) == (1, 2, first.digest)
    assert sealed(clinic) == entries(clinic)


def test_where_nothing_is_new_there_is_no_seal(clinic):
    an_entry(clinic)
    seal(clinic_id=clinic.pk, now=NOW)

    assert seal(clinic_id=clinic.pk, now=NOW + MINUTE) is None


def test_an_entry_of_another_clinic_is_left_to_its_own_chain(clinic):
    other = a_clinic()
    an_entry(other)
    seal(clinic_id=clinic.pk, now=NOW)

    seal(clinic_id=other.pk, now=NOW)

    assert sealed(other) == entries(other)


@pytest.mark.parametrize("asleep", [timedelta(0), LATEST_COMMIT * 2])
def test_an_entry_that_commits_late_is_sealed_though_later_ids_are(clinic, asleep):
    an_entry(clinic)
    gap = entries(clinic)[-1] + 1_000
    an_entry(clinic, pk=gap + 5)
    seal(clinic_id=clinic.pk, now=NOW)
    an_entry(clinic, pk=gap)

    # The sealer may have been down for days in between.
    seal(clinic_id=clinic.pk, now=NOW + asleep + MINUTE)

    assert gap in sealed(clinic)
    assert sealed(clinic) == entries(clinic)


def test_what_does_not_fit_into_one_seal_goes_into_the_next_ones(clinic):
    for _ in range(7):
        an_entry(clinic)

    seals = [seal(clinic_id=clinic.pk, now=NOW + n * LATEST_COMMIT, most=2) for n in range(9)]

    assert max(len(row.entries) for row in seals if row) == 2
    assert seals[-1] is None
    assert sealed(clinic) == entries(clinic)


def test_old_seals_are_not_read_again(clinic):
    for n in range(4):
        an_entry(clinic)
        seal(clinic_id=clinic.pk, now=NOW + n * LATEST_COMMIT)
    oldest = entries(clinic)[0]

    an_entry(clinic)
    newest = seal(clinic_id=clinic.pk, now=NOW + 5 * LATEST_COMMIT)

    assert newest is not None
    assert oldest not in newest.entries
    assert len(newest.entries) == len(set(sealed(clinic))) - sum(
        len(row.entries) for row in Seal.objects.of_clinic(clinic.pk).exclude(pk=newest.pk)
    )


@pytest.mark.django_db(transaction=True)
def test_sealers_that_meet_make_one_chain_without_twins(clinic):
    for _ in range(20):
        an_entry(clinic)
    start = Barrier(8)

    def one_sealer(_):
        try:
            start.wait()
            return seal(clinic_id=clinic.pk, now=NOW, most=5)
        finally:
            connection.close()

    with ThreadPoolExecutor(8) as pool:
        made = [row for row in pool.map(one_sealer, range(8)) if row]

    assert sorted(row.number for row in made) == list(range(1, len(made) + 1))
    assert sealed(clinic) == entries(clinic)


@pytest.mark.reads_clock
def test_the_task_seals_every_clinic(clinic):
    an_entry(clinic)
    other = a_clinic()

    seal_audit_trails()

    assert sealed(clinic) == entries(clinic)
    assert sealed(other) == entries(other)
