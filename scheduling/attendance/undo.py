"""Undoing the last act at the desk, within the site's day."""

from datetime import datetime

from clinic.audit_trail.write import AuditAction
from clinic.errors import Conflict
from clinic.identity.actors import Actor
from clinic.identity.permissions import Act, refuse_unless_may
from clinic.time.wall_clock import local_date
from scheduling.attendance.attend import give_up_as_missed
from scheduling.attendance.desk_act import AtDesk, at_desk, finish, restore, take_again
from scheduling.attendance.numbering import number_back
from scheduling.attendance.repeats import take_back_repeat
from scheduling.booking.reserve import refuse_if_taken
from scheduling.courses.as_booked import as_booked
from scheduling.courses.states import SESSION_STEPS, SessionAct
from scheduling.models import CancelledBy, Session, SessionStatus
from treatments.models import PlanState


class NothingToUndo(Conflict):
    """Nothing was done to the session today, or it was undone, or something else happened since."""


def undo(*, session: Session, by: Actor, now: datetime) -> Session:
    """Put back what stood before the last act at the desk.

    That is a session confirmed, arrived, begun, done or missed, or somebody who walked in. The due session
    that the act made goes, and so does the end of the course. Raises NotAllowed, Unknown,
    NothingToUndo, RepeatedAlready when what is due anew was booked since, and TimeTaken when what a missed
    session gave back is taken by now. Locks: plan, hold, sessions, pages, change counter.
    """
    refuse_unless_may(by=by, act=Act.ATTEND)
    with at_desk(session=session, by=by, now=now) as desk:
        _refuse_unless_undoable(desk)
        _put_back(desk)
        finish(desk, deed=AuditAction.UNDID_ACT)
    return desk.session


def can_undo(*, session: Session, now: datetime) -> bool:
    """Whether the last thing done to the session was done at the desk today. Its site must be loaded."""
    last, site = session.undoable, session.site
    if not last or site is None:
        return False
    is_today = local_date(datetime.fromisoformat(last["at"]), site.tz) == local_date(now, site.tz)
    return is_today and session.status == SESSION_STEPS[SessionAct(last["act"])].ends


def _refuse_unless_undoable(desk: AtDesk) -> None:
    if not can_undo(session=desk.session, now=desk.now):
        raise NothingToUndo(
            "nothing_to_undo",
            "Nothing was done to this session today that could be undone. Open it as it stands.",
        )


def _put_back(desk: AtDesk) -> None:
    session, last = desk.session, desk.session.undoable
    was_missed = session.status == SessionStatus.MISSED
    number_back(desk)
    if was_missed or not session.counts:
        take_back_repeat(desk)
    restore(session, values=last["was"])
    if last["act"] == SessionAct.WALK_IN and desk.plan is None:
        _never_here(desk)
    if was_missed:
        _take_time_back(desk, asked_for=last.get("asked_for", []))
    if session.status == SessionStatus.MISSED:
        give_up_as_missed(desk)
    if desk.plan is not None and last.get("plan") and desk.plan.state == PlanState.COMPLETED:
        desk.plan.state = last["plan"]


def _never_here(desk: AtDesk) -> None:
    """Who walked in without a course had no session before."""
    desk.session.status = SessionStatus.CANCELLED
    desk.session.cancelled_by, desk.session.cancelled_at = CancelledBy.CLINIC, desk.now
    desk.session.cancel_reason = "Entered by mistake"


def _take_time_back(desk: AtDesk, *, asked_for: list[str]) -> None:
    placed = as_booked(session=desk.session, asked_for=asked_for)
    taken = take_again(desk, placed=placed)
    refuse_if_taken(taken, patient=desk.act.patient(desk.session), zone=placed.zone)
