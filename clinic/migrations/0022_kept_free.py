"""Time of a resource may be kept free, which is no leave of it."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("clinic", "0021_weeks_are_counted_from"),
    ]

    operations = [
        migrations.AddField(
            model_name="leave",
            name="kind",
            field=models.CharField(
                choices=[("away", "Away"), ("kept_free", "Kept free")],
                db_default="away",
                default="away",
                max_length=10,
            ),
        ),
    ]
