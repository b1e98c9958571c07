"""Scenes of a day that is entered from its printed sheet, the day after."""

from dataclasses import replace
from datetime import timedelta

from scheduling.attendance.completion import Completion
from scheduling.attendance.enter_day import PaperDay, SheetLine, WalkInLine, enter_session, enter_walk_in
from tests.support.acts.attendance import again, during
from tests.support.acts.courses import a_booked_course
from tests.support.acts.moves import plan_of
from tests.support.cast import NOW
from tests.support.faults.scenes.scene import Scene, desk
from tests.support.worlds import World, a_plan

DAY = timedelta(days=1)


def enter_a_session(world: World) -> Scene:
    [first, *_] = course = a_booked_course(world=world)
    line = SheetLine(again(first), first.version, Completion())
    made = desk(world.reception, enter_session, line=line, day=_sheet(world), now=during(first) + DAY)
    return replace(made, plan=plan_of(course))


def enter_a_walk_in(world: World) -> Scene:
    plan = a_plan(world=world)
    due = plan.sessions.select_related("plan", "session_type").get(kind="treatment", number=1)
    line = WalkInLine(world.patient, NOW, session=due)
    now = NOW + DAY
    return desk(world.reception, enter_walk_in, line=line, day=_sheet(world), plan=plan, now=now)


def _sheet(world: World) -> PaperDay:
    return PaperDay(NOW.date(), world.site, "The computers were down")
