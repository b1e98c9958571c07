"""Holding calendars, with words for whatever a test does not care about."""

from datetime import datetime, timedelta

from clinic.identity.actors import Actor
from scheduling.booking.holds import HoldAsked, hold_course
from scheduling.engine.proposal import Proposal
from scheduling.models import Hold
from tests.support.acts.courses import offers
from tests.support.builders import a_patient
from tests.support.cast import NOW
from tests.support.worlds import World, a_plan
from treatments.models import Plan

TOMORROW = (NOW + timedelta(days=1)).date()
# What a clinic holds for unless someone names an end.
A_WHILE = timedelta(minutes=10)


def from_tomorrow(plan: Plan, *, now: datetime = NOW) -> tuple[Proposal, ...]:
    """The calendars that the desk sees of those that begin tomorrow or later."""
    return offers(plan=plan, first_on=(now + timedelta(days=1)).date(), now=now)


def a_hold(
    *,
    world: World,
    plan: Plan | None = None,
    proposal: Proposal | None = None,
    until: datetime | None = None,
    reason: str = "",
    by: Actor | None = None,
    now: datetime = NOW,
) -> Hold:
    """A course held as the first calendar from tomorrow on has it; without a plan, a new one."""
    plan = plan or a_plan(world=world, now=now)
    return hold_course(
        plan=plan,
        proposal=proposal or from_tomorrow(plan, now=now)[0],
        asked=HoldAsked(until=until, reason=reason),
        by=by or world.reception,
        now=now,
    )


def a_rival(world: World) -> Plan:
    """Another patient's plan, for which the same calendars are on offer."""
    return a_plan(world=world, patient=a_patient(clinic=world.clinic, family_name="Rival"))
