"""A stored wish to come together with another patient."""

from uuid import uuid4

import pytest

from clinic.errors import Unknown
from tests.support.cast import NOW
from tests.support.worlds import a_course_world
from treatments.prescribing import Prescription, prescribe
from treatments.wishes import Wishes

pytestmark = pytest.mark.django_db


@pytest.fixture
def world():
    return a_course_world()


def prescribed(world, **wishes) -> Prescription:
    return Prescription(
        world.patient, world.protocols["prp-mesotherapy"], 4, world.doctors[0], wishes=Wishes(**wishes)
    )


def test_a_wish_to_come_with_somebody_unknown_is_refused_at_once(world):
    other = a_course_world()
    theirs = prescribe(prescription=prescribed(other), by=other.reception, now=NOW)
    ours = prescribe(prescription=prescribed(world), by=world.reception, now=NOW)
    unseen = prescribed(world, companion=ours.uuid)

    for uuid, by in ((uuid4(), world.reception), (theirs.uuid, world.reception)):
        with pytest.raises(Unknown) as refused:
            prescribe(prescription=prescribed(world, companion=uuid), by=by, now=NOW)
        assert refused.value.code == "unknown_plan"
    assert prescribe(prescription=unseen, by=world.reception, now=NOW).wishes["companion"] == str(ours.uuid)
