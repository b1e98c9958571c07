"""AppendOnly: the database itself refuses to change or drop what the trail says, on either engine."""

import pytest
from django.db import IntegrityError, connection, models, transaction

from clinic.audit_trail.seals import seal
from clinic.audit_trail.write import AuditAction, AuditRecord, record_audit
from clinic.models import AuditCut, AuditEntry, Seal
from tests.support.builders import a_clinic, an_owner
from tests.support.cast import NOW

pytestmark = pytest.mark.django_db

KINDS = (AuditEntry, Seal, AuditCut)


def is_refused(act) -> bool:
    try:
        with transaction.atomic():
            act()
    except IntegrityError:
        return True
    return False


@pytest.fixture
def clinic():
    """Its trail holds two sealed entries; of an older seal only the cut is left."""
    clinic = a_clinic()
    record_audit(AuditRecord(AuditAction.SET_CLINIC), by=an_owner(clinic=clinic), now=NOW)
    record_audit(AuditRecord(AuditAction.SET_CLINIC), by=an_owner(clinic=clinic), now=NOW)
    AuditCut.objects.create(clinic=clinic, seal_number=1, digest="a", highest_entry=0, cut_at=NOW)
    seal(clinic_id=clinic.pk, now=NOW)
    return clinic


def raw(statement: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(statement)


@pytest.mark.parametrize("kind", KINDS)
def test_a_row_is_neither_changed_nor_dropped_by_its_model(clinic, kind):
    row = kind.objects.of_clinic(clinic.pk).last()

    assert is_refused(row.save)
    assert is_refused(row.delete)


@pytest.mark.parametrize("kind", KINDS)
def test_many_rows_are_neither_changed_nor_dropped_at_once(clinic, kind):
    rows = kind.objects.of_clinic(clinic.pk)

    assert is_refused(lambda: rows.update(clinic_id=clinic.pk))
    assert is_refused(lambda: rows.bulk_update(list(rows), ["clinic"]))
    assert is_refused(rows.delete)


@pytest.mark.parametrize("kind", KINDS)
def test_a_row_is_neither_changed_nor_dropped_by_sql(clinic, kind):
    table = kind._meta.db_table

    assert is_refused(lambda: raw(f"UPDATE {table} SET clinic_id = clinic_id"))
    assert is_refused(lambda: raw(f"DELETE FROM {table}"))


def test_what_a_cut_covers_may_go_and_no_more(clinic):
    first, second, *_ = AuditEntry.objects.of_clinic(clinic.pk).order_by("pk")

    AuditCut.objects.create(clinic=clinic, seal_number=2, digest="a", highest_entry=first.pk, cut_at=NOW)

    assert not is_refused(first.delete)
    assert is_refused(second.delete)
    assert not is_refused(Seal.objects.get(clinic=clinic, number=2).delete)


def test_a_cut_covers_nothing_of_another_clinic(clinic):
    other = a_clinic()
    record_audit(AuditRecord(AuditAction.SET_CLINIC), by=an_owner(clinic=other), now=NOW)

    AuditCut.objects.create(clinic=clinic, seal_number=2, digest="a", highest_entry=10**9, cut_at=NOW)

    assert is_refused(AuditEntry.objects.of_clinic(other.pk).delete)


def test_what_a_cut_covers_is_still_not_changed(clinic):
    AuditCut.objects.create(clinic=clinic, seal_number=2, digest="a", highest_entry=10**9, cut_at=NOW)

    assert is_refused(lambda: AuditEntry.objects.of_clinic(clinic.pk).update(act="nothing"))


def test_no_foreign_key_ties_the_trail_to_another_table():
    with connection.cursor() as cursor:
        tied = {kind: connection.introspection.get_relations(cursor, kind._meta.db_table) for kind in KINDS}

    assert not any(tied.values())


@pytest.mark.django_db(transaction=True)
def test_the_refusal_survives_when_the_table_is_made_anew(clinic):
    old = AuditEntry._meta.get_field("role")
    new = models.CharField(max_length=30, blank=True)
    new.set_attributes_from_name("role")
    new.model = AuditEntry

    # On SQLite a changed column means a new table, and the triggers go with the old one.
    with connection.schema_editor() as editor:
        editor.alter_field(AuditEntry, old, new)

    assert is_refused(AuditEntry.objects.of_clinic(clinic.pk).delete)
    assert is_refused(lambda: AuditEntry.objects.of_clinic(clinic.pk).update(act="nothing"))
    with connection.schema_editor() as editor:
        editor.alter_field(AuditEntry, new, old)
