"""Concerns count their writes; session types and protocols, whose version is the catalogue’s, say when."""

from django.db import migrations, models
from django.db.models import F
from django.db.models.functions import Coalesce
from django.utils import timezone


def date_the_old(apps, editor):
    """When a version was written nobody knows: as old as this migration."""
    rows = apps.get_model("treatments", "Concern").objects
    rows.update(changed_at=Coalesce(F("cleared_at"), F("raised_at")))


def dated(model):
    return migrations.AddField(
        model, "changed_at", models.DateTimeField(default=timezone.now), preserve_default=False
    )


class Migration(migrations.Migration):
    dependencies = [("treatments", "0003_session_is_the_word")]

    operations = [
        migrations.AddField("concern", "version", models.PositiveIntegerField(db_default=1, default=1)),
        *(dated(model) for model in ("concern", "protocol", "sessiontype")),
        migrations.RunPython(date_the_old, migrations.RunPython.noop),
    ]
