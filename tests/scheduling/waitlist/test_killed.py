"""A process is killed between an act and the offer that follows from it: nothing is lost or doubled."""

import pytest

from scheduling.booking.freed_time import LEASE
from scheduling.course_changes.cancel import Ending, cancel_session
from scheduling.models import Claim, FreedTime, Message, Offer, Session, SessionStatus
from scheduling.waitlist.offers import offer_free_times
from scheduling.waitlist.queue import WaitAsked, join_waitlist
from tests.support.acts.absences import TUESDAY, a_session, at, leave_of
from tests.support.acts.attendance import again
from tests.support.cast import NOW
from tests.support.faults.dying import afresh, killed
from tests.support.worlds import World, a_course_world

# The last that an act writes before its commit.
CHANGE = 'INSERT INTO "scheduling_change"'
# What the tick does with freed time, in this order.
TAKES, HOLDS = 'UPDATE "scheduling_freedtime"', 'INSERT INTO "scheduling_hold"'
OFFERS, LETS_GO = 'INSERT INTO "scheduling_offer"', 'DELETE FROM "scheduling_freedtime"'

pytestmark = [pytest.mark.slow, pytest.mark.django_db(transaction=True)]


def two_want_the_hour_of(world: World) -> Session:
    """A visit; two whose own are weeks later, and who would come; and no other doctor that day."""
    wanted = a_session(world, "10:00", "consultation", practitioner=world.doctors[0])
    for day in (12, 19):
        later = a_session(world, "10:00", "consultation", on=TUESDAY.replace(day=day))
        join_waitlist(session=later, asked=WaitAsked(notice_hours=0), by=world.reception, now=NOW)
    for doctor in world.doctors[1:]:
        leave_of(world, doctor, ends=at("23:00"))
    return wanted


def cancel(world: World, session: Session) -> None:
    cancel_session(session=again(session), ending=Ending(reason="Flu"), by=world.reception, now=NOW)


def tick() -> None:
    offer_free_times(now=NOW)


def later_tick() -> None:
    """When whoever had taken the hours must be dead."""
    offer_free_times(now=NOW + LEASE)


def test_an_act_that_dies_before_its_commit_gives_nothing_back():
    world = a_course_world()
    session = two_want_the_hour_of(world)

    killed(lambda: cancel(world, session), at=CHANGE)
    afresh(later_tick)

    assert again(session).status == SessionStatus.BOOKED
    assert Claim.objects.filter(session=session).exists()
    assert not FreedTime.objects.exists()
    assert not Offer.objects.exists()


def test_what_an_act_gave_back_is_offered_though_its_process_dies_after_the_commit():
    world = a_course_world()
    session = two_want_the_hour_of(world)

    killed(lambda: cancel(world, session))
    afresh(tick)

    assert again(session).status == SessionStatus.CANCELLED
    assert_offered_once(session)


@pytest.mark.parametrize("dies_at", [TAKES, HOLDS, OFFERS, CHANGE, LETS_GO])
def test_a_tick_that_dies_anywhere_leaves_one_offer_after_the_next(dies_at):
    world = a_course_world()
    session = two_want_the_hour_of(world)
    cancel(world, session)

    killed(tick, at=dies_at)
    afresh(later_tick)

    assert_offered_once(session)


def test_a_process_that_comes_to_no_such_statement_is_told():
    with pytest.raises(AssertionError):
        killed(FreedTime.objects.exists, at=LETS_GO)
    with pytest.raises(AssertionError):
        afresh(FreedTime.objects.get)


def assert_offered_once(session: Session) -> None:
    """One of the two has it on offer, one mail says so, and the hours wait no more."""
    [offer] = Offer.objects.all()
    assert (offer.starts_at, offer.state) == (session.starts_at, "open")
    assert Message.objects.filter(kind="offer").count() == 1
    assert not FreedTime.objects.exists()
