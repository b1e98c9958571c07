"""Whether whoever has no e-mail address is reminded by phone."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("clinic", "0012_fill_mail_problems"),
    ]

    operations = [
        migrations.AddField(
            model_name="clinic",
            name="phones_reminders",
            field=models.BooleanField(
                default=False, help_text="Whether who has no e-mail address is reminded by phone."
            ),
        ),
    ]
