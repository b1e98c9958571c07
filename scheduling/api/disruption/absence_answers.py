"""What REST says of leave and closures, and of the sessions in their way."""

from collections.abc import Callable
from typing import Annotated, NotRequired, TypedDict

from clinic.identity.actors import Actor
from clinic.identity.permissions import Act, may
from clinic.models import Closure, Leave, LeaveKind, LeaveState
from clinic.places.sites import zone_at_home
from clinic.web.rest.json_types import Instant, Uuid, Words
from scheduling.api.answers import ActJson, SessionJson
from scheduling.api.output import session_json
from scheduling.disruption.affected_sessions import InTheWay
from scheduling.disruption.clear_absence import Cleared, Swapped


class _Absence(TypedDict):
    id: Uuid
    version: int
    starts_at: Instant
    ends_at: Instant | None
    # For those who manage the places.
    reason: NotRequired[str]


class LeaveJson(_Absence):
    """Somebody is away, something is out of order, or kept free. Without an end: until further notice."""

    resource: Uuid
    kind: Annotated[str, Words.of(LeaveKind)]
    state: Annotated[str, Words.of(LeaveState)]


class ClosureJson(_Absence):
    """A site is closed."""

    site: Uuid


class InTheWayJson(TypedDict):
    """One session, what can be done with it, and why it is not simply swapped."""

    session: SessionJson
    remedy: str
    code: str | None
    sentence: str


class ChangeJson(TypedDict):
    """Who served in a role, and who does now."""

    role: str
    before: str
    after: str


class SwappedJson(TypedDict):
    """A session in which others serve now."""

    session: SessionJson
    changes: list[ChangeJson]
    patient_is_told: bool


class ClearedJson(TypedDict):
    """What is in the way still, what others serve now, and what was only held and is given back."""

    in_the_way: list[InTheWayJson]
    swapped: list[SwappedJson]
    released: list[SessionJson]


class EnteredLeaveJson(ClearedJson):
    """The leave, and what becomes of the sessions in its way."""

    leave: LeaveJson
    act: ActJson | None


class GrantedLeaveJson(ClearedJson):
    """The leave, and what becomes of the sessions in its way."""

    leave: LeaveJson


class EnteredClosureJson(ClearedJson):
    """The closure, and what becomes of the sessions in its way."""

    closure: ClosureJson


class InTheWayOfJson(TypedDict):
    """The sessions in the way."""

    in_the_way: list[InTheWayJson]


class EndedLeaveJson(TypedDict):
    """Null: it was taken back before it began."""

    leave: LeaveJson | None


class EndedClosureJson(TypedDict):
    """Null: it was taken back before it began."""

    closure: ClosureJson | None


def leave_json(by: Actor) -> Callable[[Leave], LeaveJson]:
    """How leave is shown to the actor; its resource with its site must be loaded."""
    home = zone_at_home(clinic_id=by.clinic_id)

    def shown(leave: Leave) -> LeaveJson:
        zone = leave.resource.site.tz if leave.resource.site else home
        told: LeaveJson = {
            "id": str(leave.uuid),
            "version": leave.version,
            "starts_at": leave.starts_at.astimezone(zone).isoformat(),
            "ends_at": leave.ends_at.astimezone(zone).isoformat() if leave.ends_at else None,
            "resource": str(leave.resource.uuid),
            "kind": leave.kind,
            "state": leave.state,
        }
        if _tells_reason(by):
            told["reason"] = leave.reason
        return told

    return shown


def closure_json(by: Actor) -> Callable[[Closure], ClosureJson]:
    """How a closure is shown to the actor; its site must be loaded."""

    def shown(closure: Closure) -> ClosureJson:
        zone = closure.site.tz
        told: ClosureJson = {
            "id": str(closure.uuid),
            "version": closure.version,
            "starts_at": closure.starts_at.astimezone(zone).isoformat(),
            "ends_at": closure.ends_at.astimezone(zone).isoformat(),
            "site": str(closure.site.uuid),
        }
        if _tells_reason(by):
            told["reason"] = closure.reason
        return told

    return shown


def _tells_reason(by: Actor) -> bool:
    """Why somebody is away is for those who manage the places."""
    return may(by=by, act=Act.MANAGE_PLACES)


def in_the_way_json(one: InTheWay) -> InTheWayJson:
    """One session in the way, and why it is not simply swapped."""
    return {
        "session": session_json(one.session),
        "remedy": str(one.remedy),
        "code": str(one.snag) if one.snag else None,
        "sentence": one.sentence,
    }


def cleared_json(cleared: Cleared) -> ClearedJson:
    """What was done to make way, and what stands in it still."""
    return {
        "in_the_way": [in_the_way_json(one) for one in cleared.in_the_way],
        "swapped": [_swapped_json(one) for one in cleared.swapped],
        "released": [session_json(session) for session in cleared.released],
    }


def _swapped_json(swapped: Swapped) -> SwappedJson:
    return {
        "session": session_json(swapped.session),
        "changes": [
            {"role": change.role, "before": change.before, "after": change.after}
            for change in swapped.changes
        ],
        "patient_is_told": swapped.is_noticed,
    }
