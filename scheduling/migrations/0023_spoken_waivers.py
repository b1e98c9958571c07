"""What reception set aside on the word of a practitioner or owner, and what they say to it."""

import uuid

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("clinic", "0020_words"),
        ("treatments", "0005_rest_between_courses"),
        ("scheduling", "0022_mail_ledgers"),
    ]

    operations = [
        migrations.CreateModel(
            name="SpokenWaiver",
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
                ("session", models.UUIDField(blank=True, null=True)),
                ("entered_by", models.CharField(help_text="The actor, as text.", max_length=100)),
                ("entered_by_name", models.CharField(max_length=150)),
                (
                    "codes",
                    models.JSONField(default=list, help_text="Of the rules that were set aside."),
                ),
                ("reason", models.CharField(max_length=300)),
                ("said_at", models.DateTimeField()),
                (
                    "answer",
                    models.CharField(
                        choices=[("none", "Not answered"), ("right", "Right"), ("not_mine", "Not mine")],
                        default="none",
                        max_length=10,
                    ),
                ),
                ("answered_at", models.DateTimeField(blank=True, null=True)),
                (
                    "clinic",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="clinic.clinic"
                    ),
                ),
                (
                    "patient",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="clinic.patient"
                    ),
                ),
                (
                    "plan",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="treatments.plan",
                    ),
                ),
                (
                    "said_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "verbose_name": "word",
                "indexes": [
                    models.Index(fields=["clinic", "said_at"], name="word_by_clinic_and_time"),
                    models.Index(
                        condition=models.Q(("answer", "none")),
                        fields=["said_by"],
                        name="word_to_be_answered",
                    ),
                    models.Index(
                        condition=models.Q(("answer", "not_mine")),
                        fields=["clinic", "answered_at"],
                        name="word_denied",
                    ),
                ],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("answer", "none"), ("answered_at__isnull", True)),
                            models.Q(
                                models.Q(("answer", "none"), _negated=True), ("answered_at__isnull", False)
                            ),
                            _connector="OR",
                        ),
                        name="word_is_answered_at_an_instant",
                    )
                ],
            },
        ),
    ]
