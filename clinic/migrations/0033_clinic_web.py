"""Where the clinic is on the web."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("clinic", "0032_resource_group")]

    operations = [
        migrations.AddField("clinic", "web", models.URLField(blank=True, db_default="", default="")),
    ]
