"""How sessions end before they begin: by whom, why, how late, and who comes in their place."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import timedelta

from clinic.errors import NotAllowed, Problem, ProblemKind
from clinic.identity.actors import Actor
from clinic.identity.permissions import may_waive
from clinic.plain_text import one_line, text_problems
from scheduling.booking.holds import LONGEST_REASON
from scheduling.course_changes.frame import OpenCourse, give_up_time
from scheduling.courses.attempts import hand_on_waits, next_attempts
from scheduling.courses.course import key_of, rules_of_plan
from scheduling.models import AHEAD, CancelledBy, Session, SessionStatus
from treatments.cadence import REVIEW
from treatments.models import PlanState

LATE = "late_cancel"
# The time of these was promised to somebody.
PROMISED = (*AHEAD, SessionStatus.ARRIVED)
_ENDED = [
    "status", "sequence", "cancelled_by", "cancelled_at", "cancel_reason", "is_late_cancel", "waived",
]  # fmt: skip


@dataclass(frozen=True, slots=True)
class Ending:
    """By whom sessions are cancelled and why; `waive` are codes to set aside, `tell` is whether to mail.

    `without_replacement` asks to leave a session of a course out for good, which is an amendment.
    """

    reason: str
    cancelled_by: str = CancelledBy.CLINIC
    waive: frozenset[str] = field(default_factory=frozenset)
    tell: bool = True
    without_replacement: bool = False


def ending_problems(ending: Ending) -> Iterator[Problem]:
    missing = "Say why: it is kept with the session."
    return text_problems(one_line(ending.reason), "reason", missing=missing, most=LONGEST_REASON)


def refuse_unless_may_waive(ending: Ending, *, by: Actor) -> None:
    """Raise NotAllowed (`may_not_waive`) for a rule that the actor may not set aside."""
    if any(not may_waive(by=by, code=code) for code in ending.waive):
        raise NotAllowed(
            "may_not_waive",
            "You may cancel, but not set aside that it is late. Cancel without that, or ask an owner, an "
            "administrator or a practitioner.",
        )


def end_sessions(
    course: OpenCourse, sessions: Sequence[Session], *, ending: Ending, by: Actor
) -> list[Problem]:
    """Cancel locked sessions of an open course; what was only held or due goes without ever having a time.

    Their claims go, their site, time and cast stay. Answers a warning for each that is late and was not
    set aside. Holds of the course end. Locks: pages.
    """
    give_up_time(course, sessions)
    promised = [session for session in sessions if _is_promised(session)]
    warnings = [problem for session in promised for problem in _late(session, course, ending, by)]
    for session in sessions:
        session.sequence += _is_promised(session)
        session.status = SessionStatus.CANCELLED
        session.cancelled_by, session.cancelled_at = ending.cancelled_by, course.now
        session.cancel_reason = one_line(ending.reason)
    course.rewrite(sessions, fields=_ENDED)
    course.sessions = [session for session in course.sessions if session not in sessions]
    course.off += promised
    course.is_told = ending.tell
    return warnings


def put_in_place(course: OpenCourse, ended: Iterable[Session]) -> list[Session]:
    """For each session of a course that goes on, another attempt that is due."""
    plan = course.plan
    if plan is None or plan.state in (PlanState.COMPLETED, PlanState.STOPPED):
        return []
    rules = {rule.key: rule for rule in rules_of_plan(plan=plan)}
    off = {key_of(session): session for session in ended}
    made = next_attempts(plan=plan, rules=[rules[key] for key in off if key in rules], now=course.now)
    course.add(made)
    for session in made:
        hand_on_waits(of=off[key_of(session)], to=session)
    return made


def _is_promised(session: Session) -> bool:
    return session.status in PROMISED and session.starts_at is not None


def _late(session: Session, course: OpenCourse, ending: Ending, by: Actor) -> Iterator[Problem]:
    """The clinic's policy: it is kept on the session, and refuses nothing."""
    hours = course.patient.clinic.notice_hours
    assert session.starts_at is not None, "only what has a time is late"
    is_late = session.starts_at - course.now < timedelta(hours=hours)
    if ending.cancelled_by != CancelledBy.PATIENT or not is_late:
        return
    if LATE in ending.waive:
        entry = {"code": LATE, "reason": one_line(ending.reason), "by": str(by)}
        session.waived = [*session.waived, entry]
        return
    session.is_late_cancel = True
    yield Problem(
        "late_cancel",
        ProblemKind.WARNING,
        f"{_session_words(session)} is cancelled late: {late_words(hours)}.",
    )


def late_words(hours: int) -> str:
    return f"patients are asked to cancel at least {hours} hour{'' if hours == 1 else 's'} before"


def _session_words(session: Session) -> str:
    if session.plan_id is None:
        return "The session"
    return f"{'Review' if session.kind == REVIEW else 'Session'} {session.number}"
