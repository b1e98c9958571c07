"""What several resources alike are called together."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("clinic", "0031_lifespans_say_it_alone")]

    operations = [
        migrations.AddField(
            "resource",
            "group",
            models.CharField(blank=True, default="", max_length=100),
            preserve_default=False,
        ),
    ]
