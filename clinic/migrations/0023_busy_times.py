"""When a resource is busy elsewhere, as other systems say; the change log tells of it."""

import uuid

import django.db.models.deletion
from django.db import migrations, models

KINDS = [
    ("site", "Site"),
    ("resource", "Resource"),
    ("patient", "Patient"),
    ("weekly_hours", "Weekly hours"),
    ("day_hours", "Hours of a date"),
    ("closure", "Closure"),
    ("leave", "Leave"),
    ("protocol", "Protocol"),
    ("session_type", "Session type"),
    ("plan", "Plan"),
    ("concern", "Concern"),
    ("session", "Session"),
    ("hold", "Hold"),
    ("wait", "Wait"),
    ("offer", "Offer"),
    ("message", "Message"),
    ("feed", "Feed"),
    ("word", "Word"),
    ("busy_time", "Busy time"),
]


class Migration(migrations.Migration):
    dependencies = [
        ("clinic", "0022_kept_free"),
    ]

    operations = [
        migrations.CreateModel(
            name="BusyTime",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("uuid", models.UUIDField(default=uuid.uuid4, editable=False, unique=True)),
                ("changed_at", models.DateTimeField()),
                ("version", models.PositiveIntegerField(db_default=1, default=1)),
                ("external_id", models.CharField(max_length=200)),
                ("starts_at", models.DateTimeField()),
                ("ends_at", models.DateTimeField()),
                (
                    "clinic",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="clinic.clinic"
                    ),
                ),
                (
                    "resource",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="busy_times",
                        to="clinic.resource",
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("starts_at__lt", models.F("ends_at"))),
                        name="busy_time_starts_before_it_ends",
                    ),
                    models.UniqueConstraint(
                        fields=("resource", "external_id"), name="busy_time_external_id_once_a_resource"
                    ),
                ],
            },
        ),
        migrations.AlterField(
            model_name="change",
            name="kind",
            field=models.CharField(choices=KINDS, max_length=20),
        ),
    ]
