"""Entries from before are entered for the patients that they name, some thousands at a time."""

from django.db import migrations

from clinic.models.trail_index import index_sql

AT_A_TIME = 5_000


def fill(apps, schema_editor):
    """Safe to run again: what is entered already is passed over."""
    connection = schema_editor.connection
    written, named = index_sql(vendor=connection.vendor, entry="entry")
    entries = apps.get_model("clinic", "AuditEntry").objects.using(connection.alias).exclude(patients="")
    above = 0
    while some := list(entries.filter(pk__gt=above).order_by("pk").values_list("pk", flat=True)[:AT_A_TIME]):
        with connection.cursor() as cursor:
            cursor.execute(
                f"INSERT INTO clinic_auditpatient {written} FROM clinic_auditentry AS entry, {named} "  # nosec # our own
                "WHERE entry.id > %s AND entry.id <= %s AND entry.patients <> '' AND NOT EXISTS "
                "(SELECT 1 FROM clinic_auditpatient AS there WHERE there.entry_id = entry.id)",
                [above, some[-1]],
            )
        above = some[-1]


class Migration(migrations.Migration):
    # No transaction holds the whole trail.
    atomic = False

    dependencies = [
        ("clinic", "0024_trail_by_patient"),
    ]

    # Backwards the table goes.
    operations = [migrations.RunPython(fill, migrations.RunPython.noop)]
