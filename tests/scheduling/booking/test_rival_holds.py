"""Holds against holds, bookings and the sweep, all at the same moment: one has the time, nothing is torn."""

from collections import Counter
from collections.abc import Callable
from datetime import datetime

import pytest

from scheduling.booking.book_course import book_course
from scheduling.booking.holds import HoldAsked, book_hold, hold_course, release_expired, release_hold
from scheduling.engine.proposal import Proposal
from scheduling.models import Claim, Hold, Session
from tests.support.acts.holds import A_WHILE, a_hold, a_rival, from_tomorrow
from tests.support.builders import a_key
from tests.support.cast import NOW
from tests.support.database.rivals import Act, outcomes
from tests.support.rest import Answer, RestClient, a_client_of, all_at_once, first_proposal
from tests.support.worlds import World, a_course_world
from treatments.models import Plan

pytestmark = [pytest.mark.slow, pytest.mark.django_db(transaction=True)]

LATER = NOW + A_WHILE
RIVALS = 12


def wanting_the_same(world: World, count: int) -> list[tuple[Plan, Proposal]]:
    """Plans of different patients, each with the first calendar on offer, which is the same for all."""
    plans = [a_rival(world) for _ in range(count)]
    return [(plan, from_tomorrow(plan)[0]) for plan in plans]


def statuses() -> Counter[str]:
    return Counter(Session.objects.values_list("status", flat=True))


def holding(world: World, plan: Plan, proposal: Proposal, *, now: datetime = NOW) -> Act:
    return lambda: hold_course(plan=plan, proposal=proposal, asked=HoldAsked(), by=world.reception, now=now)


def booking(world: World, plan: Plan, proposal: Proposal, *, now: datetime = NOW) -> Act:
    return lambda: book_course(plan=plan, proposal=proposal, by=world.reception, now=now)


def test_of_many_holds_for_one_time_one_stands():
    world = a_course_world()
    wanted = wanting_the_same(world, RIVALS)

    said = outcomes([holding(world, *want) for want in wanted])

    assert Counter(said) == {"done": 1, "time_taken": RIVALS - 1}
    assert statuses() == {"held": 4, "due": 4 * (RIVALS - 1)}
    assert Hold.objects.count() == 1


def test_of_holds_and_bookings_for_one_time_one_has_it():
    world = a_course_world()
    wanted = wanting_the_same(world, RIVALS)

    acts = [holding(world, *want) for want in wanted[::2]] + [booking(world, *want) for want in wanted[1::2]]
    said = outcomes(acts)

    assert Counter(said) == {"done": 1, "time_taken": RIVALS - 1}
    assert statuses()["due"] == 4 * (RIVALS - 1)


def test_one_plan_held_many_times_at_once_is_held_once():
    world = a_course_world()
    [(plan, proposal)] = wanting_the_same(world, 1)

    said = outcomes([holding(world, plan, proposal)] * RIVALS)

    assert Counter(said) == {"done": 1, "proposal_stale": RIVALS - 1}
    assert Hold.objects.filter(released_at=None).count() == 1


def test_a_hold_is_booked_once_or_released_once_however_many_try():
    world = a_course_world()
    hold = a_hold(world=world)
    held = Hold.objects.select_related("plan").get()

    def book() -> object:
        return book_hold(hold=held, by=world.reception, now=NOW)

    def release() -> None:
        release_hold(hold=held, by=world.reception, now=NOW)

    said = outcomes([book, release] * (RIVALS // 2))

    assert said.count("done") == 1
    assert set(said) <= {"done", "proposal_stale", "already_booked", "hold_over"}
    assert statuses() in ({"booked": 4}, {"due": 4})
    hold.refresh_from_db()
    assert hold.released_at == NOW


def test_a_hold_that_runs_out_while_it_is_booked_is_booked_whole_or_not_at_all():
    world = a_course_world()
    for _ in range(3):
        a_hold(world=world, plan=a_rival(world))
    holds = list(Hold.objects.select_related("plan"))

    def book(hold: Hold) -> Act:
        # By a clock that is a moment behind the sweep's.
        return lambda: book_hold(hold=hold, by=world.reception, now=NOW)

    said = outcomes([*map(book, holds), *[lambda: release_expired(now=LATER)] * 3])

    assert said == ["done"] * 6
    assert statuses() == {"booked": 12}
    assert not Hold.objects.filter(released_at=None).exists()


def test_many_who_want_the_time_of_a_hold_that_ran_out_leave_it_to_one():
    world = a_course_world()
    hold = a_hold(world=world)
    plans = [a_rival(world) for _ in range(RIVALS)]
    wanted = [(plan, from_tomorrow(plan, now=LATER)[0]) for plan in plans]

    acts = [booking(world, *want, now=LATER) for want in wanted]
    said = outcomes([*acts, lambda: release_expired(now=LATER)])

    assert Counter(said[:-1]) == {"done": 1, "time_taken": RIVALS - 1}
    assert said[-1] == "done"
    assert statuses() == {"booked": 4, "due": 4 * RIVALS}
    hold.refresh_from_db()
    assert hold.released_at == LATER


def test_sweepers_that_meet_release_each_hold_once():
    world = a_course_world()
    for _ in range(3):
        a_hold(world=world, plan=a_rival(world))
    released: list[int] = []

    outcomes([lambda: released.append(release_expired(now=LATER))] * 6)

    assert sum(released) == 3
    assert not Claim.objects.exists()


def test_requests_with_keys_of_their_own_neither_die_nor_take_a_time_twice():
    """The key's transaction is open before the booking: giving back must keep to its lock order there too."""
    world = a_course_world()
    rest = a_client_of(world)
    expired = a_hold(world=world)
    Hold.objects.filter(pk=expired.pk).update(expires_at=NOW)
    plans = [a_rival(world) for _ in range(RIVALS // 2)]
    tokens = {plan.pk: first_proposal(rest, {"id": plan.uuid})["id"] for plan in plans}

    def ask(plan: Plan, act: str, number: int) -> Callable[[], Answer]:
        own = RestClient(secret=a_key(clinic=world.clinic)[1], now=None)
        path = f"plans/{plan.uuid}/{act}/"
        return lambda: own.post(path, {"proposal": tokens[plan.pk]}, Idempotency_Key=f"{plan.pk}-{number}")

    asks = [ask(plan, act, number) for plan in plans for number, act in enumerate(("book", "hold"))]
    answers = all_at_once(asks)

    assert Counter(answer.status for answer in answers) == {201: 1, 409: RIVALS - 1}
