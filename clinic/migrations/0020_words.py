"""Whether reception sets rules aside on the word of another; the change log tells of words that were said."""

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
]


class Migration(migrations.Migration):
    dependencies = [
        ("clinic", "0019_clinic_phone_offer_minutes"),
    ]

    operations = [
        migrations.AddField(
            model_name="clinic",
            name="takes_words",
            field=models.BooleanField(
                default=True,
                help_text="Whether reception sets rules aside on the word of a practitioner or owner.",
            ),
        ),
        migrations.AlterField(
            model_name="change",
            name="kind",
            field=models.CharField(choices=KINDS, max_length=20),
        ),
    ]
