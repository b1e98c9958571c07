"""Acts over REST: undo one, or let what it leaves go out at once."""

from typing import Annotated, TypedDict
from uuid import UUID

from clinic.audit_trail.write import AuditAction
from clinic.identity.actors import Actor
from clinic.identity.permissions import Act
from clinic.lookup import find
from clinic.web.database_clock import database_now
from clinic.web.rest.contract import Answer, Call, Does, speaks
from clinic.web.rest.json_types import Instant, Uuid, Words
from clinic.web.trail import saw
from scheduling.api.answers import SessionJson
from scheduling.api.output import session_json
from scheduling.courses.kept import Before
from scheduling.models import CourseAct, CourseActKind, Session
from scheduling.undoing import send_now as sending
from scheduling.undoing import undo as undoing


class DoneJson(TypedDict):
    """An act, and its sessions as they stand now."""

    id: Uuid
    kind: Annotated[str, Words.of(CourseActKind)]
    goes_out_at: Instant
    undo_until: Instant
    undone_at: Instant | None
    sessions: list[SessionJson]


@speaks("undo_act", Act.UNDO, does=Does.MAKES, answers={200: DoneJson}, refuses=("time_taken", "undo_over"))
def undo(call: Call, act_id: UUID) -> Answer[DoneJson]:
    """Undo an act.

    What stood before it is put back exactly, or nothing is. Undoing is an act of its own.
    """
    act = _named(act_id, call.by)
    return _shown(undoing.undo(act=act, by=call.by, now=database_now()), call.by)


@speaks("send_now", Act.UNDO, does=Does.MAKES, answers={200: DoneJson})
def send_now(call: Call, act_id: UUID) -> Answer[DoneJson]:
    """Let what an act leaves go out at once.

    Its mails, and offers of the time that it gave back, wait no more.
    """
    act = _named(act_id, call.by)
    return _shown(sending.send_now(act=act, by=call.by, now=database_now()), call.by)


def _named(act_id: UUID, by: Actor) -> CourseAct:
    return find(CourseAct.objects.seen_by(by).select_related("patient", "plan", "session"), uuid=act_id)


def _shown(act: CourseAct, by: Actor) -> Answer[DoneJson]:
    kept = Before.from_json(act.before).sessions if act.before else ()
    rows = Session.objects.seen_by(by).to_show().filter(pk__in=[one.pk for one in kept])
    sessions = list(rows.order_by("number", "pk"))
    saw(AuditAction.SAW_SESSIONS, [session.patient.uuid for session in sessions], by=by)
    told: DoneJson = {
        "id": str(act.uuid),
        "kind": act.kind,
        "goes_out_at": act.goes_out_at.isoformat(),
        "undo_until": act.undo_until.isoformat(),
        "undone_at": act.undone_at.isoformat() if act.undone_at else None,
        "sessions": [session_json(session) for session in sessions],
    }
    return Answer(told)
