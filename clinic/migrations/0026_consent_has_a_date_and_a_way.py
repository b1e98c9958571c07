"""When and how a patient said whether they want messages. Of what was said before nobody noted it."""

from django.db import migrations, models

WAYS = [
    ("at_desk", "At the desk"),
    ("on_paper", "On paper"),
    ("by_phone", "By phone"),
    ("by_mail", "By mail"),
    ("imported", "Brought over from another system"),
]


class Migration(migrations.Migration):
    dependencies = [
        ("clinic", "0025_fill_trail_by_patient"),
    ]

    operations = [
        migrations.AddField(
            model_name="patient",
            name="consent_on",
            field=models.DateField(blank=True, help_text="When they said yes or no.", null=True),
        ),
        migrations.AddField(
            model_name="patient",
            name="consent_how",
            field=models.CharField(blank=True, choices=WAYS, db_default="", default="", max_length=10),
        ),
    ]
