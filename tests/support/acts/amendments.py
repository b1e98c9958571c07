"""Amending and cancelling courses, with words for whatever a test does not care about."""

from typing import Any

import pytest

from clinic.errors import Refused
from clinic.identity.actors import Role
from scheduling.course_changes.amend import Amendment, amend_course
from scheduling.course_changes.cancel import Ending
from scheduling.models import CancelledBy, Session
from tests.support.acts.courses import everything_written
from tests.support.acts.rhythm import as_it_is
from tests.support.builders import an_actor
from tests.support.cast import NOW
from tests.support.worlds import World
from treatments.models import Plan

FLU = Ending(reason="Flu")
BY_PATIENT = Ending(reason="Flu", cancelled_by=CancelledBy.PATIENT)
WEEKLY: list[dict[str, Any]] = [
    {"anchor": "start", "later_days": 42},
    {"repeats": True, "interval_days": 7, "later_days": 2},
]


def plan_of(course: list[Session]) -> Plan:
    assert course[0].plan
    return as_it_is(course[0].plan)


def statuses(course: list[Session]) -> list[str]:
    """Of every attempt at a session of the course."""
    rows = Session.objects.filter(plan=plan_of(course)).order_by("kind", "number", "attempt")
    return list(rows.values_list("status", flat=True))


def amend(world: World, plan: Plan, *, role: Role = Role.RECEPTIONIST, **said):
    by = an_actor(clinic=world.clinic, role=role)
    return amend_course(plan=as_it_is(plan), amendment=Amendment(**said), by=by, now=NOW)


def refusal(world: World, plan: Plan, *, role: Role = Role.RECEPTIONIST, **said) -> str:
    """The code of it; nothing is left behind."""
    before = everything_written()
    with pytest.raises(Refused) as refused:
        amend(world, plan, role=role, **said)
    assert everything_written() == before
    return refused.value.code
