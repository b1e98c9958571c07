"""The constraint that keeps a diary from being held twice, on both engines.

PostgreSQL has exclusion constraints. SQLite gets two triggers, emitted together with the
table, so that they come back whenever Django re-makes it (SQLite drops a table's triggers
with the table).
"""

from collections.abc import Callable
from typing import Any

from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import RangeOperators
from django.contrib.postgres.operations import BtreeGistExtension
from django.core.exceptions import ValidationError
from django.db import DEFAULT_DB_ALIAS, models
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.backends.ddl_references import Statement, Table
from django.db.models import F, Func, IntegerField

_TRIGGER = """
CREATE TRIGGER {name} BEFORE {act} ON %(table)s
WHEN EXISTS (
    SELECT 1 FROM %(table)s AS other
    WHERE other.{owner} = NEW.{owner}
      AND other.{start} > NEW.{start} - {longest} AND other.{start} < NEW.{end}
      AND NEW.{start} < other.{end}{but_not_itself}
)
BEGIN SELECT RAISE(ABORT, '{constraint}: that time is held already'); END
"""


class _IntegerRange(Func):
    function = "int4range"
    output_field = IntegerField()


class BtreeGist(BtreeGistExtension):
    """The PostgreSQL extension that NoOverlap needs; nothing on SQLite, in either direction.

    Django's own asks PostgreSQL's catalogue on the way back whatever the engine. Going back keeps
    the extension: somebody else may use it.
    """

    def database_backwards(self, app_label: str, schema_editor: Any, from_state: Any, to_state: Any) -> None:
        pass


class NoOverlap(ExclusionConstraint):
    """Rows of one owner whose half-open integer stretches [start, end) overlap are refused (IntegrityError).

    No row may be longer than `longest` (the model's own CHECK sees to it): it keeps SQLite's
    look for rivals to a short piece of the index on (owner, start), whatever the history.
    """

    def __init__(self, *, name: str, owner: str, start: str, end: str, longest: int) -> None:
        self.owner, self.start, self.end, self.longest = owner, start, end, longest
        super().__init__(
            name=name,
            index_type="GIST",
            expressions=[
                (F(owner), RangeOperators.EQUAL),
                (_IntegerRange(F(start), F(end)), RangeOperators.OVERLAPS),
            ],
        )

    def constraint_sql(
        self, model: type[models.Model] | None, schema_editor: BaseDatabaseSchemaEditor | None
    ) -> Any:
        assert model is not None
        assert schema_editor is not None
        if schema_editor.connection.vendor == "postgresql":
            return super().constraint_sql(model, schema_editor)
        schema_editor.deferred_sql += self._triggers(model, schema_editor)
        return None

    def create_sql(
        self, model: type[models.Model] | None, schema_editor: BaseDatabaseSchemaEditor | None
    ) -> Any:
        assert schema_editor is not None
        if schema_editor.connection.vendor == "postgresql":
            return super().create_sql(model, schema_editor)
        return None

    def remove_sql(
        self, model: type[models.Model] | None, schema_editor: BaseDatabaseSchemaEditor | None
    ) -> Any:
        assert schema_editor is not None
        if schema_editor.connection.vendor == "postgresql":
            return super().remove_sql(model, schema_editor)
        return None

    def check(self, model: type[models.Model], connection: Any) -> list[Any]:
        return list(super().check(model, connection)) if connection.vendor == "postgresql" else []

    def validate(self, model: Any, instance: Any, exclude: Any = None, using: str = DEFAULT_DB_ALIAS) -> None:
        rivals = model._default_manager.using(using).filter(
            **{
                self.owner: getattr(instance, model._meta.get_field(self.owner).attname),
                f"{self.start}__lt": getattr(instance, self.end),
                f"{self.end}__gt": getattr(instance, self.start),
            }
        )
        if rivals.exclude(pk=instance.pk).exists():
            raise ValidationError("That time is held already.", code="time_taken")

    def deconstruct(self) -> tuple[str, tuple[Any, ...], dict[str, Any]]:
        path = f"{type(self).__module__}.{type(self).__qualname__}"
        own = {part: getattr(self, part) for part in ("name", "owner", "start", "end", "longest")}
        return path, (), own

    def __eq__(self, other: object) -> bool:
        return isinstance(other, NoOverlap) and self.deconstruct() == other.deconstruct()

    def __hash__(self) -> int:
        return hash(self.name)

    def _triggers(self, model: type[models.Model], editor: BaseDatabaseSchemaEditor) -> list[Statement]:
        quote = editor.quote_name
        table = Table(model._meta.db_table, quote)
        column = {part: self._column(model, getattr(self, part), quote) for part in ("owner", "start", "end")}
        key = self._column(model, model._meta.pk.name, quote)
        changed = ", ".join(column.values())
        return [
            Statement(
                _TRIGGER.format(
                    name=quote(f"{self.name}_{suffix}"),
                    act=act,
                    constraint=self.name,
                    longest=self.longest,
                    but_not_itself=but_not_itself,
                    **column,
                ),
                table=table,
            )
            for suffix, act, but_not_itself in (
                ("insert", "INSERT", ""),
                ("update", f"UPDATE OF {changed}", f" AND other.{key} <> OLD.{key}"),
            )
        ]

    @staticmethod
    def _column(model: type[models.Model], field_name: str, quote: Callable[[str], str]) -> str:
        field = model._meta.get_field(field_name)
        assert isinstance(field, models.Field)
        return quote(str(field.column))
