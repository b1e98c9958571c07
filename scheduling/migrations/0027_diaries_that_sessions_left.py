"""What left a diary is kept for some weeks, for the diary's feed."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("clinic", "0020_words"),
        ("scheduling", "0026_feeds_know_when_they_were_read"),
    ]

    operations = [
        migrations.CreateModel(
            name="LeftDiary",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("starts_at", models.DateTimeField()),
                ("ends_at", models.DateTimeField()),
                ("sequence", models.PositiveIntegerField(help_text="The session's, as it left.")),
                ("left_at", models.DateTimeField()),
                (
                    "clinic",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="clinic.clinic"
                    ),
                ),
                (
                    "diary",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="+", to="clinic.diary"
                    ),
                ),
                (
                    "session",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="scheduling.session",
                    ),
                ),
            ],
            options={
                "indexes": [
                    models.Index(fields=["diary", "left_at"], name="left_diary_by_diary"),
                    models.Index(fields=["clinic", "left_at"], name="left_diary_by_age"),
                ],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("starts_at__lt", models.F("ends_at"))),
                        name="left_diary_starts_before_it_ends",
                    )
                ],
            },
        ),
    ]
