"""Whoever syncs hears that there is a concern and that it is cleared; not what it says."""

from datetime import timedelta

import pytest
from django.db import transaction

from tests.support.cast import NOW
from tests.support.database.log import logged, reach, told
from tests.support.worlds import a_course_world, a_plan
from treatments.concerns import write_concern, write_finding
from treatments.models import ConcernTopic

pytestmark = pytest.mark.django_db

LATER = NOW + timedelta(hours=1)


@pytest.fixture
def world():
    return a_course_world()


@pytest.fixture
def plan(world):
    return a_plan(world=world)


def test_a_concern_is_one_change_when_it_is_raised_and_one_when_it_is_cleared(world, plan):
    with logged(world.clinic) as written, transaction.atomic():
        concern = write_concern(plan=plan, topic=ConcernTopic.OTHER, answer="Sings", now=NOW)
        write_finding(concern=concern, finding="Well", by=world.doctor, now=LATER)

    concern.refresh_from_db()
    assert [told(change) for change in written] == [
        ("concern", concern.uuid, 1),
        ("concern", concern.uuid, 2),
    ]
    patient = plan.patient
    its = [patient.diary_id]
    assert [reach(change) for change in written] == [
        (([], its), ([], []), patient.pk),
        ((its, its), ([], []), patient.pk),
    ]
    assert (concern.version, concern.changed_at) == (2, LATER)


def test_it_is_found_with_the_patient_loaded_without_a_further_query(plan, django_assert_num_queries):
    # The row, the counter, the change.
    with django_assert_num_queries(3):
        write_concern(plan=plan, topic=ConcernTopic.OTHER, answer="Sings", now=NOW)
