"""A hold keeps its calendar; a plan is held once at a time, and a session is held by a hold or not at all."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("scheduling", "0003_care_of_those_treated")]

    operations = [
        migrations.AddField(
            model_name="hold",
            name="proposal",
            field=models.TextField(default="", help_text="The calendar, as the token that was held."),
            preserve_default=False,
        ),
        migrations.AddConstraint(
            model_name="hold",
            constraint=models.UniqueConstraint(
                condition=models.Q(("released_at__isnull", True)),
                fields=("plan",),
                name="hold_stands_once_a_plan",
            ),
        ),
        migrations.AddConstraint(
            model_name="session",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("hold__isnull", False), ("status", "held")),
                    models.Q(models.Q(("status", "held"), _negated=True), ("hold__isnull", True)),
                    _connector="OR",
                ),
                name="session_is_held_by_a_hold",
            ),
        ),
    ]
