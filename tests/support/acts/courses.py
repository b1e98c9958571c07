"""Searching for and booking courses, with words for whatever a test does not care about."""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from django.db import transaction

from clinic.errors import ClinicError
from clinic.hours.rota import NewLeave, grant_leave
from clinic.models import Change, Resource
from clinic.time.wall_clock import day_starts_at
from scheduling.booking.book_course import book_course
from scheduling.booking.single_session import SingleSession, book_session
from scheduling.engine.placed import PlacedSession
from scheduling.engine.proposal import Proposal
from scheduling.models import Claim, Message, Page, Session
from scheduling.search.propose import Asked, propose
from tests.support.cast import NOW
from tests.support.worlds import World, a_plan
from treatments.models import Plan
from treatments.wishes import Wishes


def offers(
    *,
    plan: Plan,
    first_on: date | None = None,
    last_on: date | None = None,
    wishes: Wishes | None = None,
    now: datetime = NOW,
) -> tuple[Proposal, ...]:
    """The calendars that the desk sees; there is at least one."""
    found = propose(plan=plan, asked=Asked(first_on, last_on, wishes), now=now)
    assert found.proposals, found.problems
    return found.proposals


def a_booked_course(*, world: World, now: datetime = NOW, **prescribed) -> list[Session]:
    """A course prescribed and booked with the first calendar on offer."""
    plan = a_plan(world=world, now=now, **prescribed)
    [first] = propose(plan=plan, asked=Asked(most=1), now=now).proposals
    return book_course(plan=plan, proposal=first, by=world.reception, now=now)


@dataclass(frozen=True)
class Times:
    """When a session is, instead of the columns that a due one leaves empty."""

    on: date
    at: time
    starts_at: datetime
    ends_at: datetime


def times_of(session: Session) -> Times:
    assert session.local_date is not None
    assert session.local_time is not None
    assert session.starts_at is not None
    assert session.ends_at is not None
    return Times(session.local_date, session.local_time, session.starts_at, session.ends_at)


def dates(proposal: Proposal) -> list[date]:
    return [placed.local_date for placed in proposal.sessions]


def away(world: World, *resources: Resource, first: date, days: int = 1) -> None:
    """Granted leave on whole local days."""
    starts_at, ends_at = (day_starts_at(on, world.site.tz) for on in (first, first + timedelta(days=days)))
    for resource in resources:
        grant_leave(new=NewLeave(resource, starts_at, ends_at), by=world.owner, now=NOW)


def served_by(placed: PlacedSession) -> dict[tuple[str, str], str]:
    """(stage, role) → the name of who or what serves."""
    return {(part.stage, part.role): part.resource.name for part in placed.assignments}


def names_in(placed: PlacedSession) -> set[str]:
    return {part.resource.name for part in placed.assignments}


def everything_written() -> dict[str, list]:
    """All that a booking could leave behind, to be compared before and after a refusal."""
    return {
        "sessions": list(Session.objects.order_by("pk").values()),
        "plans": list(Plan.objects.order_by("pk").values()),
        **{
            model.__name__: list(model._default_manager.order_by("pk").values_list("pk", flat=True))
            for model in (Claim, Page, Message, Change)
        },
    }


def book(plan: Plan, world: World):
    """The first calendar on offer."""
    return book_course(plan=plan, proposal=offers(plan=plan)[0], by=world.reception, now=NOW)


def can_be_booked(world: World, kind: str, starts_at: datetime) -> bool:
    """Whether booking goes through; nothing is left of it."""
    session = SingleSession(
        patient=world.patient, session_type=world.session_types[kind], starts_at=starts_at
    )
    try:
        with transaction.atomic():
            book_session(wanted=session, by=world.reception, now=NOW)
            transaction.set_rollback(True)
    except ClinicError:
        return False
    return True
