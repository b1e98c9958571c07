"""Clinics and skills, which REST shows, count their writes, and the change log tells of them."""

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
    ("clinic", "Clinic"),
    ("skill", "Skill"),
]


class Migration(migrations.Migration):
    dependencies = [("clinic", "0033_clinic_web")]

    operations = [
        *(
            migrations.AddField(model, "version", models.PositiveIntegerField(db_default=1, default=1))
            for model in ("clinic", "skill")
        ),
        # Nobody knows when they were written.
        migrations.AddField("skill", "changed_at", models.DateTimeField(null=True)),
        migrations.AlterField("change", "kind", models.CharField(choices=KINDS, max_length=20)),
    ]
