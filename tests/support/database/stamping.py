"""Worlds by the hundred: one is made by the use cases, the others are its rows with other ids.

Making a clinic with its catalogue and staff takes some 350 statements; stamping it takes twenty.
"""

from copy import deepcopy
from dataclasses import fields, replace
from functools import cache
from itertools import count
from typing import Any, Generic, TypeVar
from uuid import UUID, uuid4

from django.apps import apps
from django.db import models

from clinic.models import AuditDetail, AuditEntry, Change, ChangeCounter, Clinic
from clinic.models.tenant import TenantRow

# Each copy has a range of keys of its own, far above those that the database gives.
_RANGE = 1_000_000
# Trail and log of a copy are empty: nobody did anything in it yet.
_LEFT_OUT = (AuditEntry, AuditDetail, Change)

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
        self._rows: dict[type[models.Model], list[Any]] = {Clinic: [clinic]}
        self._rows |= {kind: of_clinic[kind] for kind in _referred_first(list(of_clinic)) if of_clinic[kind]}

    def world(self) -> World:
        """One more clinic of that shape."""
        number = next(_copies)
        copies: dict[_Key, models.Model] = {}
        for kind, rows in self._rows.items():
            made = [_copy(row, number) for row in rows]
            kind._default_manager.bulk_create(made)
            copies |= {(kind, row.pk): copy for row, copy in zip(rows, made, strict=True)}
        own: Any = self._world
        named = {field.name: _exchanged(getattr(own, field.name), copies) for field in fields(own)}
        renewed: World = replace(own, **named)
        return renewed


def _copy(row: models.Model, number: int) -> models.Model:
    values = {field.attname: _renewed(field, row, number) for field in row._meta.concrete_fields}
    if isinstance(row, Clinic):
        values |= {"name": f"{row.name}/{number}", "slug": f"{row.slug}-{number}"}
    if isinstance(row, ChangeCounter):
        values |= {"last_number": 0}
    return type(row)(**values)


def _renewed(field: Any, row: models.Model, number: int) -> Any:
    value = getattr(row, field.attname)
    if isinstance(value, UUID):
        return uuid4()
    if value is not None and _is_key(field):
        return value + number * _RANGE
    return deepcopy(value) if isinstance(value, dict | list) else value


@cache
def _is_key(field: Any) -> bool:
    return field.primary_key or (field.is_relation and issubclass(field.related_model, TenantRow | Clinic))


def _exchanged(value: Any, copies: dict[_Key, models.Model]) -> Any:
    match value:
        case models.Model():
            return copies[type(value), value.pk]
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
