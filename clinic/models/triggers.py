"""Rules of a table that the database itself holds, by triggers, on both engines."""

from dataclasses import dataclass
from typing import Any

from django.db import DEFAULT_DB_ALIAS, models
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.backends.ddl_references import Statement, Table
from django.db.models import BaseConstraint

_SQLITE = """
CREATE TRIGGER {name} BEFORE {act} ON %(table)s WHEN NOT COALESCE(({lawful}), FALSE)
BEGIN SELECT RAISE(ABORT, '{constraint}: {sentence}'); END
"""
# Tables are named with their schema: before any other a name without one means a temporary table, and
# whoever may connect may make those.
_POSTGRESQL = """
CREATE OR REPLACE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE is_lawful boolean;
BEGIN
    EXECUTE replace($lawful$SELECT {lawful}$lawful$, '@schema@', quote_ident(TG_TABLE_SCHEMA))
        INTO is_lawful USING {row};
    IF is_lawful THEN RETURN {row}; END IF;
    RAISE EXCEPTION '{constraint}: {sentence}' USING ERRCODE = 'integrity_constraint_violation';
END $$;
CREATE TRIGGER {name} BEFORE {act} ON %(table)s FOR EACH ROW EXECUTE FUNCTION {name}()
"""
_POSTGRESQL_TRUNCATE = """
CREATE OR REPLACE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '{constraint}: {sentence}' USING ERRCODE = 'integrity_constraint_violation';
END $$;
CREATE TRIGGER {name} BEFORE TRUNCATE ON %(table)s FOR EACH STATEMENT EXECUTE FUNCTION {name}()
"""


@dataclass(frozen=True, slots=True)
class Rule:
    """Which rows pass an act: `lawful` is SQL, with {row} for the row, %(table)s for its table on SQLite,
    and {schema} before every other.

    TRUNCATE, which PostgreSQL alone knows, passes nothing.
    """

    act: str
    lawful: str = "FALSE"


class HeldByTriggers(BaseConstraint):
    """What does not pass a rule is refused (IntegrityError), whichever program asks."""

    sentence = "it is refused"
    # A rule for each, whatever the engine.
    acts: tuple[str, ...] = ()

    def rules(self, model: type[models.Model], vendor: str) -> list[Rule]:
        """The rules of this engine, at most one for each of `acts`."""
        raise NotImplementedError

    def constraint_sql(
        self, model: type[models.Model] | None, schema_editor: BaseDatabaseSchemaEditor | None
    ) -> Any:
        assert model is not None
        assert schema_editor is not None
        table = Table(model._meta.db_table, schema_editor.quote_name)
        vendor = schema_editor.connection.vendor
        # SQLite makes the table anew now and then: what names it is said again with it.
        schema_editor.deferred_sql += [
            Statement(self._trigger(vendor, rule), table=table) for rule in self.rules(model, vendor)
        ]
        # Nothing inside the table's own definition.
        return None

    def create_sql(
        self, model: type[models.Model] | None, schema_editor: BaseDatabaseSchemaEditor | None
    ) -> Any:
        assert schema_editor is not None
        if schema_editor.connection.vendor == "postgresql":
            self.constraint_sql(model, schema_editor)
        # SQLite makes the table anew, and with it the triggers.
        return None

    def remove_sql(
        self, model: type[models.Model] | None, schema_editor: BaseDatabaseSchemaEditor | None
    ) -> Any:
        assert model is not None
        assert schema_editor is not None
        if schema_editor.connection.vendor != "postgresql":
            return None
        return Statement("; ".join(self._drops(model, schema_editor)))

    def renew(self, model: type[models.Model], editor: BaseDatabaseSchemaEditor) -> None:
        """For migrations: the triggers as they are written now, whatever an older release has made."""
        for drop in self._drops(model, editor):
            editor.execute(drop)
        self.constraint_sql(model, editor)

    def validate(self, model: Any, instance: Any, exclude: Any = None, using: str = DEFAULT_DB_ALIAS) -> None:
        """A single row in hand breaks nothing: the database looks at what becomes of it."""

    def deconstruct(self) -> tuple[str, tuple[Any, ...], dict[str, Any]]:
        path = f"{type(self).__module__}.{type(self).__qualname__}"
        return path, (), {"name": self.name}

    def __eq__(self, other: object) -> bool:
        return isinstance(other, HeldByTriggers) and self.deconstruct() == other.deconstruct()

    def __hash__(self) -> int:
        return hash(self.name)

    def _drops(self, model: type[models.Model], editor: BaseDatabaseSchemaEditor) -> list[str]:
        table = editor.quote_name(model._meta.db_table)
        on = f" ON {table}" if editor.connection.vendor == "postgresql" else ""
        return [f"DROP TRIGGER IF EXISTS {self._name(act)}{on}" for act in self.acts]

    def _name(self, act: str) -> str:
        return f"{self.name}_{act.lower()}"

    def _trigger(self, vendor: str, rule: Rule) -> str:
        words = {
            "name": self._name(rule.act),
            "act": rule.act,
            "constraint": self.name,
            "sentence": self.sentence,
        }
        if rule.act == "TRUNCATE":
            return _POSTGRESQL_TRUNCATE.format(**words)
        row = "OLD" if rule.act == "DELETE" else "NEW"
        if vendor == "postgresql":
            lawful = rule.lawful.format(row="($1)", schema="@schema@.")
            return _POSTGRESQL.format(**words, row=row, lawful=lawful)
        return _SQLITE.format(**words, lawful=rule.lawful.format(row=row, schema=""))
