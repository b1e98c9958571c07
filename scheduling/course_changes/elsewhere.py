"""Sessions of a course that were done elsewhere: they count, and hold no time here."""

from collections.abc import Iterator, Sequence
from datetime import datetime

from clinic.audit_trail.write import AuditAction, AuditRecord
from clinic.errors import Problem, ProblemKind, refuse_if_any
from clinic.identity.actors import Actor
from clinic.identity.permissions import Act, refuse_unless_may
from clinic.lookup import refuse_foreign
from clinic.places.sites import today_at_home
from clinic.sentences import sentence as _
from scheduling.course_changes.cancel import give_up_time
from scheduling.courses.act import course_act
from scheduling.courses.done_elsewhere import Elsewhere, place_problems, set_done
from scheduling.courses.scope import ActScope
from scheduling.courses.states import PlanAct, SessionAct, complete_if_done, leads_on, plan_leads_on
from scheduling.models import Session, SessionStatus, Telling
from treatments.cadence import TREATMENT


def record_elsewhere(
    *, session: Session, done: Elsewhere, told: Telling = Telling.SILENT, by: Actor, now: datetime
) -> Session:
    """Note that a session of a course was done elsewhere. A time it had here is given back.

    Whoever was elsewhere knows it, unless `told` says that they are to hear that it is off here. It counts,
    and the windows after it are counted from its date. Doing it twice changes nothing. Raises NotAllowed,
    Unknown, StateForbids and Refused (`not_of_a_course`, `done_here`, `done_in_the_future`, `place_missing`,
    `place_too_long`, `out_of_order`). Locks: patient, plan, hold, sessions, pages, change counter.
    """
    refuse_unless_may(by=by, act=Act.AMEND)
    refuse_foreign(by=by, unknown_session=session)
    with course_act(by=by, now=now, scope=ActScope.of_session(session)) as act:
        locked = act.session(session)
        if locked.is_done_elsewhere:
            return locked
        refuse_if_any(_kind_problems(locked))
        leads_on(session=locked, act=SessionAct.RECORD_ELSEWHERE)
        assert locked.plan is not None, "a session without a course was refused"
        plan_leads_on(plan=locked.plan, act=PlanAct.AMEND)
        today, course = today_at_home(clinic_id=by.clinic_id, now=now), act.course(locked.plan)
        refuse_if_any([*place_problems(done, today=today), *_order_problems(locked, course.sessions, done)])
        before = {"status": locked.status, "starts_at": locked.starts_at}
        give_up_time(act, [locked])
        set_done(locked, done)
        act.told = told
        complete_if_done(act.course(locked.plan))
        after = {"status": locked.status, "on": done.on, "place": locked.done_at}
        about = AuditRecord(AuditAction.RECORDED_ELSEWHERE, locked, [act.patient(locked).uuid], before, after)
        act.record(about)
    return locked


def _order_problems(session: Session, sessions: Sequence[Session], done: Elsewhere) -> Iterator[Problem]:
    """Sessions follow each other on different days, and the third is not done before the second."""
    others = [one for one in sessions if one.kind == session.kind == TREATMENT and one.pk != session.pk]
    undated = [one.number for one in others if one.number < session.number and one.local_date is None]
    if undated:
        yield Problem(
            "out_of_order",
            ProblemKind.BLOCKER,
            _("Session {number} is not done yet. Record the sessions in their order.", number=min(undated)),
        )
    for one in others:
        on = one.local_date
        if on is None or one.is_held:
            continue
        if (on >= done.on) if one.number < session.number else (on <= done.on):
            yield Problem(
                "out_of_order",
                ProblemKind.BLOCKER,
                _(
                    "Session {other} is on {date}, so session {number} cannot have been on {on}. "
                    "Look at the date, or at which session it was.",
                    other=one.number,
                    date=on,
                    number=session.number,
                    on=done.on,
                ),
            )


def _kind_problems(session: Session) -> Iterator[Problem]:
    if session.plan_id is None:
        yield Problem(
            "not_of_a_course",
            ProblemKind.BLOCKER,
            _(
                "A session without a course counts for nothing elsewhere. Cancel it if it does "
                "not take place."
            ),
        )
    elif session.status == SessionStatus.COMPLETED:
        yield Problem(
            "done_here", ProblemKind.BLOCKER, _("This session was given here. Choose one that was not.")
        )
