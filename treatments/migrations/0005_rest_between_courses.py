"""Session types and plans say where on the body; a table says how long courses rest from each other there."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("clinic", "0010_undo_seconds"), ("treatments", "0004_log_of_all_that_is_shown")]

    operations = [
        migrations.AddField(
            "plan",
            "region",
            models.SlugField(
                blank=True,
                db_default="",
                default="",
                help_text="Where on the body, if not where its session types say.",
            ),
        ),
        migrations.AddField(
            "sessiontype",
            "region",
            models.SlugField(
                db_default="scalp",
                default="scalp",
                help_text="Where on the body: sessions of other courses there keep their rest.",
            ),
        ),
        migrations.CreateModel(
            "RestTable",
            [
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("version", models.PositiveIntegerField(default=1)),
                ("is_current", models.BooleanField(default=True)),
                ("lines", models.JSONField()),
                (
                    "clinic",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="clinic.clinic"
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(name="rest_table_version_once", fields=["clinic", "version"]),
                    models.UniqueConstraint(
                        name="rest_table_one_current",
                        fields=["clinic"],
                        condition=models.Q(is_current=True),
                    ),
                ]
            },
        ),
    ]
