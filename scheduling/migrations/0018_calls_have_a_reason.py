"""What a person must say, says why no mail did."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("scheduling", "0017_fill_reasons"),
    ]

    operations = [
        migrations.AddConstraint(
            model_name="message",
            constraint=models.CheckConstraint(
                condition=~models.Q(state="call") | ~models.Q(reason=""),
                name="message_to_call_about_has_a_reason",
            ),
        ),
    ]
