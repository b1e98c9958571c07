"""A course in the afternoon: no quiet hour is near, so each session has two reminders."""

from datetime import time

import pytest

from scheduling.booking.book_course import book_course
from scheduling.models import Session
from tests.support.acts.courses import offers
from tests.support.cast import NOW
from tests.support.worlds import World, a_plan
from treatments.models import Plan
from treatments.wishes import Wishes


@pytest.fixture
def plan(world: World) -> Plan:
    return a_plan(world=world, wishes=Wishes(after=time(13), hard=True))


@pytest.fixture
def course(plan: Plan, world: World) -> list[Session]:
    return book_course(plan=plan, proposal=offers(plan=plan)[0], by=world.reception, now=NOW)
