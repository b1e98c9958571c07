"""AppendOnly: the database itself refuses to change or drop what the trail says, on either engine."""

import pytest
from django.db import IntegrityError, connection, models, transaction

from clinic.models import AuditCut, AuditEntry, Clinic, Seal
from tests.support.builders import a_clinic
from tests.support.cast import NOW
from tests.support.database.old_trail import a_cut, a_sealed_entry

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
    """Of its trail the first seal is cut, and still there; the third is sealed now."""
    clinic = a_clinic()
    a_cut(clinic=clinic, last=a_sealed_entry(clinic=clinic))
    a_sealed_entry(clinic=clinic, sealed_at=NOW)
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


@pytest.mark.only_on("postgresql")
@pytest.mark.parametrize("kind", KINDS)
def test_a_table_is_not_emptied_at_once(clinic, kind):
    table = kind._meta.db_table

    assert is_refused(lambda: raw(f"TRUNCATE {table}"))
    assert is_refused(lambda: raw(f"TRUNCATE {table}, clinic_site CASCADE"))


@pytest.fixture
def recursive_triggers(request):
    """Whoever opens the file says for themselves whether a replacement asks the triggers of deletion."""
    raw(f"PRAGMA recursive_triggers = {request.param}")
    yield
    raw("PRAGMA recursive_triggers = ON")


@pytest.mark.only_on("sqlite")
@pytest.mark.parametrize("recursive_triggers", ["ON", "OFF"], indirect=True)
@pytest.mark.parametrize("kind", KINDS)
def test_no_row_takes_the_place_of_another(clinic, kind, recursive_triggers):
    table = kind._meta.db_table
    columns = ", ".join(field.column for field in kind._meta.concrete_fields if not field.primary_key)

    assert is_refused(lambda: raw(f"INSERT OR REPLACE INTO {table} SELECT * FROM {table}"))
    assert is_refused(lambda: raw(f"REPLACE INTO {table} ({columns}) SELECT {columns} FROM {table}"))


@pytest.mark.only_on("sqlite")
def test_every_connection_asks_the_triggers_of_deletion_when_a_row_is_replaced():
    with connection.cursor() as cursor:
        cursor.execute("PRAGMA recursive_triggers")
        assert cursor.fetchone() == (1,)


@pytest.mark.only_on("postgresql")
def test_a_temporary_table_named_as_the_cuts_lets_nothing_go(clinic):
    raw("CREATE TEMPORARY TABLE clinic_auditcut (LIKE public.clinic_auditcut) ON COMMIT DROP")
    raw(
        "INSERT INTO clinic_auditcut (id, clinic_id, seal_number, digest, highest_entry, cut_at) "
        f"VALUES (1, {clinic.pk}, 1000000, '', 1000000000, now())"
    )

    assert is_refused(lambda: raw("DELETE FROM clinic_auditentry"))
    assert is_refused(lambda: raw("DELETE FROM clinic_seal"))


def test_what_a_cut_covers_may_go_and_no_more(clinic):
    first, second, third = Seal.objects.of_clinic(clinic.pk).order_by("number")

    assert not is_refused(AuditEntry.objects.filter(pk__in=first.entries).delete)
    assert not is_refused(first.delete)
    for kept in (second, third):
        assert is_refused(AuditEntry.objects.filter(pk__in=kept.entries).delete)
        assert is_refused(kept.delete)


def test_a_cut_covers_nothing_of_another_clinic(clinic):
    other = a_clinic()
    a_sealed_entry(clinic=other)

    assert is_refused(AuditEntry.objects.of_clinic(other.pk).delete)
    assert is_refused(Seal.objects.of_clinic(other.pk).delete)


def test_what_a_cut_covers_is_still_not_changed(clinic):
    first = Seal.objects.get(clinic=clinic, number=1)

    assert is_refused(lambda: AuditEntry.objects.filter(pk__in=first.entries).update(act="nothing"))


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


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(("kind", "name"), [(Clinic, "name"), (AuditCut, "digest"), (Seal, "digest")])
def test_a_table_that_the_rules_of_the_trail_look_into_can_be_made_anew(clinic, kind, name):
    old = kind._meta.get_field(name)
    new = models.CharField(max_length=old.max_length + 1)
    new.set_attributes_from_name(name)
    new.model = kind

    with connection.schema_editor() as editor:
        editor.alter_field(kind, old, new)
    with connection.schema_editor() as editor:
        editor.alter_field(kind, new, old)

    assert is_refused(AuditEntry.objects.of_clinic(clinic.pk).delete)
    bare = {"clinic": clinic, "digest": "", "cut_at": NOW}
    assert is_refused(lambda: AuditCut.objects.create(seal_number=9, highest_entry=10**9, **bare))
