"""Random acts on a small clinic: whatever happens in whatever order, every promise holds after each."""

import pytest
from hypothesis import HealthCheck, settings
from hypothesis.stateful import run_state_machine_as_test

from tests.faults.acts_around import ACTS_AROUND, ActsAround
from tests.faults.acts_of_the_day import DAY_ACTS, ActsOfTheDay
from tests.faults.acts_on_courses import COURSE_ACTS, ActsOnCourses
from tests.faults.rush import IS_FULL, report, sized

pytestmark = [pytest.mark.slow, pytest.mark.django_db(transaction=True)]

EXAMPLES, STEPS = sized(full=200, short=4), sized(full=80, short=25)
EVERY_ACT = COURSE_ACTS | DAY_ACTS | ACTS_AROUND


class AnyAct(ActsOnCourses, ActsOfTheDay, ActsAround):
    """A clinic to which all of it happens."""


def test_whatever_happens_in_whatever_order_every_promise_holds():
    AnyAct.succeeded.clear()

    run_state_machine_as_test(
        AnyAct,
        settings=settings(
            max_examples=EXAMPLES,
            stateful_step_count=STEPS,
            deadline=None,
            suppress_health_check=list(HealthCheck),
        ),
    )

    done = AnyAct.succeeded
    assert len(EVERY_ACT & done.keys()) > len(EVERY_ACT) // 3
    if IS_FULL:
        assert not EVERY_ACT - done.keys(), done
    rarest, times = min(((kind, done[kind]) for kind in EVERY_ACT), key=lambda one: one[1])
    figures = (
        f"{sum(done.values())} acts of {len(EVERY_ACT)} kinds succeeded, the rarest ({rarest}) {times} ×"
    )
    report("acts", f"{EXAMPLES} clinics of up to {STEPS} random acts", figures)
