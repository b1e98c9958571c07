"""Who tried to reach a patient by phone, and what came of it."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("clinic", "0019_clinic_phone_offer_minutes"),
        ("scheduling", "0018_calls_have_a_reason"),
    ]

    operations = [
        migrations.CreateModel(
            name="PhoneCall",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("by", models.CharField(help_text="The actor, as text.", max_length=100)),
                ("by_name", models.CharField(max_length=150)),
                ("began_at", models.DateTimeField()),
                ("ended_at", models.DateTimeField(blank=True, null=True)),
                (
                    "outcome",
                    models.CharField(
                        choices=[
                            ("under_way", "Calling"),
                            ("not_reached", "Not reached"),
                            ("left_message", "Left a message"),
                            ("reached", "Reached"),
                        ],
                        default="under_way",
                        max_length=12,
                    ),
                ),
                (
                    "again_at",
                    models.DateTimeField(blank=True, help_text="Not to be tried before.", null=True),
                ),
                (
                    "clinic",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="clinic.clinic"
                    ),
                ),
                (
                    "patient",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="phone_calls",
                        to="clinic.patient",
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("outcome", "under_way")),
                        fields=("patient",),
                        name="phone_call_one_under_way",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("ended_at__isnull", True), ("outcome", "under_way")),
                            models.Q(
                                models.Q(("outcome", "under_way"), _negated=True), ("ended_at__isnull", False)
                            ),
                            _connector="OR",
                        ),
                        name="phone_call_ends_with_an_outcome",
                    ),
                ],
            },
        ),
    ]
