"""What stood before an act is kept with it, so that it can be undone."""

import uuid

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("clinic", "0010_undo_seconds"),
        ("scheduling", "0013_fill_heard"),
        ("treatments", "0004_log_of_all_that_is_shown"),
    ]

    operations = [
        migrations.CreateModel(
            name="CourseAct",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("uuid", models.UUIDField(default=uuid.uuid4, editable=False, unique=True)),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("booked", "Booked"),
                            ("moved", "Moved"),
                            ("cancelled", "Cancelled"),
                            ("leave", "Leave"),
                            ("attended", "Attendance"),
                        ],
                        max_length=10,
                    ),
                ),
                ("by", models.CharField(help_text="The actor, as text.", max_length=100)),
                ("at", models.DateTimeField()),
                ("before", models.JSONField(default=dict)),
                ("after_change", models.BigIntegerField()),
                ("goes_out_at", models.DateTimeField(help_text="From then on others may hear of it.")),
                ("undo_until", models.DateTimeField()),
                ("undone_at", models.DateTimeField(blank=True, null=True)),
                (
                    "clinic",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="clinic.clinic"
                    ),
                ),
                (
                    "patient",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="clinic.patient",
                    ),
                ),
                (
                    "plan",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="treatments.plan",
                    ),
                ),
                (
                    "session",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="scheduling.session",
                    ),
                ),
            ],
            options={
                "verbose_name": "act",
            },
        ),
        migrations.AddField(
            model_name="freedtime",
            name="act",
            field=models.ForeignKey(
                help_text="It gave them back.",
                null=True,
                on_delete=django.db.models.deletion.SET_NULL,
                related_name="freed",
                to="scheduling.courseact",
            ),
        ),
        migrations.AddIndex(
            model_name="courseact",
            index=models.Index(fields=["clinic", "at"], name="course_act_by_clinic_and_time"),
        ),
    ]
