"""A scene: what a desk does, when, and about which course."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from clinic.identity.actors import Actor
from tests.support.cast import NOW
from tests.support.worlds import World
from treatments.models import Plan


@dataclass(frozen=True)
class Scene:
    """What a desk does at `now`, with rows that it reads itself; the course, if it is about one."""

    act: Callable[[], Any]
    plan: Plan | None = None
    now: datetime = NOW


Making = Callable[[World], Scene]


def desk(
    by: Actor, act: Callable[..., Any], *, plan: Plan | None = None, now: datetime = NOW, **said: Any
) -> Scene:
    """Who does it says so much; what is a function is asked at that moment."""

    def does() -> Any:
        asked = {name: value() if callable(value) else value for name, value in said.items()}
        return act(**asked, by=by, now=now)

    return Scene(does, plan, now)
