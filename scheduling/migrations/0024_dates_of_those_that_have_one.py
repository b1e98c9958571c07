"""SQLite took the index of all dates for every question about one plan or patient of a clinic."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("scheduling", "0023_spoken_waivers"),
    ]

    operations = [
        migrations.RemoveIndex(model_name="session", name="session_by_clinic_and_date"),
        migrations.AddIndex(
            model_name="session",
            index=models.Index(
                condition=models.Q(("local_date__isnull", False)),
                fields=["clinic", "local_date"],
                name="session_by_clinic_and_date",
            ),
        ),
    ]
