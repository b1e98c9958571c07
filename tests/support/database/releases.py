"""The database as an earlier release would find it."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from django.db import connection
from django.db.migrations.executor import MigrationExecutor


@contextmanager
def migrated_back_to(*targets: tuple[str, str]) -> Iterator[Any]:
    """The models as they were after these migrations; in the end the database is the newest again."""
    newest = MigrationExecutor(connection).loader.graph.leaf_nodes()
    try:
        yield _migrated(targets)
    finally:
        _migrated(newest)


def _migrated(targets: Sequence[tuple[str, str]]) -> Any:
    MigrationExecutor(connection).migrate(list(targets))
    return MigrationExecutor(connection).loader.project_state(list(targets)).apps
