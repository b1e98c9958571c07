"""Cache of frozen rows of the catalogue, read once a process: they never change again."""

from collections.abc import Iterable, Mapping
from typing import Any, ClassVar, Generic, TypeVar

from django.db import connection

Key = TypeVar("Key")
Value = TypeVar("Value")


class Frozen(Generic[Key, Value]):
    """Values of frozen rows by key.

    Nothing is kept that was read inside a transaction: what it froze may be rolled back and edited.
    """

    _all: ClassVar[list["Frozen[Any, Any]"]] = []

    def __init__(self) -> None:
        self._kept: dict[Key, Value] = {}
        self._all.append(self)

    def known(self, keys: Iterable[Key]) -> dict[Key, Value]:
        return {key: self._kept[key] for key in keys if key in self._kept}

    def keep(self, values: Mapping[Key, Value]) -> None:
        if not connection.in_atomic_block:
            self._kept.update(values)

    @classmethod
    def forget(cls) -> None:
        """For tests: their rows come and go under the same keys."""
        for one in cls._all:
            one._kept.clear()
