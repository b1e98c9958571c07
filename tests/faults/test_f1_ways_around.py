"""F1 by the ways around the desk: an offer that is accepted, a swap, an import, against all who book."""

from collections import Counter
from datetime import timedelta

import pytest

from scheduling.booking.freed_time import FreeTime
from scheduling.booking.single_session import SingleSession, book_session
from scheduling.models import Offer
from scheduling.waitlist.offers import offer_freed
from scheduling.waitlist.queue import WaitAsked, join_waitlist
from tests.support.acts.absences import leave_of, served
from tests.support.acts.imports import a_session_row
from tests.support.builders import a_patient
from tests.support.cast import NOW
from tests.support.faults.bringing_over import bringing
from tests.support.faults.one_time import (
    RIVALS,
    ROUNDS,
    a_world_of_one_doctor,
    asking_for,
    assert_all_served,
    assert_booked,
    assert_one_winner_a_round,
    patients,
    session_in_weeks,
    weekday,
)
from tests.support.faults.rush import Ask, posting
from tests.support.rest import a_client_of
from tests.support.worlds import World, a_course_world

pytestmark = [pytest.mark.deep, pytest.mark.slow, pytest.mark.django_db(transaction=True)]


def an_offer_of(world: World, number: int) -> Offer:
    """Somebody waits, and is offered the doctor's time of that weekday."""
    session = session_in_weeks(world, number)
    asked = WaitAsked(until_on=weekday(number).date(), from_on=weekday(number).date())
    join_waitlist(session=session, asked=asked, by=world.reception, now=NOW)
    free = FreeTime(world.site, weekday(number), weekday(number) + timedelta(minutes=30))
    offer = offer_freed(free=free, by=world.reception, now=NOW)
    assert offer is not None
    return offer


@pytest.mark.experiment("F1", "one time that one is offered and many book: waitlist accept")
@pytest.mark.parametrize("ran_out", [False, True], ids=["it stands", "it ran out"])
def test_one_time_that_is_on_offer_to_one_and_wanted_by_many(ran_out, rush):
    world, accepted = a_world_of_one_doctor(), 0
    rest, wanting = a_client_of(world), patients(world)

    for number in range(ROUNDS):
        offer = an_offer_of(world, number)
        if ran_out:
            Offer.objects.filter(pk=offer.pk).update(expires_at=NOW)
            type(offer.hold).objects.filter(pk=offer.hold_id).update(expires_at=NOW)
        rivals = asking_for(world, rest, weekday(number), who=wanting[1:])
        accepts = posting(rest, f"offers/{offer.uuid}/accept/", {})
        half = len(rivals) // 2
        answers = rush.add([*rivals[:half], accepts, *rivals[half:]])
        accepted += answers[half].status == 200
        assert_booked(at=weekday(number))

    assert_one_winner_a_round(rush)
    assert accepted == (0 if ran_out else ROUNDS)


@pytest.mark.experiment("F1", "one doctor whom a swap and many bookings want: swap")
def test_one_doctor_whom_a_swap_and_many_bookings_want(rush):
    world, swapped = a_course_world(), 0
    rest, wanting = a_client_of(world), patients(world)
    consultation, (away, other) = world.session_types["consultation"], world.doctors

    for number in range(ROUNDS):
        at = weekday(number)
        seen = SingleSession(a_patient(clinic=world.clinic), consultation, at, practitioner=away)
        session = book_session(wanted=seen, by=world.reception, now=NOW)
        leave = leave_of(world, away, starts=at, ends=at + timedelta(minutes=30)).absence
        rivals = asking_for(world, rest, at, who=wanting[1:])
        swaps = posting(rest, f"leave/{leave.uuid}/swap/", {"also_practitioners": True})
        # Now the swap is the first to ask, now the last.
        answers = rush.add([swaps, *rivals] if number % 2 else [*rivals, swaps])
        swap = answers[0 if number % 2 else -1]
        booked = sum(answer.status == 201 for answer in answers)
        assert len(swap.json["swapped"]) + booked == 1, rush.figures()
        assert len(swap.json["swapped"]) + len(swap.json["in_the_way"]) == 1
        assert (served(session, "doctor") == other) is (booked == 0)
        swapped += booked == 0

    rush.notes.append(f"{swapped} × the swap")
    assert rush.statuses == Counter(
        {200: ROUNDS, 201: ROUNDS - swapped, 409: (RIVALS - 2) * ROUNDS + swapped}
    )
    assert_all_served(rush)


@pytest.mark.experiment("F1", "one time that many bring over and many book: import")
def test_one_time_that_many_imports_and_bookings_want(rush):
    world = a_world_of_one_doctor()
    rest, wanting = a_client_of(world), patients(world)

    for number in range(ROUNDS):
        imports = [importing(world, number, rival) for rival in range(RIVALS // 2)]
        rivals = asking_for(world, rest, weekday(number), who=wanting[len(imports) :])
        rush.add([ask for pair in zip(imports, rivals, strict=True) for ask in pair])
        assert_booked(at=weekday(number))

    assert_one_winner_a_round(rush)


def importing(world: World, number: int, rival: int) -> Ask:
    """A table of one session."""
    starts_at = f"{weekday(number).astimezone(world.site.tz):%Y-%m-%d %H:%M}"
    patient, course = f"P{number}-{rival}", f"C{number}-{rival}"
    return bringing(world, patient, a_session_row(patient=patient, course=course, starts_at=starts_at))
