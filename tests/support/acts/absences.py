"""Leave over booked sessions, with words for whatever a test does not care about."""

from datetime import date, datetime, time

from clinic.hours.rota import NewClosure, NewLeave
from clinic.identity.actors import Actor
from clinic.models import Patient, Resource
from scheduling.booking.single_session import SingleSession, book_session
from scheduling.disruption.absences import Entered, OnConflict, enter_closure, enter_leave
from scheduling.disruption.affected_sessions import InTheWay
from scheduling.models import Claim, Session
from tests.support.builders import a_patient
from tests.support.cast import AMSTERDAM, NOW
from tests.support.worlds import World

TUESDAY = date(2027, 1, 5)


def at(clock: str, on: date = TUESDAY) -> datetime:
    return datetime.combine(on, time.fromisoformat(clock), AMSTERDAM)


def a_session(
    world: World,
    clock: str,
    kind: str = "mesotherapy",
    *,
    on: date = TUESDAY,
    patient: Patient | None = None,
    practitioner: Resource | None = None,
) -> Session:
    """A session without a plan, of a patient of its own."""
    session = SingleSession(
        patient or a_patient(clinic=world.clinic),
        world.session_types[kind],
        at(clock, on),
        practitioner=practitioner,
    )
    return book_session(wanted=session, by=world.reception, now=NOW)


def leave_of(
    world: World,
    resource: Resource,
    *,
    starts: datetime = at("00:00"),
    ends: datetime | None = None,
    swap: bool = False,
    by: Actor | None = None,
    now: datetime = NOW,
) -> Entered:
    """Entered by the owner; without an end until further notice."""
    on_conflict = OnConflict.SWAP if swap else OnConflict.LIST
    new = NewLeave(resource, starts, ends)
    return enter_leave(new=new, on_conflict=on_conflict, by=by or world.owner, now=now)


def closed(world: World, *, starts: datetime, ends: datetime) -> Entered:
    return enter_closure(new=NewClosure(world.site, starts, ends), by=world.owner, now=NOW)


def served(session: Session, role: str) -> Resource:
    """Who or what serves in the role; the session and its claims say the same."""
    [name] = {part["name"] for part in Session.objects.get(pk=session.pk).cast if part["role"] == role}
    claims = Claim.objects.filter(session=session, need__role=role).values("diary")
    [resource] = Resource.objects.filter(diary__in=claims)
    assert resource.name == name
    return resource


def another_doctor(world: World, session: Session) -> Resource:
    return next(one for one in world.doctors if one != served(session, "doctor"))


def told(in_the_way: tuple[InTheWay, ...] | list[InTheWay]) -> dict[int, str]:
    """Session → what can be done with it, or why it cannot be swapped."""
    return {one.session.pk: str(one.snag or one.remedy) for one in in_the_way}
