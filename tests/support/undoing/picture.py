"""Pictures of a clinic's calendar, to be compared before an act and after it was undone."""

from datetime import datetime
from typing import Any

from django.db.models import Model

from clinic.identity.actors import Actor
from clinic.models import Care, Leave
from scheduling.models import Claim, CourseAct, FreedTime, Hold, Message, MessageState, Session, Wait
from scheduling.undoing.undo import undo
from tests.support.cast import NOW
from tests.support.worlds import World
from treatments.models import Plan

# What an act and its undoing count up.
COUNTED = frozenset({"version", "sequence", "changed_at"})


def picture() -> dict[str, Any]:
    """All that undoing puts back: every column of every row, claims without their keys, what will remind."""
    return {
        **{kind.__name__: _rows(kind) for kind in (Session, Plan, Hold, Wait, Leave)},
        "claims": _set(Claim, "session", "diary", "need", "asked_for", "start_cell", "end_cell"),
        "care": _set(Care, "patient", "practitioner"),
        "freed": _set(FreedTime, "site", "starts_at", "ends_at"),
        "reminders": sorted(
            Message.objects.filter(kind="reminder", state=MessageState.WAITING).values_list(
                "session", "due_at", "useful_until"
            )
        ),
    }


def _rows(kind: type[Model]) -> dict[int, dict[str, Any]]:
    rows = kind._default_manager.order_by("pk").values()
    return {row["id"]: {name: row[name] for name in row.keys() - COUNTED} for row in rows}


def _set(kind: type[Model], *names: str) -> list[tuple[Any, ...]]:
    return sorted(kind._default_manager.values_list(*names), key=str)


def last_act() -> CourseAct:
    return CourseAct.objects.select_related("patient", "plan", "session").latest("pk")


def undone(world: World, act: CourseAct | None = None, *, by: Actor | None = None, now: datetime = NOW):
    """The last act, or this one, undone at the desk."""
    return undo(act=act or last_act(), by=by or world.owner, now=now)


def counts() -> dict[str, dict[int, tuple[int, ...]]]:
    """How often each session and plan was written, and each session promised otherwise."""
    return {
        "sessions": {
            pk: tuple(said) for pk, *said in Session.objects.values_list("pk", "version", "sequence")
        },
        "plans": {pk: (version,) for pk, version in Plan.objects.values_list("pk", "version")},
    }
