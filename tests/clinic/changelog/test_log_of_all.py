"""The log tells of all that is shown: what stood before gets versions, dates and marks, and can go back."""

from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.utils import timezone

from clinic.models import Change, ChangeKind, Patient, Resource, Site, WeeklyHours
from scheduling.icalendar.feeds import revoke_feed
from scheduling.models import Feed, Hold, Message, Offer, Wait
from scheduling.waitlist.offers import decline_offer
from tests.support.acts.feeds import a_feed
from tests.support.acts.waits import an_offer
from tests.support.builders import a_clinic
from tests.support.cast import NOW
from tests.support.database.log import reach
from tests.support.database.releases import migrated_back_to
from tests.support.worlds import World, a_course_world, a_plan
from treatments.concerns import write_concern, write_finding
from treatments.models import Concern, ConcernTopic, Protocol, SessionType

# What releases before this one wrote: where rows lock as well, and on the other database in make deep.
pytestmark = [pytest.mark.slow, pytest.mark.main_on("postgresql"), pytest.mark.django_db(transaction=True)]

BEFORE = [
    ("scheduling", "0009_session_is_the_word"),
    ("treatments", "0003_session_is_the_word"),
    ("clinic", "0008_session_is_the_word"),
]
LATER = NOW + timedelta(hours=1)
ENDED: tuple[Any, ...] = (Hold, Offer, Feed, Concern)
OF_NO_KNOWN_AGE: tuple[Any, ...] = (Site, Resource, WeeklyHours, Protocol, SessionType, Message)


def rows(model: Any) -> list[Any]:
    return list(model.objects.all())


def a_life(world: World) -> None:
    """An offer that was declined, a concern that was cleared, a feed that was shut."""
    decline_offer(offer=an_offer(world=world), by=world.reception, now=LATER)
    concern = write_concern(plan=a_plan(world=world), topic=ConcernTopic.OTHER, answer="Sings", now=NOW)
    write_finding(concern=concern, finding="Well", by=world.doctor, now=LATER)
    revoke_feed(feed=a_feed(clinic=world.clinic).feed, by=world.owner, now=LATER)


def test_rows_of_before_get_versions_and_dates_and_the_log_keeps_every_number_and_kind_and_gets_marks():
    """One way back and forth, for it takes its time."""
    world = a_course_world()
    a_life(world)
    begins = timezone.now()
    clinic, kinds = a_clinic(), ChangeKind.values
    old = {"clinic_id": clinic.pk, "version": 1, "changed_at": NOW}
    for number, kind in enumerate(kinds, start=1):
        Change.objects.create(**old, number=number, kind=kind, object_uuid=uuid4())

    with migrated_back_to(*BEFORE) as before:
        of_before = before.get_model("clinic", "Change")
        numbers = list(
            of_before.objects.filter(clinic_id=clinic.pk).order_by("number").values_list("number", flat=True)
        )
        # More than are marked at once.
        further = range(len(kinds) + 1, 1_101)
        of_before.objects.bulk_create(
            of_before(**old, number=number, kind="plan", object_uuid=uuid4()) for number in further
        )

    assert Patient.objects.get(pk=world.patient.pk).changed_at == NOW
    assert Wait.objects.get().changed_at == NOW
    for model in ENDED:
        assert [row.changed_at for row in rows(model)] == [LATER]
    for model in OF_NO_KNOWN_AGE:
        [changed_at] = {row.changed_at for row in rows(model)}
        assert begins <= changed_at <= timezone.now()
    for model in (Patient, Site, Resource, WeeklyHours, Message, *ENDED):
        assert {row.version for row in rows(model)} == {1}
    changes = Change.objects.of_clinic(clinic.pk).order_by("number")
    marks = [change.mark for change in changes]
    assert numbers == [*range(1, len(kinds) + 1)]
    assert [change.kind for change in changes[: len(kinds)]] == kinds
    assert len(set(marks)) == len(marks) == 1_100
    assert 0 not in marks
    assert min(marks) < 0 < max(marks)
    assert all(reach(change) == (([], []), ([], []), None) for change in changes)
