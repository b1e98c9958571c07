"""Holds, waits, offers, messages and feeds count their writes and say when the last one was."""

from django.db import migrations, models
from django.db.models import F
from django.db.models.functions import Coalesce
from django.utils import timezone

# By the model: what it says of its last write, the latest first.
SAID = {
    "Hold": ("released_at", "created_at"),
    "Wait": ("created_at",),
    "Offer": ("answered_at", "created_at"),
    "Feed": ("revoked_at", "created_at"),
}


def date_the_old(apps, editor):
    for name, columns in SAID.items():
        said = Coalesce(*columns) if len(columns) > 1 else F(columns[0])
        apps.get_model("scheduling", name).objects.update(changed_at=said)
    # Of what was not sent nobody knows: as old as this migration.
    said = Coalesce("sent_at", models.Value(timezone.now()))
    apps.get_model("scheduling", "Message").objects.update(changed_at=said)


def counted(model):
    return migrations.AddField(model, "version", models.PositiveIntegerField(db_default=1, default=1))


class Migration(migrations.Migration):
    dependencies = [("scheduling", "0009_session_is_the_word")]

    operations = [
        *(counted(model) for model in ("hold", "offer", "message", "feed")),
        migrations.AlterField("wait", "version", models.PositiveIntegerField(db_default=1, default=1)),
        *(
            migrations.AddField(model, "changed_at", models.DateTimeField(null=True))
            for model in ("hold", "wait", "offer", "message")
        ),
        migrations.AddField(
            "feed", "changed_at", models.DateTimeField(default=timezone.now), preserve_default=False
        ),
        migrations.RunPython(date_the_old, migrations.RunPython.noop),
    ]
