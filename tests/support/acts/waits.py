"""Who waits and what they are offered, with words for whatever a test does not care about."""

from datetime import timedelta

from scheduling.booking.freed_time import FreeTime
from scheduling.booking.single_session import SingleSession, book_session
from scheduling.models import Offer, Session, Wait
from scheduling.waitlist.offers import offer_freed
from scheduling.waitlist.queue import WaitAsked, join_waitlist
from tests.support.cast import NOW
from tests.support.worlds import World

# Wednesday 6 January, from nine.
FREED = NOW + timedelta(days=2)


def one_waits(world: World) -> Wait:
    """The patient has a consultation in four weeks, and would come earlier."""
    wanted = SingleSession(
        patient=world.patient,
        session_type=world.session_types["consultation"],
        starts_at=NOW + timedelta(days=28, hours=4),
        practitioner=world.doctors[0],
    )
    return waits(world, book_session(wanted=wanted, by=world.reception, now=NOW))


def an_offer(*, world: World) -> Offer:
    """The same patient is offered Wednesday's freed time."""
    one_waits(world)
    return offered(world)


def waits(world: World, session: Session, **asked) -> Wait:
    return join_waitlist(session=session, asked=WaitAsked(**asked), by=world.reception, now=NOW)


def free(world: World, *, hours: int = 8) -> FreeTime:
    return FreeTime(world.site, FREED, FREED + timedelta(hours=hours))


def offered(world: World, **how) -> Offer:
    offer = offer_freed(free=free(world, **how), by=world.reception, now=NOW)
    assert offer is not None
    return again(offer)


def again(offer: Offer) -> Offer:
    """As it stands, with what an answer asks of it."""
    return Offer.objects.select_related("wait__session__plan", "wait__patient", "hold", "site").get(
        pk=offer.pk
    )
