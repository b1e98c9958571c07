"""Time that is given back is a row, which a tick offers to who waits."""

from datetime import timedelta

import pytest

from scheduling.booking.single_session import SingleSession, book_session
from scheduling.course_changes.cancel import Ending, cancel_session
from scheduling.models import CancelledBy, FreedTime, Offer, Session
from scheduling.waitlist.offers import offer_free_times
from scheduling.waitlist.queue import WaitAsked, join_waitlist
from tests.support.acts.delays import a_consultation, at, late, push
from tests.support.acts.moves import DAY, move
from tests.support.builders import a_patient
from tests.support.cast import NOW
from tests.support.worlds import World

pytestmark = pytest.mark.django_db(transaction=True)


def a_session(world: World, *, days: int) -> Session:
    patient = a_patient(clinic=world.clinic, given_name=f"Day {days}", email=f"day{days}@patients.example")
    session = SingleSession(
        patient, world.session_types["consultation"], NOW + days * DAY + timedelta(hours=1)
    )
    return book_session(wanted=session, by=world.reception, now=NOW)


def test_the_time_of_a_cancelled_session_goes_to_who_waits(world):
    gone, waiting = a_session(world, days=2), a_session(world, days=9)
    join_waitlist(session=waiting, asked=WaitAsked(), by=world.reception, now=NOW)

    cancel_session(
        session=gone,
        ending=Ending(reason="Flu", cancelled_by=CancelledBy.PATIENT),
        by=world.reception,
        now=NOW,
    )

    assert offer_free_times(now=NOW) == 1
    assert Offer.objects.get().starts_at == gone.starts_at


def test_the_time_that_a_moved_session_leaves_goes_to_who_waits(world):
    moving, waiting = a_session(world, days=2), a_session(world, days=9)
    join_waitlist(session=waiting, asked=WaitAsked(), by=world.reception, now=NOW)

    move(world, moving, days=1)

    assert offer_free_times(now=NOW) == 1
    assert Offer.objects.get().starts_at == moving.starts_at


def test_where_nobody_waits_nothing_is_offered(world):
    gone = a_session(world, days=2)

    cancel_session(session=gone, ending=Ending(reason="Closed"), by=world.reception, now=NOW)

    assert offer_free_times(now=NOW) == 0
    assert not FreedTime.objects.exists()
    assert not Offer.objects.exists()


def test_the_time_that_a_late_day_leaves_is_free_for_others(world):
    session = a_consultation(world, at(14))

    push(world, late(world, 30))

    [freed] = FreedTime.objects.all()
    assert (freed.starts_at, freed.ends_at) == (session.starts_at, session.ends_at)
