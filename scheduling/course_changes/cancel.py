"""Cancelling a session, the rest of a course, or a whole plan, and what is due in their place."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from clinic.audit_trail.write import AuditAction, AuditRecord
from clinic.errors import ClinicError, NotAllowed, Problem, ProblemKind, refuse_if_any
from clinic.identity.actors import Actor
from clinic.identity.permissions import Act, may_waive, refuse_unless_may, waived_entry
from clinic.lookup import refuse_foreign
from clinic.plain_text import one_line, text_problems
from clinic.sentences import Sentence, counted
from clinic.sentences import sentence as _
from scheduling.booking.holds import LONGEST_REASON
from scheduling.courses.act import course_act
from scheduling.courses.course import key_of, next_attempts
from scheduling.courses.open_act import OpenAct
from scheduling.courses.scope import ActScope
from scheduling.courses.states import PlanAct, SessionAct, leads_on, plan_leads_on
from scheduling.models import AHEAD, PROMISED, CancelledBy, CourseActKind, Session, SessionStatus, Telling
from treatments.models import Plan, PlanState

LATE = "late_cancel"
_NOT_BEGUN = (SessionStatus.DUE, SessionStatus.HELD, *AHEAD)


@dataclass(frozen=True, slots=True)
class Ending:
    """By whom sessions are cancelled and why; `waive` are codes to set aside, `told` is how patients hear.

    `without_replacement` asks to leave a session of a course out for good, which is an amendment.
    """

    reason: str
    cancelled_by: str = CancelledBy.CLINIC
    waive: frozenset[str] = field(default_factory=frozenset)
    told: Telling = Telling.BY_MAIL
    without_replacement: bool = False


@dataclass(frozen=True, slots=True)
class Cancelled:
    """What is off, what is due in its place, and what is worth saying about it."""

    sessions: tuple[Session, ...] = ()
    due: tuple[Session, ...] = ()
    warnings: tuple[Problem, ...] = ()


def cancel_session(*, session: Session, ending: Ending, by: Actor, now: datetime) -> Cancelled:
    """Cancel one session. Its number in a course goes to another attempt, which is due.

    Late or not, it is cancelled; that it was late is kept, unless somebody who may sets it aside. Doing it
    twice changes nothing. Raises NotAllowed, Unknown, StateForbids and Refused (`reason_missing`,
    `reason_too_long`, `amend_instead`, `release_instead`). Locks: patient, plan, hold, sessions, pages,
    change counter.
    """
    refuse_unless_may(by=by, act=Act.CANCEL)
    refuse_foreign(by=by, unknown_session=session)
    with course_act(by=by, now=now, scope=ActScope.of_session(session)) as act:
        locked = act.session(session)
        if not leads_on(session=locked, act=SessionAct.CANCEL):
            return Cancelled((locked,))
        refuse_if_any([*ending_problems(ending), *_session_problems(locked, ending)])
        refuse_unless_may_waive(ending, by=by)
        warnings = end_sessions(act, [locked], ending=ending)
        due = put_in_place(act, [locked])
        act.can_be_undone(CourseActKind.CANCELLED, locked)
        done = Cancelled((locked,), tuple(due), tuple(warnings))
        _note(AuditAction.CANCELLED_SESSION, act, done, about=locked)
    return done


def cancel_rest(*, plan: Plan, ending: Ending, keep_due: bool = False, by: Actor, now: datetime) -> Cancelled:
    """Cancel every treatment that has not begun: the course ends with what was done.

    What was done may still be reviewed: then the plan goes on with as many sessions as were begun, else it
    is stopped. With `keep_due` only the times are given back, and the sessions are due again. Raises as
    `cancel_session`; the locks are the same.
    """
    refuse_unless_may(by=by, act=Act.CANCEL)
    refuse_foreign(by=by, unknown_plan=plan)
    with course_act(by=by, now=now, scope=ActScope.of_plan(plan)) as act:
        course = act.course(plan)
        if not plan_leads_on(plan=course.plan, act=PlanAct.STOP):
            return Cancelled()
        _refuse(ending, by)
        off = [one for one in course.treatments if one.status in _NOT_BEGUN]
        if keep_due:
            off = [one for one in off if one.status in AHEAD]
        elif not any(one.status not in _NOT_BEGUN for one in course.treatments):
            # A review of nothing.
            off = [one for one in course.sessions if one.status in _NOT_BEGUN]
        warnings = end_sessions(act, off, ending=ending, plan=plan)
        due = put_in_place(act, off) if keep_due else []
        if not keep_due:
            _end_rest(act, plan)
        act.can_be_undone(CourseActKind.CANCELLED, course.plan)
        done = Cancelled(tuple(off), tuple(due), tuple(warnings))
        _note(AuditAction.CANCELLED_COURSE, act, done, about=course.plan)
    return done


def stop_plan(*, plan: Plan, ending: Ending, by: Actor, now: datetime) -> Cancelled:
    """Cancel everything of a plan that is not under way or done, reviews too, and stop it.

    Raises as `cancel_session`; the locks are the same.
    """
    refuse_unless_may(by=by, act=Act.CANCEL)
    refuse_foreign(by=by, unknown_plan=plan)
    with course_act(by=by, now=now, scope=ActScope.of_plan(plan)) as act:
        course = act.course(plan)
        if not plan_leads_on(plan=course.plan, act=PlanAct.STOP):
            return Cancelled()
        _refuse(ending, by)
        off = [one for one in course.sessions if one.status in (*_NOT_BEGUN, SessionStatus.ARRIVED)]
        warnings = end_sessions(act, off, ending=ending, plan=plan)
        course.plan.state = PlanState.STOPPED
        act.can_be_undone(CourseActKind.CANCELLED, course.plan)
        done = Cancelled(tuple(off), (), tuple(warnings))
        _note(AuditAction.STOPPED_COURSE, act, done, about=course.plan)
    return done


def end_sessions(
    act: OpenAct, sessions: Sequence[Session], *, ending: Ending, plan: Plan | None = None
) -> list[Problem]:
    """Cancel sessions of an open act; what was only held or due goes without ever having a time.

    Their claims go, their site, time and cast stay. Answers a warning for each that is late and was not
    set aside. The holds of their course end; `plan` names it if there may be no session. Locks: pages.
    """
    give_up_time(act, sessions, plan=plan)
    warnings = [
        problem for session in sessions if _is_promised(session) for problem in _late(session, act, ending)
    ]
    for session in sessions:
        session.status = SessionStatus.CANCELLED
        session.cancelled_by, session.cancelled_at = ending.cancelled_by, act.now
        session.cancel_reason = one_line(ending.reason)
    act.told = ending.told
    return warnings


def give_up_time(act: OpenAct, sessions: Sequence[Session], *, plan: Plan | None = None) -> None:
    """Take the claims of these sessions away, and of all that their course only holds: that is due again.

    Their times stay written on the others. Locks: pages.
    """
    of = plan or next((session.plan for session in sessions if session.plan is not None), None)
    hold = None if of is None else act.hold_of(of)
    held = [] if hold is None else act.end_hold(hold)
    timed = [session for session in sessions if session.starts_at is not None and not session.is_held]
    if held or timed:
        act.lock_pages(given_up=[*held, *timed])
        act.make_due(held)


def put_in_place(act: OpenAct, ended: Sequence[Session]) -> list[Session]:
    """For each session of a course that goes on, another attempt that is due."""
    plan = next((session.plan for session in ended if session.plan is not None), None)
    if plan is None or plan.state in (PlanState.COMPLETED, PlanState.STOPPED):
        return []
    rules = {rule.key: rule for rule in act.course(plan).rules}
    off = {key_of(session): session for session in ended}
    made = next_attempts(plan=plan, rules=[rules[key] for key in off if key in rules], now=act.now)
    act.add(made)
    for session in made:
        act.replace(off[key_of(session)], session)
    return made


def ending_problems(ending: Ending) -> Iterator[Problem]:
    missing = _("Say why: it is kept with the session.")
    return text_problems(one_line(ending.reason), "reason", missing=missing, most=LONGEST_REASON)


def refuse_unless_may_waive(ending: Ending, *, by: Actor) -> None:
    """Raise NotAllowed (`may_not_waive`) for a rule that the actor may not set aside."""
    if any(not may_waive(by=by, code=code) for code in ending.waive):
        raise NotAllowed(
            "may_not_waive",
            _(
                "You may cancel, but not set aside that it is late. Cancel without that, or ask "
                "an owner, an administrator or a practitioner."
            ),
        )


def rules_behind(refusal: ClinicError) -> list[Problem]:
    """What the actor may not set aside, of a refusal that says so."""
    if refusal.code != "may_not_waive":
        return []
    return [Problem(LATE, ProblemKind.WAIVABLE, refusal.sentence)]


def late_words(hours: int) -> Sentence:
    return counted(
        "patients are asked to cancel at least {count} hour before",
        "patients are asked to cancel at least {count} hours before",
        count=hours,
    )


def _refuse(ending: Ending, by: Actor) -> None:
    refuse_if_any(ending_problems(ending))
    refuse_unless_may_waive(ending, by=by)


def _session_problems(session: Session, ending: Ending) -> Iterator[Problem]:
    if session.is_held:
        yield Problem(
            "release_instead",
            ProblemKind.BLOCKER,
            _("This time is only held. Release the hold of the course."),
        )
    elif session.plan_id is not None and (session.is_due or ending.without_replacement):
        yield Problem(
            "amend_instead",
            ProblemKind.BLOCKER,
            _(
                "A session that was cancelled is due again. To leave one out for good, amend the "
                "course to fewer sessions."
            ),
        )


def _end_rest(act: OpenAct, plan: Plan) -> None:
    """What stands is the whole course now, if there is anything left to do about it."""
    course = act.course(plan)
    if all(one.status == SessionStatus.COMPLETED for one in course.sessions):
        course.plan.state = PlanState.STOPPED
    elif course.treatments:
        course.plan.session_count = max(one.number for one in course.treatments)


def _note(deed: AuditAction, act: OpenAct, done: Cancelled, *, about: Session | Plan) -> None:
    before = [{"session": one.uuid, "starts_at": one.starts_at} for one in done.sessions]
    plan = about.plan if isinstance(about, Session) else about
    after = {
        "cancelled": [
            {"session": one.uuid, "by": one.cancelled_by, "is_late": one.is_late_cancel}
            for one in done.sessions
        ],
        "reason": next((one.cancel_reason for one in done.sessions), ""),
        "due": [one.uuid for one in done.due],
        "state": plan and plan.state,
    }
    act.record(AuditRecord(deed, about, [act.patient(about).uuid], {"sessions": before}, after))


def _is_promised(session: Session) -> bool:
    return session.status in PROMISED and session.starts_at is not None


def _late(session: Session, act: OpenAct, ending: Ending) -> Iterator[Problem]:
    """The clinic's policy: it is kept on the session, and refuses nothing."""
    hours = act.patient(session).clinic.notice_hours
    assert session.starts_at is not None, "only what has a time is late"
    is_late = session.starts_at - act.now < timedelta(hours=hours)
    if ending.cancelled_by != CancelledBy.PATIENT or not is_late:
        return
    if LATE in ending.waive:
        entry = waived_entry(code=LATE, reason=one_line(ending.reason), by=act.by, now=act.now)
        session.waived = [*session.waived, entry]
        return
    session.is_late_cancel = True
    yield Problem(
        "late_cancel",
        ProblemKind.WARNING,
        _(
            "{session} is cancelled late: {policy}.",
            session=key_of(session).words if session.plan_id else _("The session"),
            policy=late_words(hours),
        ),
    )
