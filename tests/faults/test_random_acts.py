"""Random acts on a small clinic: whatever happens in whatever order, every promise holds after each."""

import pytest
from hypothesis import HealthCheck, Phase, seed, settings
from hypothesis.stateful import run_state_machine_as_test

from tests.support.chance import chance
from tests.support.faults.acts_around import ACTS_AROUND, ActsAround
from tests.support.faults.acts_of_the_day import DAY_ACTS, ActsOfTheDay
from tests.support.faults.acts_on_courses import COURSE_ACTS, ActsOnCourses
from tests.support.faults.rush import sized

pytestmark = [pytest.mark.deep, pytest.mark.slow, pytest.mark.django_db(transaction=True)]

EXAMPLES, MORE, STEPS = sized(full=100, short=12), sized(full=40, short=12), sized(full=60, short=30)
EVERY_ACT = COURSE_ACTS | DAY_ACTS | ACTS_AROUND


# Some acts need others before them: more clinics are looked at until each act came to be. In none of so many
# means never.
MOST = sized(full=400, short=400)


class AnyAct(ActsOnCourses, ActsOfTheDay, ActsAround):
    """A clinic to which all of it happens."""


@pytest.mark.experiment("acts", "random acts on small clinics")
def test_whatever_happens_in_whatever_order_every_promise_holds(rush):
    AnyAct.succeeded.clear()
    looked_at, drawn = 0, chance(11)
    with AnyAct.opened():
        while EVERY_ACT - AnyAct.succeeded.keys() and looked_at < MOST:
            lets_it_happen(MORE if looked_at else EXAMPLES, drawn.getrandbits(32))
            looked_at += MORE if looked_at else EXAMPLES

    done = AnyAct.succeeded
    rarest, times = min(((kind, done[kind]) for kind in EVERY_ACT), key=lambda one: one[1])
    rush.notes += [
        f"{looked_at} clinics of up to {STEPS} acts each",
        f"{done.total()} acts of {len(EVERY_ACT)} kinds succeeded, {times} × {rarest}",
    ]
    assert not EVERY_ACT - done.keys(), f"In {looked_at} clinics nothing did: {EVERY_ACT - done.keys()}"


def lets_it_happen(clinics: int, number: int) -> None:
    run_state_machine_as_test(
        seed(number)(AnyAct),
        settings=settings(
            max_examples=clinics,
            stateful_step_count=STEPS,
            deadline=None,
            # Each act takes long enough that a shorter example is not worth the wait: all steps are told.
            phases=[Phase.explicit, Phase.reuse, Phase.generate],
            suppress_health_check=list(HealthCheck),
        ),
    )
