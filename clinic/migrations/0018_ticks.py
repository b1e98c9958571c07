"""The rounds of the workers leave their times, so that the web side sees when none comes."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("clinic", "0017_trail_refuses_truncate_and_replace"),
    ]

    operations = [
        migrations.CreateModel(
            name="Tick",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "name",
                    models.CharField(
                        help_text="The task, or “beat”, which tells them to look.", max_length=100
                    ),
                ),
                ("host", models.CharField(max_length=255)),
                ("began", models.DateTimeField()),
                (
                    "ended",
                    models.DateTimeField(help_text="It came to its end then, without a fault.", null=True),
                ),
            ],
            options={
                "constraints": [models.UniqueConstraint(fields=("name", "host"), name="tick_one_of_a_host")],
            },
        ),
    ]
