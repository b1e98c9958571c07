"""The table in which tries are counted."""

from django.core.management import call_command
from django.db import migrations

TABLE = "coursebook_cache"


def make(apps, schema_editor):
    call_command("createcachetable", TABLE, database=schema_editor.connection.alias, verbosity=0)


def drop(apps, schema_editor):
    schema_editor.execute(f"DROP TABLE {schema_editor.quote_name(TABLE)}")


class Migration(migrations.Migration):
    dependencies = [("clinic", "0002_audit_care_invitations_shared_desks")]
    operations = [migrations.RunPython(make, drop)]
