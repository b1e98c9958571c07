"""The change log moved a storey down: its rows stayed where they were, and go back with the code."""

from collections.abc import Iterator
from typing import Any
from uuid import uuid4

import pytest
from django.db import connection
from django.db.migrations.executor import MigrationExecutor

from clinic.models import Change, ChangeKind
from tests.support.builders import a_clinic
from tests.support.cast import NOW

pytestmark = [pytest.mark.slow, pytest.mark.django_db(transaction=True)]

BEFORE = [("scheduling", "0007_told_by_the_desk"), ("clinic", "0006_external_ids_and_house_rules")]


def migrated(targets: list[tuple[str, str]]) -> Any:
    """The models as they are after the migrations."""
    executor = MigrationExecutor(connection)
    executor.migrate(targets)
    return MigrationExecutor(connection).loader.project_state(targets).apps


@pytest.fixture
def before() -> Iterator[Any]:
    """The models of the release before, in the database that it would find."""
    newest = MigrationExecutor(connection).loader.graph.leaf_nodes()
    yield migrated(BEFORE)
    migrated(newest)


def test_what_was_written_before_the_move_is_read_after_it(before):
    clinic, uuid = a_clinic(), uuid4()
    before.get_model("scheduling", "Change").objects.create(
        clinic_id=clinic.pk, number=1, kind="session", object_uuid=uuid, version=3, changed_at=NOW
    )

    migrated([("scheduling", "0008_change_log_moves_down")])

    row = Change.objects.of_clinic(clinic.pk).get()
    assert (row.number, row.kind, row.object_uuid, row.version) == (1, ChangeKind.SESSION, uuid, 3)


def test_who_goes_back_finds_what_was_written_meanwhile(before):
    clinic = a_clinic()
    migrated([("scheduling", "0008_change_log_moves_down")])
    Change.objects.create(
        clinic=clinic, number=1, kind=ChangeKind.PLAN, object_uuid=uuid4(), version=1, changed_at=NOW
    )

    old = migrated(BEFORE).get_model("scheduling", "Change")

    assert [row.number for row in old.objects.filter(clinic_id=clinic.pk)] == [1]
