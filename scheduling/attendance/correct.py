"""Putting right what was noted of a session that is over: it was done, it was missed, or it went otherwise.

Windows, numbers and figures follow from what is noted then. Nobody is mailed: who was there knows it.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from clinic.audit_trail.write import AuditAction
from clinic.errors import Problem, ProblemKind, refuse_if_any
from clinic.identity.actors import Actor
from clinic.identity.permissions import Act, refuse_unless_may
from clinic.plain_text import one_line, text_problems
from clinic.sentences import sentence as _
from scheduling.attendance.attend import (
    close_course,
    come_back,
    instants_of,
    note_used,
    take_time_back,
    times_problems,
)
from scheduling.attendance.completion import LONGEST_REASON, Completion, completion_problems, is_noted
from scheduling.attendance.desk_act import AtDesk, at_desk, finish, refuse_what_is_old
from scheduling.attendance.numbering import number_as_given
from scheduling.attendance.repeats import repeat, take_back_repeat
from scheduling.courses.states import SessionAct, leads_on
from scheduling.models import Session, SessionStatus, Telling
from treatments.models import PlanState


@dataclass(frozen=True, slots=True)
class Correction:
    """Why it is put right, and how the session went; without a completion the patient did not come."""

    why: str
    completion: Completion | None = None


def correct(*, session: Session, correction: Correction, by: Actor, now: datetime) -> Session:
    """Note what really became of a session that was done, missed or never finished.

    Whoever sits at the desk does it for seven days. A practitioner or owner does it later too, and only
    they change how a session that stays done went: outcome, record, who served. What stands so already
    stays as it is. Raises NotAllowed, Unknown, StateForbids, RepeatedAlready where its next attempt was
    booked by now, and Refused (`correction_reason_missing`, `reason_too_long`, `done_elsewhere`,
    `visit_still_ahead`, `out_of_order`, what `complete` refuses). Locks: plan, hold, sessions, pages, change
    counter.
    """
    refuse_unless_may(by=by, act=Act.CORRECT)
    with at_desk(session=session, by=by, now=now) as desk:
        leads_on(session=desk.session, act=SessionAct.CORRECT)
        if is_noted(correction.completion, of=desk.session):
            return desk.session
        _refuse_unless_theirs(desk, correction, by)
        refuse_if_any(_problems(desk, correction))
        desk.act.why = one_line(correction.why)
        desk.act.told = Telling.SILENT
        _put_right(desk, correction.completion)
        finish(desk, deed=AuditAction.CORRECTED_SESSION, can_be_undone=False)
    return desk.session


def _refuse_unless_theirs(desk: AtDesk, correction: Correction, by: Actor) -> None:
    session = desk.session
    refuse_what_is_old(session.local_date, today=desk.today, by=by)
    if session.status == SessionStatus.COMPLETED and correction.completion is not None:
        refuse_unless_may(by=by, act=Act.CORRECT_RECORD)


def _problems(desk: AtDesk, correction: Correction) -> Iterator[Problem]:
    session = desk.session
    yield from why_problems(correction.why)
    if session.is_done_elsewhere:
        yield Problem(
            "done_elsewhere",
            ProblemKind.BLOCKER,
            _("This session was done elsewhere, and nothing of it was noted here."),
        )
    if correction.completion is not None:
        yield from completion_problems(correction.completion, session_type=session.session_type)
        yield from times_problems(desk, correction.completion)
    elif session.starts_at is not None and desk.now < session.starts_at:
        yield Problem("visit_still_ahead", ProblemKind.BLOCKER, _("The session has not begun yet."))


def why_problems(why: str) -> Iterator[Problem]:
    """Whoever says later what became of a session says why."""
    missing = _("Say why it is put right: what was noted, and what really happened.")
    yield from text_problems(one_line(why), "correction_reason", missing=missing)
    yield from text_problems(one_line(why), "reason", most=LONGEST_REASON)


def _put_right(desk: AtDesk, completion: Completion | None) -> None:
    session = desk.session
    stood, stands = session.is_live, completion is not None and completion.moves_on
    if completion is None:
        # Before its claims go: they are found by what it is.
        desk.act.lock_pages(given_up=[session])
    elif session.status == SessionStatus.MISSED and stands:
        come_back(desk)
    elif session.status == SessionStatus.MISSED:
        # The patient was here, though nothing was given: the next attempt stands.
        take_time_back(desk)
    elif stands and not stood:
        take_back_repeat(desk)
    _note(desk, completion)
    if stood and not stands:
        _reopen_course(desk)
        repeat(desk)
    number_as_given(desk)
    close_course(desk)


def _note(desk: AtDesk, completion: Completion | None) -> None:
    session = desk.session
    if completion is None:
        session.status, session.counts = SessionStatus.MISSED, True
        session.outcome, session.outcome_reason, session.record, session.used = "", "", {}, []
        session.arrived_at = session.started_at = session.finished_at = None
        return
    done = instants_of(desk, completion)
    session.arrived_at, session.started_at = done.arrived_at, done.started_at
    session.finished_at = completion.finished_at or session.finished_at or done.finished_at
    session.status, session.counts = SessionStatus.COMPLETED, completion.moves_on
    session.outcome, session.outcome_reason = completion.outcome, completion.kept_reason
    session.record = completion.kept_record
    session.used = session.used or session.cast
    note_used(desk, completion.used)


def _reopen_course(desk: AtDesk) -> None:
    """One whose last session was not given after all goes on."""
    if desk.plan is not None and desk.plan.state == PlanState.COMPLETED:
        desk.plan.state = PlanState.ACTIVE
