"""How long what the desk did can be taken back before anybody hears of it."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("clinic", "0009_log_of_all_that_is_shown"),
    ]

    operations = [
        migrations.AddField(
            model_name="clinic",
            name="undo_seconds",
            field=models.PositiveSmallIntegerField(
                default=180, help_text="How long what the desk did waits before others hear of it."
            ),
        ),
    ]
