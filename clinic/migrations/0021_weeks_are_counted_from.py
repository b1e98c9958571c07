"""Hours every n weeks stay in their weeks when the week around them changes: from when they are counted."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("clinic", "0020_words"),
    ]

    operations = [
        migrations.AddField(
            model_name="weeklyhours",
            name="counted_from",
            field=models.DateField(blank=True, null=True),
        ),
    ]
