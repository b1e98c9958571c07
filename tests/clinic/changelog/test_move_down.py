"""The change log moved a storey down: its rows stayed where they were, and go back with the code."""

from uuid import uuid4

import pytest

from clinic.models import Change, ChangeKind
from tests.support.builders import a_clinic
from tests.support.cast import NOW
from tests.support.database.releases import migrated_back_to

# What releases before this one wrote: where rows lock as well, and on the other database in make deep.
pytestmark = [pytest.mark.slow, pytest.mark.main_on("postgresql"), pytest.mark.django_db(transaction=True)]

BEFORE = [("scheduling", "0007_told_by_the_desk"), ("clinic", "0006_external_ids_and_house_rules")]


def test_what_was_written_before_the_move_is_read_after_it():
    clinic, uuid = a_clinic(), uuid4()
    with migrated_back_to(*BEFORE) as before:
        before.get_model("scheduling", "Change").objects.create(
            clinic_id=clinic.pk, number=1, kind="session", object_uuid=uuid, version=3, changed_at=NOW
        )

    row = Change.objects.of_clinic(clinic.pk).get()

    assert (row.number, row.kind, row.object_uuid, row.version) == (1, ChangeKind.SESSION, uuid, 3)


def test_who_goes_back_finds_what_was_written_meanwhile():
    clinic = a_clinic()
    Change.objects.create(
        clinic=clinic, number=1, kind=ChangeKind.PLAN, object_uuid=uuid4(), version=1, changed_at=NOW
    )

    with migrated_back_to(*BEFORE) as before:
        rows = before.get_model("scheduling", "Change").objects.filter(clinic_id=clinic.pk)
        numbers = [row.number for row in rows]

    assert numbers == [1]
