"""A table whose rows the database itself neither changes nor drops, on both engines."""

from typing import Any

from django.db import models

from clinic.models.triggers import HeldByTriggers, Rule

_CUT_BEFORE = (
    "EXISTS (SELECT 1 FROM {{schema}}{cuts} AS cut "
    "WHERE cut.clinic_id = {{row}}.clinic_id AND {{row}}.{own} <= cut.{last})"
)


class AppendOnly(HeldByTriggers):
    """UPDATE, DELETE, TRUNCATE and taking the place of a row are refused (IntegrityError).

    With `cut_by=(own column, table of cuts, its column)` rows may go that a cut of the clinic covers:
    those whose own column is not beyond the cut's.
    """

    sentence = "what is written stays as it is"
    acts = ("INSERT", "UPDATE", "DELETE", "TRUNCATE")

    def __init__(self, *, name: str, cut_by: tuple[str, str, str] | None = None) -> None:
        self.cut_by = tuple(cut_by) if cut_by else None
        super().__init__(name=name)

    def rules(self, model: type[models.Model], vendor: str) -> list[Rule]:
        may_go = "FALSE"
        if self.cut_by:
            own, cuts, last = (f'"{name}"' for name in self.cut_by)
            may_go = _CUT_BEFORE.format(own=own, cuts=cuts, last=last)
        engines = Rule("TRUNCATE") if vendor == "postgresql" else Rule("INSERT", _replaces_nothing(model))
        return [Rule("UPDATE"), Rule("DELETE", may_go), engines]

    def deconstruct(self) -> tuple[str, tuple[Any, ...], dict[str, Any]]:
        path, args, named = super().deconstruct()
        return path, args, named | ({"cut_by": self.cut_by} if self.cut_by else {})


def _replaces_nothing(model: type[models.Model]) -> str:
    """SQLite's INSERT OR REPLACE drops the row in its way, and by itself asks no trigger of deletion."""
    meta = model._meta
    columns = {field.name: str(field.column) for field in meta.concrete_fields}
    keys = [[columns[field.name]] for field in meta.concrete_fields if field.unique]
    keys += [
        [columns[name] for name in constraint.fields]
        for constraint in meta.constraints
        if isinstance(constraint, models.UniqueConstraint)
    ]
    return " AND ".join(
        "NOT EXISTS (SELECT 1 FROM %(table)s AS there WHERE "  # nosec # our own columns
        + " AND ".join(f'there."{column}" = {{row}}."{column}"' for column in key)
        + ")"
        for key in keys
    )
