"""The change log moves down from scheduling. Only Django's books change: the tables keep their rows and names."""

import django.db.models.deletion
from django.db import migrations, models

TABLES = [
    migrations.CreateModel(
        name="Change",
        fields=[
            (
                "id",
                models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID"),
            ),
            ("number", models.BigIntegerField()),
            ("kind", models.CharField(choices=[("session", "Session"), ("plan", "Plan")], max_length=10)),
            ("object_uuid", models.UUIDField()),
            ("version", models.PositiveIntegerField()),
            ("diaries_before", models.JSONField(default=list)),
            ("diaries_after", models.JSONField(default=list)),
            ("changed_at", models.DateTimeField()),
            (
                "clinic",
                models.ForeignKey(
                    on_delete=django.db.models.deletion.PROTECT, related_name="+", to="clinic.clinic"
                ),
            ),
        ],
        options={
            "db_table": "scheduling_change",
            "constraints": [models.UniqueConstraint(fields=("clinic", "number"), name="change_number_once")],
        },
    ),
    migrations.CreateModel(
        name="ChangeCounter",
        fields=[
            (
                "id",
                models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID"),
            ),
            ("last_number", models.BigIntegerField(default=0)),
            (
                "clinic",
                models.ForeignKey(
                    on_delete=django.db.models.deletion.PROTECT, related_name="+", to="clinic.clinic"
                ),
            ),
        ],
        options={
            "db_table": "scheduling_changecounter",
            "constraints": [models.UniqueConstraint(fields=("clinic",), name="change_counter_once_a_clinic")],
        },
    ),
]


class Migration(migrations.Migration):
    dependencies = [
        ("clinic", "0006_external_ids_and_house_rules"),
        # Whoever alters the tables after this finds them made.
        ("scheduling", "0007_told_by_the_desk"),
    ]

    operations = [migrations.SeparateDatabaseAndState(state_operations=TABLES)]
