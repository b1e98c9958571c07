"""Every act, done by four desks at once and against what takes its course and its doctor away."""

from collections import Counter
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.db import transaction

from clinic.hours.working_time import forget_hours
from clinic.models import Change
from scheduling.course_changes.cancel import Ending, stop_plan
from scheduling.models import Claim, FreedTime, Message
from tests.support.acts.absences import leave_of
from tests.support.acts.rhythm import as_it_is
from tests.support.database.rivals import Act, outcomes
from tests.support.faults import pictures, told
from tests.support.faults.every_act import EVERY_ACT
from tests.support.faults.scenes.scene import Scene
from tests.support.worlds import World, a_course_world
from treatments.versions.cache import Frozen

DESKS = 4
# Done again they are done once more.
REPEATS = {
    "courses.prescribe.prescribe_course",
    "course_changes.concerns.raise_concern",
    "restoring.renumber._renumber",
}
# It passes over versions, which then nobody tells of.
LEAPS = {"restoring.renumber._renumber"}

pytestmark = [
    pytest.mark.slow,
    pytest.mark.django_db(transaction=True),
    pytest.mark.only_on("postgresql"),  # SQLite has one lock, and nothing to take in another order
]


@pytest.mark.parametrize("name", EVERY_ACT)
def test_four_desks_do_what_one_does_and_nobody_waits_for_ever(name):
    """At once on the same rows; then while the course ends and its doctor leaves. One database for both."""
    world = a_course_world()
    scene = EVERY_ACT[name](world)
    once = done_once(scene, world)
    other_world = a_course_world()
    disturbed = EVERY_ACT[name](other_world)
    before = pictures.taken()

    said = outcomes([scene.act] * DESKS)
    then_said = outcomes([disturbed.act, *disruption(other_world, disturbed), disturbed.act])

    assert "done" in said
    assert name in REPEATS or written(world) == once
    assert then_said[1] == "done"
    assert name in LEAPS or list(told.untold(before, pictures.taken())) == []


def done_once(scene: Scene, world: World) -> Counter[Any]:
    """What one desk leaves behind; nothing is left of it."""
    with transaction.atomic():
        scene.act()
        done = written(world)
        transaction.set_rollback(True)
    # What processes remember was never written.
    Frozen.forget()
    forget_hours()
    return done


def written(world: World) -> Counter[Any]:
    """All that acts leave behind in a clinic, countable and without names."""
    of_clinic = {"clinic": world.clinic}
    return Counter(
        [
            *Change.objects.filter(**of_clinic).values_list("kind", "version"),
            *Message.objects.filter(**of_clinic).values_list("kind", "state"),
            *Claim.objects.filter(**of_clinic).values_list("start_cell", "end_cell"),
            *FreedTime.objects.filter(**of_clinic).values_list("starts_at", "ends_at"),
        ]
    )


def disruption(world: World, scene: Scene) -> Iterator[Act]:
    """Who serves is away for as long as anything is booked, and the course is over."""
    now, plan = scene.now, scene.plan
    ends = now + timedelta(days=60)
    yield lambda: leave_of(world, world.doctors[0], starts=now, ends=ends, swap=True, now=now)
    if plan is not None:
        ending = Ending(reason="Moves away")
        yield lambda: stop_plan(plan=as_it_is(plan), ending=ending, by=world.reception, now=now)
