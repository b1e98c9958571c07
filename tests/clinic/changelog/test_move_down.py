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


def test_what_was_written_before_the_move_is_read_after_it_and_the_other_way_about():
    clinic, before_it, meanwhile = a_clinic(), uuid4(), uuid4()
    Change.objects.create(
        clinic=clinic, number=1, kind=ChangeKind.PLAN, object_uuid=meanwhile, version=1, changed_at=NOW
    )

    with migrated_back_to(*BEFORE) as before:
        rows = before.get_model("scheduling", "Change").objects.filter(clinic_id=clinic.pk)
        who_went_back = [(row.number, row.object_uuid) for row in rows]
        rows.create(
            clinic_id=clinic.pk, number=2, kind="session", object_uuid=before_it, version=3, changed_at=NOW
        )

    row = Change.objects.of_clinic(clinic.pk).get(number=2)
    assert who_went_back == [(1, meanwhile)]
    assert (row.kind, row.object_uuid, row.version) == (ChangeKind.SESSION, before_it, 3)
