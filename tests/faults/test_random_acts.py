"""Random acts on a small clinic: whatever happens in whatever order, every promise holds after each."""

import os

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis.stateful import run_state_machine_as_test

from tests.support.faults.acts_around import ACTS_AROUND, ActsAround
from tests.support.faults.acts_of_the_day import DAY_ACTS, ActsOfTheDay
from tests.support.faults.acts_on_courses import COURSE_ACTS, ActsOnCourses
from tests.support.faults.rush import IS_FULL, sized

pytestmark = [pytest.mark.slow, pytest.mark.django_db(transaction=True)]

EXAMPLES, STEPS = sized(full=100, short=3), sized(full=60, short=20)
EVERY_ACT = COURSE_ACTS | DAY_ACTS | ACTS_AROUND


# Some acts need others before them: where one never came to be, a few more clinics are looked at.
MORE = (40, 40, 40) if IS_FULL else ()


class AnyAct(ActsOnCourses, ActsOfTheDay, ActsAround):
    """A clinic to which all of it happens."""


@pytest.mark.experiment("acts", "random acts on small clinics")
def test_whatever_happens_in_whatever_order_every_promise_holds(rush):
    AnyAct.succeeded.clear()
    for clinics in (EXAMPLES, *MORE):
        if EVERY_ACT - AnyAct.succeeded.keys():
            lets_it_happen(clinics)

    done = AnyAct.succeeded
    rarest, times = min(((kind, done[kind]) for kind in EVERY_ACT), key=lambda one: one[1])
    rush.notes += [
        f"{EXAMPLES} clinics and more, of up to {STEPS} acts each",
        f"{done.total()} acts of {len(EVERY_ACT)} kinds succeeded, {times} × {rarest}",
    ]
    assert len(EVERY_ACT & done.keys()) >= sized(full=len(EVERY_ACT), short=5), EVERY_ACT - done.keys()


def lets_it_happen(clinics: int) -> None:
    run_state_machine_as_test(
        AnyAct,
        settings=settings(
            max_examples=clinics,
            stateful_step_count=STEPS,
            deadline=None,
            # In full never the same clinics twice.
            derandomize="CI" in os.environ and not IS_FULL,
            # Each act takes long enough that a shorter example is not worth the wait: all steps are told.
            phases=[Phase.explicit, Phase.reuse, Phase.generate],
            suppress_health_check=list(HealthCheck),
        ),
    )
