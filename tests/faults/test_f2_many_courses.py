"""F2: a hundred courses that overlap at random are taken, held, booked and moved at once."""

from collections.abc import Callable
from random import Random

import pytest

from scheduling.models import Claim, Session
from scheduling.proposal_tokens import token_of
from tests.builders import a_patient
from tests.cast import NOW
from tests.courses import offers, times_of
from tests.faults.rush import Rush, ask_anew, assert_sound, report, sized
from tests.rest import Answer, RestClient, a_client_of
from tests.worlds import World, a_course_world, a_plan
from treatments.models import Plan
from treatments.wishes import Wishes

pytestmark = [pytest.mark.slow, pytest.mark.django_db(transaction=True)]

COURSES = sized(full=100, short=16)

Ask = Callable[[], Answer]


@pytest.fixture
def world() -> World:
    return a_course_world()


@pytest.fixture
def plans(world) -> list[Plan]:
    """Four to six sessions each, and all want one of two weekdays: pages overlap in ever other orders."""
    chance = Random(7)
    return [
        a_plan(
            world=world,
            patient=a_patient(clinic=world.clinic),
            sessions=chance.choice([4, 5, 6]),
            wishes=Wishes(weekdays=frozenset({chance.choice([1, 2])})),
        )
        for _ in range(COURSES)
    ]


def post(rest: RestClient, path: str, said: dict) -> Ask:
    return lambda: RestClient(secret=rest.secret, now=None).post(path, said)


def assert_all_or_nothing(plans: list[Plan]) -> None:
    for plan in plans:
        timed = Session.objects.filter(plan=plan).exclude(status="due").count()
        assert timed in (0, plan.session_count)


def assert_quick_and_clean(rush: Rush) -> None:
    assert not [status for status in rush.statuses if status >= 500], rush.figures()
    assert rush.is_quick(p99=3, slowest=3), rush.figures()
    assert_sound()


def test_rival_courses_are_booked_or_held_whole_or_not_at_all(world, plans):
    rush, rest, chance = Rush(), a_client_of(world), Random(8)
    wanted = [
        (f"plans/{plan.uuid}/{chance.choice(['book', 'book', 'hold'])}/", chance.choice(offers(plan=plan)))
        for plan in plans
    ]

    rush.add([post(rest, path, {"proposal": token_of(offer, now=NOW)}) for path, offer in wanted])

    assert set(rush.statuses) <= {201, 409}
    assert rush.statuses[201] > 1
    assert_all_or_nothing(plans)
    assert_quick_and_clean(rush)
    report("F2", f"{COURSES} rival courses booked or held", rush.figures())


def test_courses_that_ripple_against_each_other_lose_no_time_and_overlap_nowhere(world, plans):
    rush, rest, chance = Rush(), a_client_of(world), Random(9)
    for plan in plans:
        ask_anew()
        found = rest.post(f"plans/{plan.uuid}/proposals/", {"most": 5}).json["proposals"]
        rest.post(f"plans/{plan.uuid}/book/", {"proposal": chance.choice(found)["id"]})
    booked = list(Session.objects.filter(status="booked", number=2).select_related("plan", "site"))
    before = Claim.objects.count()

    def to(session: Session) -> dict:
        days = chance.choice([1, 2, 3, 7])
        starts_at = times_of(session).starts_at.astimezone(world.site.tz)
        return {"starts_at": starts_at.replace(day=1 + (starts_at.day + days) % 27).isoformat()}

    rush.add([post(rest, f"sessions/{one.uuid}/move/", to(one)) for one in booked])

    assert set(rush.statuses) <= {200, 409, 422}
    assert rush.statuses[200] > 0
    assert Claim.objects.count() == before
    assert_all_or_nothing(plans)
    assert_quick_and_clean(rush)
    report("F2", f"{len(booked)} booked courses ripple at once", rush.figures())
