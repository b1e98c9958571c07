"""Days say whether a site or a resource is given up; the release before this one still reads and writes a flag."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("clinic", "0030_fill_lifespans")]

    operations = [
        migrations.AlterField(
            model, "is_active", models.BooleanField(db_default=True, default=True, editable=False)
        )
        for model in ("site", "resource")
    ]
