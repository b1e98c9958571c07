"""Each entry of the trail is entered for every patient that it names, by the database itself."""

import django.db.models.deletion
from django.db import migrations, models

import clinic.models.append_only
import clinic.models.trail_index

INDEX = clinic.models.trail_index.IndexesPatients(name="audit_entry_by_patient")


def begin(apps, schema_editor):
    """The trigger alone: the table of entries is long, and is not made anew for it."""
    INDEX.renew(apps.get_model("clinic", "AuditEntry"), schema_editor)


def end(apps, schema_editor):
    for drop in INDEX._drops(apps.get_model("clinic", "AuditEntry"), schema_editor):
        schema_editor.execute(drop)


class Migration(migrations.Migration):
    dependencies = [
        ("clinic", "0023_busy_times"),
    ]

    operations = [
        migrations.CreateModel(
            name="AuditPatient",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("patient", models.UUIDField()),
                ("at", models.DateTimeField(help_text="The entry's.")),
                (
                    "clinic",
                    models.ForeignKey(
                        db_constraint=False,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        to="clinic.clinic",
                    ),
                ),
                (
                    "entry",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="of_patients",
                        to="clinic.auditentry",
                    ),
                ),
            ],
            options={
                "indexes": [
                    models.Index(fields=["clinic", "patient", "at", "entry"], name="audit_patient_by_time")
                ],
                "constraints": [
                    models.UniqueConstraint(fields=("entry", "patient"), name="audit_patient_once_an_entry"),
                    clinic.models.append_only.AppendOnly(
                        cut_by=("entry_id", "clinic_auditcut", "highest_entry"), name="audit_patient_stays"
                    ),
                ],
            },
        ),
        migrations.SeparateDatabaseAndState(
            database_operations=[migrations.RunPython(begin, end)],
            state_operations=[migrations.AddConstraint(model_name="auditentry", constraint=INDEX)],
        ),
    ]
