"""Worlds by the hundred: one is made by the use cases, the others are its rows with other ids.

Making a clinic with its catalogue and staff takes some 350 statements; stamping it takes twenty.
"""

from collections.abc import Iterator, Mapping, Sequence
from copy import deepcopy
from dataclasses import dataclass, fields, replace
from functools import cache
from itertools import count
from typing import Any, Generic, TypeVar
from uuid import UUID, uuid4

from django.apps import apps
from django.db import connection, models

from clinic.models import AuditDetail, AuditEntry, AuditPatient, Change, ChangeCounter, Clinic
from clinic.models.tenant import TenantRow

# Each copy has a range of keys of its own; what is made next comes after it, as after rows made one by one.
_RANGE = 1_000_000
# Trail and log of a copy are empty: nobody did anything in it yet.
_LEFT_OUT = (AuditEntry, AuditDetail, AuditPatient, Change)

World = TypeVar("World")
_copies = count(1)
_Key = tuple[type[models.Model], Any]


class Stamp(Generic[World]):
    """The rows of one clinic. `world` is a dataclass of model instances, alone, in tuples and in dicts."""

    def __init__(self, world: World, clinic: Clinic) -> None:
        self._world = world
        kinds = [kind for kind in apps.get_models() if issubclass(kind, TenantRow) and kind not in _LEFT_OUT]
        of_clinic: dict[type[models.Model], list[Any]] = {
            kind: list(kind._default_manager.filter(clinic_id=clinic.pk)) for kind in kinds
        }
        ordered = [kind for kind in _referred_first(list(of_clinic)) if of_clinic[kind]]
        lowest = {kind: min(row.pk for row in of_clinic[kind]) for kind in ordered} | {Clinic: clinic.pk}
        self._tables = [_Table([clinic], lowest), *(_Table(of_clinic[kind], lowest) for kind in ordered)]
        self._sequences = _Sequences([Clinic, *ordered])

    def world(self) -> World:
        """One more clinic of that shape."""
        number = next(_copies)
        copies: dict[_Key, _Copied] = {}
        for table in self._tables:
            copies |= table.write(number)
        self._sequences.go_past(number)
        own: Any = self._world
        named = {field.name: _exchanged(getattr(own, field.name), copies) for field in fields(own)}
        renewed: World = replace(own, **named)
        return renewed


class _Table:
    """Rows of one kind as one statement: what is alike in all copies is made ready for the database once."""

    def __init__(self, rows: Sequence[Any], lowest: Mapping[type[models.Model], int]) -> None:
        self._rows, self._fields, self._lowest = rows, rows[0]._meta.concrete_fields, lowest
        quote = connection.ops.quote_name
        columns = ", ".join(quote(field.column) for field in self._fields)
        row = f"({', '.join(['%s'] * len(self._fields))})"
        self._statement = (
            f"INSERT INTO {quote(rows[0]._meta.db_table)} ({columns}) VALUES {', '.join([row] * len(rows))}"
        )
        self._alike = [_ready(field, getattr(row, field.attname)) for row in rows for field in self._fields]

    def write(self, number: int) -> "dict[_Key, _Copied]":
        values, copies = list(self._alike), {}
        for first, row in zip(range(0, len(values), len(self._fields)), self._rows, strict=True):
            renewed = {
                field.attname: value for field in self._fields for value in self._renewed(field, row, number)
            }
            for place, field in enumerate(self._fields, start=first):
                if field.attname in renewed:
                    values[place] = _ready(field, renewed[field.attname])
            copies[type(row), row.pk] = _Copied(row, renewed)
        with connection.cursor() as cursor:
            cursor.execute(self._statement, values)
        return copies

    def _renewed(self, field: Any, row: models.Model, number: int) -> Iterator[Any]:
        """The value that a copy has in that column, if it is another one."""
        value = getattr(row, field.attname)
        if isinstance(value, UUID):
            yield uuid4()
        elif value is not None and _is_key(field):
            yield value + number * _RANGE - self._lowest[field.related_model or type(row)]
        elif isinstance(row, Clinic) and field.name in ("name", "slug"):
            yield f"{value}/{number}" if field.name == "name" else f"{value}-{number}"
        elif isinstance(row, ChangeCounter) and field.name == "last_number":
            yield 0


class _Sequences:
    """Where PostgreSQL counts keys by itself; SQLite goes on after the highest."""

    def __init__(self, kinds: Sequence[type[models.Model]]) -> None:
        counted = [kind for kind in kinds if isinstance(kind._meta.pk, models.BigAutoField)]
        self._tables = [connection.ops.quote_name(kind._meta.db_table) for kind in counted]
        setting = "setval(pg_get_serial_sequence(%s, 'id'), %s)"
        self._statement = f"SELECT {', '.join([setting] * len(counted))}"

    def go_past(self, number: int) -> None:
        if connection.vendor == "postgresql":
            last = number * _RANGE + _RANGE // 2
            with connection.cursor() as cursor:
                cursor.execute(self._statement, [value for table in self._tables for value in (table, last)])


@dataclass(frozen=True, slots=True)
class _Copied:
    """A row, and the columns that its copy has otherwise."""

    row: models.Model
    renewed: dict[str, Any]

    def instance(self) -> models.Model:
        values = {field.attname: getattr(self.row, field.attname) for field in self.row._meta.concrete_fields}
        made = type(self.row)(**deepcopy(values) | self.renewed)
        made._state.adding, made._state.db = False, connection.alias
        return made


def _ready(field: Any, value: Any) -> Any:
    return field.get_db_prep_save(value, connection)


@cache
def _is_key(field: Any) -> bool:
    return field.primary_key or (field.is_relation and issubclass(field.related_model, TenantRow | Clinic))


def _exchanged(value: Any, copies: dict[_Key, _Copied]) -> Any:
    match value:
        case models.Model():
            return copies[type(value), value.pk].instance()
        case tuple():
            return tuple(_exchanged(one, copies) for one in value)
        case dict():
            return {key: _exchanged(one, copies) for key, one in value.items()}
    return value


def _referred_first(kinds: list[type[models.Model]]) -> list[type[models.Model]]:
    """The kinds of rows in an order in which no row is written before one that it points at."""
    placed: list[type[models.Model]] = []
    while left := [kind for kind in kinds if kind not in placed]:
        placed += [kind for kind in left if not (_points_at(kind) & set(left)) - {kind}]
    return placed


def _points_at(kind: type[models.Model]) -> set[Any]:
    return {field.related_model for field in kind._meta.concrete_fields if field.is_relation}
