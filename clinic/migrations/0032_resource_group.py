"""What several resources alike are called together."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("clinic", "0031_is_active_stays_a_release")]

    operations = [
        migrations.AddField(
            "resource",
            "group",
            models.CharField(blank=True, db_default="", default="", max_length=100),
        ),
    ]
