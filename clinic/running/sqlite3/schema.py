"""Making a table anew while triggers of other tables look into it."""

from typing import Any

from django.db.backends.sqlite3.schema import DatabaseSchemaEditor
from django.db.models import Model


class SchemaEditor(DatabaseSchemaEditor):
    """Django's, for tables that triggers of other tables name."""

    def _remake_table(self, model: type[Model], *rest: Any, **named: Any) -> None:
        # Django drops the table and gives the new one its name. In between a trigger elsewhere names a table
        # that is not there, and SQLite would refuse; as of old it lets triggers say what they say.
        self.execute("PRAGMA legacy_alter_table = ON")
        try:
            super()._remake_table(model, *rest, **named)  # type: ignore[misc]  # the stubs leave it out
        finally:
            self.execute("PRAGMA legacy_alter_table = OFF")
