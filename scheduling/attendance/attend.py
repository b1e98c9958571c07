"""Attendance: a patient confirms, arrives, is treated, or does not come.

Claims are the plan, not the clock on the wall: none of these acts is refused for time that is taken.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from clinic.audit_trail.write import AuditAction
from clinic.errors import Conflict, NotAllowed, Problem, ProblemKind, Refused, refuse_if_any
from clinic.identity.actors import Actor, ActorKind
from clinic.identity.permissions import Act, refuse_unless_may
from clinic.sentences import sentence as _
from clinic.time.wall_clock import local_date
from scheduling.attendance.actual_cast import cast_as_used, take_into_their_care
from scheduling.attendance.completion import Completion, completion_problems
from scheduling.attendance.desk_act import AtDesk, at_desk, finish, take_again
from scheduling.attendance.numbering import number_as_given, number_back
from scheduling.attendance.repeats import repeat, take_back_repeat
from scheduling.courses.as_booked import as_booked, named
from scheduling.courses.kept import Before
from scheduling.courses.states import PLAN_STEPS, PlanAct, SessionAct, leads_on
from scheduling.models import Outcome, Session, SessionStatus
from scheduling.undoing.last_acts import before_missed
from treatments.cadence import TREATMENT
from treatments.models import PlanState

Used = Mapping[str, UUID]


@dataclass(frozen=True, slots=True)
class _Done:
    """When the parts of a session were, as far as somebody said so."""

    arrived_at: datetime
    started_at: datetime
    finished_at: datetime


class NotYet(Conflict):
    """The session is on a day to come: whatever happened was not it."""


def confirm_session(*, session: Session, by: Actor, now: datetime) -> Session:
    """The patient says they will come. Again changes nothing.

    Raises NotAllowed, Unknown and StateForbids. Locks: plan, hold, sessions, change counter.
    """
    refuse_unless_may(by=by, act=Act.ATTEND)
    with at_desk(session=session, by=by, now=now) as desk:
        if leads_on(session=desk.session, act=SessionAct.CONFIRM):
            desk.session.status = SessionStatus.CONFIRMED
            finish(desk, deed=AuditAction.CONFIRMED_SESSION)
    return desk.session


def arrive(*, session: Session, used: Used | None = None, by: Actor, now: datetime) -> Session:
    """The patient is at the desk. Again changes nothing.

    Who was given up as missed gets their time back if nobody took it; else they are here without a time,
    like one who walked in. Raises NotAllowed, Unknown, StateForbids, NotYet before its local day,
    RepeatedAlready, and Refused (`missed_on_another_day`, what `cast_as_used` refuses). Locks: plan, hold,
    sessions, pages, change counter.
    """
    refuse_unless_may(by=by, act=Act.ATTEND)
    with at_desk(session=session, by=by, now=now) as desk:
        if leads_on(session=desk.session, act=SessionAct.ARRIVE):
            _refuse_before_its_day(desk)
            if desk.session.status == SessionStatus.MISSED:
                _come_after_all(desk)
            desk.session.status = SessionStatus.ARRIVED
            desk.session.arrived_at = now
            note_used(desk, used)
            finish(desk, deed=AuditAction.PATIENT_ARRIVED)
    return desk.session


def start(*, session: Session, used: Used | None = None, by: Actor, now: datetime) -> Session:
    """The treatment begins. Again changes nothing.

    Raises NotAllowed, Unknown, StateForbids, NotYet before its local day, and Refused (`review_awaited`
    until a practitioner cleared the course, what `cast_as_used` refuses). Locks: plan, hold, sessions,
    change counter.
    """
    refuse_unless_may(by=by, act=Act.ATTEND)
    with at_desk(session=session, by=by, now=now) as desk:
        if leads_on(session=desk.session, act=SessionAct.START):
            _refuse_before_its_day(desk)
            _refuse_unless_cleared(desk)
            desk.session.status = SessionStatus.IN_TREATMENT
            desk.session.arrived_at = desk.session.arrived_at or now
            desk.session.started_at = now
            note_used(desk, used)
            finish(desk, deed=AuditAction.STARTED_SESSION)
    return desk.session


def complete(*, session: Session, completion: Completion, by: Actor, now: datetime) -> Session:
    """The session is over, and this is what came of it. Again changes nothing, whatever is said.

    What does not count is due once more. When the last treatment of a course is done the course is
    completed; reviews may still follow. Raises NotAllowed, Unknown, StateForbids, NotYet before its local
    day, and Refused (`review_awaited`, `outcome_reason_missing`, `reason_too_long`, `record_incomplete`,
    `record_too_long`, `unknown_record_field`, `unknown_record_choice`, `times_impossible`, what
    `cast_as_used` refuses). Locks: plan, session, change counter.
    """
    refuse_unless_may(by=by, act=Act.ATTEND)
    with at_desk(session=session, by=by, now=now) as desk:
        if leads_on(session=desk.session, act=SessionAct.COMPLETE):
            _refuse_before_its_day(desk)
            note_done(desk, completion)
    return desk.session


def miss(*, session: Session, by: Actor, now: datetime) -> Session:
    """The patient did not come. Their time is free, and the session is due once more. Again changes nothing.

    A person says so: no task may. Raises NotAllowed (`person_needed`), Unknown, StateForbids, and Refused
    (`visit_still_ahead`). Locks: plan, hold, sessions, pages, change counter.
    """
    refuse_unless_may(by=by, act=Act.ATTEND)
    if by.kind is ActorKind.TASK:
        raise NotAllowed("person_needed", _("Nobody is marked as missed by a machine. Ask the desk."))
    with at_desk(session=session, by=by, now=now) as desk:
        if leads_on(session=desk.session, act=SessionAct.MISS):
            _refuse_before_start(desk)
            give_up_as_missed(desk)
            finish(desk, deed=AuditAction.MISSED_SESSION)
    return desk.session


def give_up_as_missed(desk: AtDesk) -> None:
    """The session keeps its cast and times, and loses its claims. Locks: pages."""
    desk.act.lock_pages(given_up=[desk.session])
    desk.session.status = SessionStatus.MISSED
    repeat(desk)
    number_as_given(desk)


def _come_after_all(desk: AtDesk) -> None:
    session = desk.session
    if session.local_date != desk.today or session.starts_at is None:
        refuse_if_any([_of_another_day()])
    come_back(desk)


def come_back(desk: AtDesk) -> None:
    """One that was missed stands for its number again, at its time if nobody took it. Locks: pages."""
    number_back(desk, before_missed(session=desk.session) or Before())
    take_back_repeat(desk)
    take_time_back(desk)


def take_time_back(desk: AtDesk) -> None:
    """Let one that was missed have its time again if nobody took it, else none. Locks: pages."""
    session = desk.session
    before = before_missed(session=session) or Before()
    # What another system says was missed has no length that could be taken again.
    if session.starts_at is None:
        return
    kept = before.of_session(session)
    chosen = [one.diary_id for one in (kept and kept.claims) or () if one.asked_for]
    placed = as_booked(session=session, asked_for=named(clinic_id=session.clinic_id, diary_ids=chosen))
    if take_again(desk, placed=placed):
        session.starts_at = session.ends_at = session.local_time = None
        session.cast = []


def _of_another_day() -> Problem:
    return Problem(
        "missed_on_another_day",
        ProblemKind.BLOCKER,
        _(
            "This session was missed on another day. Let the patient stand in today's list as "
            "one who walked in."
        ),
    )


def note_used(desk: AtDesk, used: Used | None) -> None:
    if used:
        desk.session.used = cast_as_used(session=desk.session, used=used)
        take_into_their_care(session=desk.session, now=desk.now)


def _refuse_unless_cleared(desk: AtDesk) -> None:
    if desk.plan is not None and desk.plan.state == PlanState.AWAITING_REVIEW:
        sentence = _("A doctor must look at this course before it goes on. Ask them to clear it.")
        raise Refused([Problem("review_awaited", ProblemKind.BLOCKER, sentence)])


def _refuse_before_its_day(desk: AtDesk) -> None:
    """What is done counts on the day it is done: the rhythm and the windows of the course follow from it."""
    on = desk.session.local_date
    if on is not None and on > desk.today:
        sentence = _(
            "This session is on {on:l j F Y}. Move it to today first if the patient comes early.", on=on
        )
        raise NotYet("not_yet", sentence, {"on": str(on)})


def _refuse_before_start(desk: AtDesk) -> None:
    starts_at, site = desk.session.starts_at, desk.session.site
    if starts_at is not None and site is not None and desk.now < starts_at:
        sentence = _(
            "The session begins at {at:H:i}. Mark it as missed after that.", at=starts_at.astimezone(site.tz)
        )
        raise Refused([Problem("visit_still_ahead", ProblemKind.BLOCKER, sentence)])


def note_done(desk: AtDesk, completion: Completion) -> None:
    """The session is over. Raises Refused, as `complete` does."""
    session = desk.session
    problems = completion_problems(completion, session_type=session.session_type)
    refuse_if_any([*problems, *times_problems(desk, completion)])
    is_begun = session.status == SessionStatus.IN_TREATMENT
    if not is_begun and completion.outcome != Outcome.NOT_GIVEN:
        _refuse_unless_cleared(desk)
    done = instants_of(desk, completion)
    session.status = SessionStatus.COMPLETED
    session.arrived_at, session.started_at, session.finished_at = (
        done.arrived_at,
        done.started_at,
        done.finished_at,
    )
    session.outcome = completion.outcome
    session.outcome_reason = completion.kept_reason
    session.record = completion.kept_record
    session.counts = completion.moves_on
    session.used = session.used or session.cast
    note_used(desk, completion.used)
    if not session.counts:
        repeat(desk)
    number_as_given(desk)
    close_course(desk)
    finish(desk, deed=AuditAction.COMPLETED_SESSION)


def times_problems(desk: AtDesk, completion: Completion) -> Iterator[Problem]:
    """Whoever says when they came and left speaks of the day of the session, and of what is over."""
    if completion.arrived_at is None and completion.finished_at is None:
        return
    came, on = completion.arrived_at or desk.session.arrived_at, desk.session.local_date
    said = [at for at in (came, completion.finished_at) if at is not None]
    is_of_that_day = on is None or all(local_date(at, desk.zone) == on for at in said)
    if said != sorted(said) or not is_of_that_day or any(at > desk.now for at in said):
        sentence = _(
            "When they came and left is on the day of the session, one after the other, and not still to "
            "come. Look at the times again."
        )
        yield Problem("times_impossible", ProblemKind.BLOCKER, sentence)


def instants_of(desk: AtDesk, completion: Completion) -> _Done:
    """What nobody said is as it was planned; of a session entered days later, its end too."""
    session, latest = desk.session, completion.finished_at or desk.now
    is_today = session.local_date in (None, desk.today)
    came = completion.arrived_at or session.arrived_at
    # Who had no time was seen when they came.
    planned = session.starts_at or (desk.now if is_today or came is None else came)
    arrived_at = came or min(planned, latest)
    started_at = session.started_at or max(arrived_at, min(planned, latest))
    ends = session.ends_at or planned + timedelta(minutes=session.session_type.patient_minutes)
    if completion.arrived_at is not None:
        # Who came late was there as long as planned.
        ends += max(arrived_at - planned, timedelta(0))
    until = desk.now if is_today else max(started_at, min(ends, desk.now))
    finished_at = completion.finished_at or until
    return _Done(arrived_at, started_at, max(finished_at, started_at))


def close_course(desk: AtDesk) -> None:
    """The last treatment that counts is done, and none is due or ahead."""
    plan, session = desk.plan, desk.session
    if plan is None or session.kind != TREATMENT or not session.counts:
        return
    if any(one.status != SessionStatus.COMPLETED for one in desk.act.course(plan).treatments):
        return
    if plan.state in PLAN_STEPS[PlanAct.COMPLETE].begins:
        plan.state = PlanState.COMPLETED
