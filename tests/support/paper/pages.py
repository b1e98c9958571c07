"""The page on which a day is entered, as the desk opens it on the next one."""

from datetime import timedelta

from scheduling.models import Session
from tests.support.cast import NOW
from tests.support.desk import Desk, Page
from tests.support.paper.lines import ON
from tests.support.worlds import World

NEXT_DAY = NOW + timedelta(days=1)
ADDRESS = f"/enter/?on={ON}"


def ticks(**said: Session) -> dict[str, str]:
    """`given=session`: the line of that session, ticked so."""
    return {f"{session.uuid}-outcome": outcome for outcome, session in said.items()}


def kind_of(world: World, key: str = "consultation") -> str:
    return f"type:{world.session_types[key].uuid}"


def saved(desk: Desk, page: Page, said: dict[str, str]) -> Page:
    return desk.send(page, "Save the day", **said)
