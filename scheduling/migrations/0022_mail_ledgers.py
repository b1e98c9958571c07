from django.db import migrations, models

_ID = models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")


class Migration(migrations.Migration):
    dependencies = [
        ("scheduling", "0021_lists_of_a_long_past"),
    ]

    operations = [
        migrations.CreateModel(
            name="Mailroom",
            fields=[
                ("id", _ID),
                ("rounds", models.BigIntegerField(default=0)),
                ("held_at", models.DateTimeField(help_text="Since then no mail goes out.", null=True)),
            ],
            options={
                "constraints": [
                    models.CheckConstraint(condition=models.Q(("id", 1)), name="mailroom_is_one"),
                ],
            },
        ),
        migrations.CreateModel(
            name="MailLedger",
            fields=[
                ("id", _ID.clone()),
                ("ledger", models.UUIDField(unique=True)),
                ("host", models.CharField(max_length=255)),
                ("round", models.BigIntegerField(default=0)),
                ("settled_to", models.BigIntegerField(default=0)),
                ("used_at", models.DateTimeField()),
            ],
        ),
    ]
