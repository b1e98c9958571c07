"""The acts that can be undone still, by what they are about. Reads."""

from collections.abc import Sequence
from datetime import datetime

from django.db.models import Q

from clinic.identity.actors import Actor
from clinic.models import Leave
from scheduling.courses.kept import Before
from scheduling.models import CourseAct, CourseActKind, Session
from scheduling.models.course_acts import CourseActQuerySet
from treatments.models import Plan


def undoable_at_desk(*, sessions: Sequence[Session], now: datetime) -> dict[int, CourseAct]:
    """Session → the act at the desk that left it as it stands, for those where it can be undone. One query.

    None without sessions, which are of one clinic.
    """
    if not sessions:
        return {}
    rows = CourseAct.objects.of_clinic(sessions[0].clinic_id).open(now)
    rows = rows.filter(session__in=sessions, kind=CourseActKind.ATTENDED)
    acts = {act.session_id: act for act in reversed(rows)}
    return {one.pk: acts[one.pk] for one in sessions if one.pk in acts and _left(acts[one.pk], one)}


def before_missed(*, session: Session) -> Before | None:
    """What stood before a session was missed, as long as it is kept. One query."""
    rows = CourseAct.objects.of_clinic(session.clinic_id).filter(session=session, undone_at__isnull=True)
    act = rows.filter(kind=CourseActKind.ATTENDED).order_by("-pk").first()
    return Before.from_json(act.before) if act is not None and _left(act, session) else None


def done_by(*, by: Actor, at: datetime) -> CourseAct | None:
    """What they did at that instant and can undo; None if it changed nothing. One query."""
    return _done(by, at).select_related("patient", "plan", "session").first()


def undoable_by(*, by: Actor, at: datetime) -> CourseAct | None:
    """The same, and of it no more than a client needs to undo it. One small query."""
    return _done(by, at).only("uuid", "undo_until").first()


def of_course(*, plan: Plan, by: Actor, now: datetime) -> CourseAct | None:
    """The act that left the course as it stands, if it can be undone. One query."""
    act = _seen(by, now).filter(plan=plan).first()
    return act if act is not None and _is_last(act, plan=plan) else None


def of_session(*, session: Session, by: Actor, now: datetime) -> CourseAct | None:
    """The act on the session, or on its course, that left it as it stands. One query; its plan is loaded."""
    about = Q(session=session) if session.plan is None else Q(plan=session.plan)
    act = _seen(by, now).filter(about).first()
    if act is None or not _left(act, session):
        return None
    return act if session.plan is None or _is_last(act, plan=session.plan) else None


def of_leave(*, leave: Leave, by: Actor, now: datetime) -> CourseAct | None:
    """The act that entered the leave, if it can be undone. One query."""
    rows = CourseAct.objects.seen_by(by).open(now).filter(kind=CourseActKind.LEAVE)
    entered = (act for act in rows for kept in Before.from_json(act.before).absences if kept.pk == leave.pk)
    return next(entered, None)


def _done(by: Actor, at: datetime) -> CourseActQuerySet:
    return CourseAct.objects.of_clinic(by.clinic_id).by(by).filter(at=at).order_by("-pk")


def _seen(by: Actor, now: datetime) -> "CourseActQuerySet":
    """What is done at the desk has a button of its own."""
    rows = CourseAct.objects.seen_by(by).open(now).exclude(kind=CourseActKind.ATTENDED)
    return rows.select_related("patient", "plan", "session")


def _is_last(act: CourseAct, *, plan: Plan) -> bool:
    kept = Before.from_json(act.before).plans if act.before else ()
    return any(one.pk == plan.pk and one.is_as_left(plan) for one in kept)


def _left(act: CourseAct, session: Session) -> bool:
    kept = Before.from_json(act.before).of_session(session) if act.before else None
    return kept is not None and kept.is_as_left(session)
