"""How long an offer waits to be told by phone where no mail brings it."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("clinic", "0018_ticks"),
    ]

    operations = [
        migrations.AddField(
            model_name="clinic",
            name="phone_offer_minutes",
            field=models.PositiveSmallIntegerField(
                default=120, help_text="How long an offer waits to be told by phone where no mail brings it."
            ),
        ),
    ]
