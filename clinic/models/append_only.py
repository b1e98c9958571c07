"""A table whose rows the database itself neither changes nor drops, on both engines."""

from typing import Any

from django.db import DEFAULT_DB_ALIAS, models
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.backends.ddl_references import Statement, Table
from django.db.models import BaseConstraint

_SQLITE = """
CREATE TRIGGER {name} BEFORE {act} ON %(table)s {when}
BEGIN SELECT RAISE(ABORT, '{constraint}: what is written stays as it is'); END
"""
_POSTGRESQL = """
CREATE OR REPLACE FUNCTION {function}() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF {may_pass} THEN RETURN OLD; END IF;
    RAISE EXCEPTION '{constraint}: what is written stays as it is'
        USING ERRCODE = 'integrity_constraint_violation';
END $$;
CREATE TRIGGER {name} BEFORE {act} ON %(table)s FOR EACH ROW EXECUTE FUNCTION {function}()
"""
_CUT_BEFORE = (
    "EXISTS (SELECT 1 FROM {cuts} AS cut WHERE cut.clinic_id = OLD.clinic_id AND OLD.{own} <= cut.{last})"
)


class AppendOnly(BaseConstraint):
    """UPDATE and DELETE are refused (IntegrityError).

    With `cut_by=(own column, table of cuts, its column)` rows may go that a cut of the clinic covers:
    those whose own column is not beyond the cut's.
    """

    def __init__(self, *, name: str, cut_by: tuple[str, str, str] | None = None) -> None:
        self.cut_by = tuple(cut_by) if cut_by else None
        super().__init__(name=name)

    def constraint_sql(
        self, model: type[models.Model] | None, schema_editor: BaseDatabaseSchemaEditor | None
    ) -> Any:
        assert model is not None
        assert schema_editor is not None
        schema_editor.deferred_sql += self._triggers(model, schema_editor)
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
        table = schema_editor.quote_name(model._meta.db_table)
        drops = [f"DROP TRIGGER {self.name}_{suffix} ON {table}" for suffix in ("update", "delete")]
        return Statement("; ".join(drops))

    def validate(self, model: Any, instance: Any, exclude: Any = None, using: str = DEFAULT_DB_ALIAS) -> None:
        """A single row breaks nothing: what is refused is changing it."""

    def deconstruct(self) -> tuple[str, tuple[Any, ...], dict[str, Any]]:
        path = f"{type(self).__module__}.{type(self).__qualname__}"
        return path, (), {"name": self.name, **({"cut_by": self.cut_by} if self.cut_by else {})}

    def __eq__(self, other: object) -> bool:
        return isinstance(other, AppendOnly) and self.deconstruct() == other.deconstruct()

    def __hash__(self) -> int:
        return hash(self.name)

    def _triggers(self, model: type[models.Model], editor: BaseDatabaseSchemaEditor) -> list[Statement]:
        table = Table(model._meta.db_table, editor.quote_name)
        may_go = "FALSE"
        if self.cut_by:
            own, cuts, last = map(editor.quote_name, self.cut_by)
            may_go = _CUT_BEFORE.format(own=own, cuts=cuts, last=last)
        return [
            Statement(self._trigger(editor.connection.vendor, act, may_pass), table=table)
            for act, may_pass in (("UPDATE", "FALSE"), ("DELETE", may_go))
        ]

    def _trigger(self, vendor: str, act: str, may_pass: str) -> str:
        name = f"{self.name}_{act.lower()}"
        if vendor == "postgresql":
            return _POSTGRESQL.format(
                name=name, function=name, act=act, may_pass=may_pass, constraint=self.name
            )
        when = "" if may_pass == "FALSE" else f"WHEN NOT {may_pass}"
        return _SQLITE.format(name=name, act=act, when=when, constraint=self.name)
