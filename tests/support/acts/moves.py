"""Moving sessions, with words for whatever a test does not care about."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta

from clinic.identity.actors import Actor
from scheduling.courses.course import course_of
from scheduling.models import Session, Telling
from scheduling.moving.move import move_session, preview_move
from scheduling.moving.retime import MoveTerms
from scheduling.moving.ripple import Destination, Ripple, RippleAsked
from tests.support.acts.courses import times_of
from tests.support.cast import NOW
from tests.support.worlds import World
from treatments.models import Plan

DAY = timedelta(days=1)


def whole(session: Session) -> Session:
    """The session as it stands, with what a move asks of it."""
    return Session.objects.select_related("plan__clinic", "plan__patient", "site").get(pk=session.pk)


def plan_of(course: list[Session]) -> Plan:
    plan = whole(course[0]).plan
    assert plan is not None
    return plan


def later(session: Session, days: int = 0, *, minutes: int = 0) -> datetime:
    return times_of(session).starts_at + timedelta(days=days, minutes=minutes)


def dates_of(plan: Plan) -> list[date]:
    return [times_of(s).on for s in course_of(plan=plan).sessions if s.kind == "treatment"]


def numbers(moved: Sequence) -> list[int]:
    return [session.number for session, _ in moved]


def codes(ripple: Ripple) -> set[str]:
    return {problem.code for problem in ripple.problems}


def look(
    world: World,
    session: Session,
    to: Destination,
    *,
    by: Actor | None = None,
    now: datetime = NOW,
    **asked,
) -> Ripple:
    return preview_move(
        session=whole(session), to=to, asked=RippleAsked(**asked), by=by or world.reception, now=now
    )


def preview(world: World, session: Session, *, days: int, by: Actor | None = None, **asked) -> Ripple:
    return look(world, session, Destination(later(whole(session), days)), by=by, **asked)


def put(
    world: World,
    session: Session,
    to: Destination,
    *,
    reason: str = "",
    told: Telling = Telling.BY_MAIL,
    now: datetime = NOW,
    **asked,
) -> list[Session]:
    """Give it that time, and the others theirs."""
    ripple = look(world, session, to, now=now, **asked)
    terms = MoveTerms(reason=reason, told=told)
    return move_session(session=whole(session), ripple=ripple, terms=terms, by=world.reception, now=now)


def move(world: World, session: Session, *, days: int, reason: str = "", **asked) -> list[Session]:
    return put(world, session, Destination(later(whole(session), days)), reason=reason, **asked)
