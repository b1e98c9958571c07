"""LawfulCut: the database lets nobody cut the trail but where it is past its time and says so itself."""

from datetime import timedelta
from functools import partial
from uuid import uuid4

import pytest
from django.db import IntegrityError, transaction

from clinic.audit_trail.cuts import cut_after, cut_id
from clinic.audit_trail.seals import seal
from clinic.audit_trail.write import AuditAction, AuditRecord, record_audit
from clinic.identity.actors import task_actor
from clinic.models import AuditCut, AuditEntry, Clinic, Seal
from tests.support.builders import a_clinic, an_owner
from tests.support.cast import NOW
from tests.support.database.old_trail import LONG_AGO, a_cut, a_sealed_entry

pytestmark = pytest.mark.django_db


def is_refused(act) -> bool:
    try:
        with transaction.atomic():
            act()
    except IntegrityError:
        return True
    return False


@pytest.fixture
def clinic():
    """Three entries in three seals: two of long ago, one of today."""
    clinic = a_clinic()
    a_sealed_entry(clinic=clinic)
    a_sealed_entry(clinic=clinic)
    a_sealed_entry(clinic=clinic, sealed_at=NOW)
    return clinic


def seal_of(clinic, number) -> Seal:
    return Seal.objects.of_clinic(clinic.pk).get(number=number)


def a_forged_cut(clinic, *, number, **said) -> AuditCut:
    """As whoever writes the database makes one: all in order but what is `said` otherwise."""
    last = seal_of(clinic, number)
    cut = AuditCut(
        clinic=clinic,
        seal_number=number,
        digest=last.digest,
        highest_entry=last.highest_entry,
        sealed_at=last.sealed_at,
        kept_days=clinic.keep_audit_days,
        cut_at=NOW,
    )
    cut.uuid = cut_id(cut, clinic)
    by = task_actor(clinic_id=clinic.pk, label="retain")
    noted = record_audit(AuditRecord(AuditAction.CUT_TRAIL, about=cut), by=by, now=NOW)
    cut.deed = AuditEntry.objects.get(uuid=noted.uuid).pk
    made = seal(clinic_id=clinic.pk, now=NOW)
    assert made is not None
    cut.deed_seal = made.number
    for name, value in said.items():
        setattr(cut, name, value)
    return cut


def test_what_is_past_its_time_is_cut_once_its_deed_is_sealed(clinic):
    cut = a_cut(clinic=clinic, last=seal_of(clinic, 2))

    assert cut.deed is not None
    assert cut.deed_seal is not None
    deed = AuditEntry.objects.get(pk=cut.deed)
    assert (deed.act, deed.about) == (AuditAction.CUT_TRAIL, cut.uuid)
    assert cut.deed in seal_of(clinic, cut.deed_seal).entries
    assert cut.deed_seal > cut.seal_number


def test_a_row_of_ones_own_in_the_table_of_cuts_is_refused(clinic):
    bare = {"clinic": clinic, "digest": "", "cut_at": NOW}

    assert is_refused(lambda: AuditCut.objects.create(seal_number=10**6, highest_entry=10**9, **bare))
    assert is_refused(lambda: AuditCut.objects.create(seal_number=2, highest_entry=10**9, **bare))


def test_a_cut_of_what_is_younger_than_the_clinic_keeps_is_refused(clinic):
    young = a_forged_cut(clinic, number=3)

    assert is_refused(lambda: young.save(force_insert=True))
    assert not is_refused(lambda: a_forged_cut(clinic, number=2).save(force_insert=True))


@pytest.mark.parametrize(
    "said",
    [
        {"sealed_at": LONG_AGO},
        {"kept_days": 0},
        {"kept_days": None},
        {"cut_at": NOW + timedelta(9_000)},
        {"highest_entry": 10**9},
        {"digest": "ab"},
    ],
)
def test_a_cut_that_says_it_is_older_is_refused_all_the_same(clinic, said):
    forged = a_forged_cut(clinic, number=3, **said)

    assert is_refused(lambda: forged.save(force_insert=True))


def test_a_seal_that_says_it_is_old_takes_no_younger_one_along(clinic):
    Seal.objects.create(
        clinic=clinic,
        number=4,
        entries=[],
        highest_entry=10**9,
        previous="",
        digest="ab",
        sealed_at=LONG_AGO,
    )

    assert is_refused(lambda: a_forged_cut(clinic, number=4).save(force_insert=True))


@pytest.mark.parametrize(
    "said",
    [
        {"deed": None},
        {"deed": 10**9},
        {"deed_seal": None},
        {"deed_seal": 1},
        {"deed_seal": 3},
        {"uuid": None},
        {"uuid": uuid4()},
        {"highest_entry": 0},
    ],
)
def test_a_cut_without_its_sealed_deed_is_refused(clinic, said):
    forged = a_forged_cut(clinic, number=2, **said)

    assert is_refused(lambda: forged.save(force_insert=True))


def test_the_deed_of_another_cut_or_clinic_is_no_deed(clinic):
    earlier = a_cut(clinic=clinic, last=seal_of(clinic, 1))
    other = a_clinic()
    a_sealed_entry(clinic=other)
    there = a_cut(clinic=other, last=seal_of(other, 1))

    for cut in (earlier, there):
        forged = a_forged_cut(clinic, number=2, deed=cut.deed, deed_seal=cut.deed_seal)
        assert is_refused(partial(forged.save, force_insert=True))


def test_an_entry_that_tells_of_something_else_is_no_deed(clinic):
    other = record_audit(AuditRecord(AuditAction.SET_CLINIC), by=an_owner(clinic=clinic), now=NOW)
    pk = AuditEntry.objects.get(uuid=other.uuid).pk

    assert is_refused(lambda: a_forged_cut(clinic, number=2, deed=pk).save(force_insert=True))


def test_the_trail_keeps_its_last_year_whatever_the_clinic_says(clinic):
    Clinic.objects.filter(pk=clinic.pk).update(keep_audit_days=0)
    clinic.refresh_from_db()
    by = task_actor(clinic_id=clinic.pk, label="retain")

    assert is_refused(lambda: a_forged_cut(clinic, number=3).save(force_insert=True))
    assert is_refused(lambda: cut_after(last=seal_of(clinic, 3), clinic=clinic, by=by, now=NOW))
