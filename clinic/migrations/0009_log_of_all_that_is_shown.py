"""The change log tells of all that REST shows: of where, of whom, under a mark; and rows count their writes."""

import django.db.models.deletion
from django.db import migrations, models
from django.db.models import F
from django.utils import timezone

from clinic.models.changes import random_mark

COUNTING = ["site", "resource", "patient", "weeklyhours", "dayhours", "closure", "leave"]
KINDS = [
    ("site", "Site"),
    ("resource", "Resource"),
    ("patient", "Patient"),
    ("weekly_hours", "Weekly hours"),
    ("day_hours", "Hours of a date"),
    ("closure", "Closure"),
    ("leave", "Leave"),
    ("protocol", "Protocol"),
    ("session_type", "Session type"),
    ("plan", "Plan"),
    ("concern", "Concern"),
    ("session", "Session"),
    ("hold", "Hold"),
    ("wait", "Wait"),
    ("offer", "Offer"),
    ("message", "Message"),
    ("feed", "Feed"),
]
# What the column held before.
LENGTH_BEFORE = 10
AT_ONCE = 1_000


def look_at_references(editor):
    """PostgreSQL alters no table of which it has yet to look whether references lead somewhere."""
    if editor.connection.vendor == "postgresql":
        editor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        editor.execute("SET CONSTRAINTS ALL DEFERRED")


def date_the_old(apps, editor):
    """Of the others nobody knows when they were written: they are as old as this migration."""
    apps.get_model("clinic", "Patient").objects.update(changed_at=F("created_at"))


def mark_the_old(apps, editor):
    change = apps.get_model("clinic", "Change")
    table = editor.quote_name(change._meta.db_table)
    keys = change.objects.order_by("pk").values_list("pk", flat=True)
    last = 0
    while batch := list(keys.filter(pk__gt=last)[:AT_ONCE]):
        with editor.connection.cursor() as cursor:
            marks = [(random_mark(), key) for key in batch]
            marked = f"UPDATE {table} SET mark = %s WHERE id = %s"  # nosec # our own table
            cursor.executemany(marked, marks)
        last = batch[-1]
    look_at_references(editor)


def long_kinds():
    return [kind for kind, _ in KINDS if len(kind) > LENGTH_BEFORE]


def shorten_kinds(apps, editor):
    """The release before knows none of them, and its column is too short; no number may go for that."""
    for kind in long_kinds():
        apps.get_model("clinic", "Change").objects.filter(kind=kind).update(kind=kind[:LENGTH_BEFORE])
    look_at_references(editor)


def lengthen_kinds(apps, editor):
    """Those of whoever went back and came again."""
    for kind in long_kinds():
        apps.get_model("clinic", "Change").objects.filter(kind=kind[:LENGTH_BEFORE]).update(kind=kind)
    look_at_references(editor)


def counted(model):
    return [
        migrations.AddField(model, "version", models.PositiveIntegerField(db_default=1, default=1)),
        migrations.AddField(
            model, "changed_at", models.DateTimeField(default=timezone.now), preserve_default=False
        ),
    ]


class Migration(migrations.Migration):
    dependencies = [("clinic", "0008_session_is_the_word")]

    operations = [
        *(operation for model in COUNTING for operation in counted(model)),
        migrations.RunPython(date_the_old, migrations.RunPython.noop),
        migrations.AlterField("change", "kind", models.CharField(choices=KINDS, max_length=20)),
        migrations.RunPython(lengthen_kinds, shorten_kinds),
        migrations.AddField("change", "sites_before", models.JSONField(default=list)),
        migrations.AddField("change", "sites_after", models.JSONField(default=list)),
        migrations.AddField(
            "change",
            "patient",
            models.ForeignKey(
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="clinic.patient",
            ),
        ),
        migrations.AddField("change", "mark", models.BigIntegerField(editable=False, null=True)),
        migrations.RunPython(mark_the_old, migrations.RunPython.noop),
        migrations.AlterField("change", "mark", models.BigIntegerField(default=random_mark, editable=False)),
    ]
