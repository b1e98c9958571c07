"""A course lies open on the desk: locked whole, changed, and closed with its windows, versions and log."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from django.db.models import F

from clinic.changelog.log import plan_written, record_changes, session_written
from clinic.identity.actors import Actor
from clinic.lookup import refuse_foreign
from clinic.models import Patient
from clinic.people.patients import lock_patient
from scheduling.booking.freed_time import offer_given_back
from scheduling.booking.release import end_own_hold, lock_holds, lock_time, reset_to_due
from scheduling.courses.course import course_of, lock_plan, lock_sessions
from scheduling.courses.windows import count_windows_anew
from scheduling.diaries.claims import diaries_of
from scheduling.messages.notices import tell_cancelled
from scheduling.messages.reminders import void_reminders
from scheduling.models import Hold, Session, SessionStatus, Wait, WaitState
from treatments.models import Plan, PlanState

_OVER = (SessionStatus.CANCELLED, SessionStatus.COMPLETED)


@dataclass(slots=True)
class OpenCourse:
    """A plan and its live sessions, or one session without a plan, all locked; and what was written of them.

    `before` are the diaries that showed a session when it was opened, `plan_fields` the columns of the
    plan that were changed. `off` are sessions that were promised and do not take place; the patient is told
    of them unless `is_told` is False.
    """

    patient: Patient
    plan: Plan | None
    sessions: list[Session]
    now: datetime
    before: dict[int, set[int]] = field(default_factory=dict)
    written: dict[int, Session] = field(default_factory=dict)
    plan_fields: set[str] = field(default_factory=set)
    off: list[Session] = field(default_factory=list)
    is_told: bool = True

    def named(self, session: Session) -> Session:
        """The session as it stands under the lock."""
        return next(one for one in self.sessions if one.pk == session.pk)

    def touch(self, sessions: Iterable[Session]) -> None:
        """They are a version newer; whoever calls writes them."""
        for session in sessions:
            session.version += 1
            session.changed_at = self.now
            self.written[session.pk] = session

    def rewrite(self, sessions: Collection[Session], *, fields: Sequence[str]) -> None:
        """Write these fields of the sessions, a version newer. One statement; none without sessions."""
        self.touch(sessions)
        if sessions:
            Session.objects.rewrite(sessions, fields=[*fields, "version", "changed_at"])

    def add(self, sessions: Sequence[Session]) -> None:
        """Write new sessions of the course."""
        Session.objects.bulk_create(sessions)
        self.sessions += sessions
        self.written |= {session.pk: session for session in sessions}


def open_course(*, plan: Plan, by: Actor, also: Session | None = None, now: datetime) -> OpenCourse:
    """Lock a course whole, and with it a session (`also`) that may stand for its number no more.

    Raises Unknown for another clinic's plan. Locks: patient, plan, hold, sessions.
    """
    refuse_foreign(by=by, unknown_plan=plan)
    patient = lock_patient(patient_id=plan.patient_id)
    plan = lock_plan(plan)
    # Nobody writes a held session without its hold: a sweep that gives it back is waited for.
    lock_holds(keys=list(Hold.objects.standing().filter(plan=plan).values_list("pk", flat=True)))
    sessions = list(course_of(plan=plan).sessions)
    if also is not None and all(session.pk != also.pk for session in sessions):
        sessions.append(also)
    return OpenCourse(patient, plan, lock_sessions(sessions), now)


def open_session(*, session: Session, by: Actor, now: datetime) -> OpenCourse:
    """The course of a session, or the session alone without one. Raises Unknown. Locks like `open_course`."""
    refuse_foreign(by=by, unknown_session=session)
    if session.plan is not None:
        return open_course(plan=session.plan, by=by, also=session, now=now)
    patient = lock_patient(patient_id=session.patient_id)
    return OpenCourse(patient, None, lock_sessions([session]), now)


def give_up_time(course: OpenCourse, sessions: Iterable[Session]) -> None:
    """Take the claims of these sessions away, and of all that the course only holds: that is due again.

    Their times stay written on the others. Once an act: after it no session may be locked. Locks: pages.
    """
    held = [session for session in course.sessions if session.is_held]
    timed = [session for session in sessions if session.starts_at is not None and not session.is_held]
    if not held and not timed:
        return
    # A hold was seen by nobody.
    course.before |= diaries_of(session_ids=[session.pk for session in timed])
    lock_time(clinic_id=course.patient.clinic_id, stretches=(), given_up=[*held, *timed], now=course.now)
    if held and course.plan is not None:
        end_own_hold(plan=course.plan, now=course.now)
        reset_to_due(held, now=course.now)
        course.written |= {session.pk: session for session in held}


def complete_if_done(course: OpenCourse) -> None:
    """A course of which nothing is left to do is completed."""
    plan = course.plan
    is_done = all(session.status == SessionStatus.COMPLETED for session in course.sessions)
    if plan is not None and plan.state == PlanState.ACTIVE and is_done:
        plan.state = PlanState.COMPLETED
        course.plan_fields.add("state")


def close_course(course: OpenCourse) -> None:
    """Count what is due anew, count the plan's version up and log every write. The transaction's last act."""
    plan, patient_diary = course.plan, course.patient.diary_id
    log = []
    if plan is not None:
        course.written |= {one.pk: one for one in count_windows_anew(plan=plan, now=course.now)}
        plan.version += 1
        plan.save(update_fields=["version", *sorted(course.plan_fields)])
        log.append(plan_written(plan, patient_diary_id=patient_diary))
    _tell(course)
    _wait_no_more(course)
    offer_given_back(sessions=course.off, now=course.now)
    standing = diaries_of(session_ids=list(course.written))
    for session in course.written.values():
        after = {patient_diary, *standing.get(session.pk, ())}
        before = {patient_diary, *course.before.get(session.pk, standing.get(session.pk, ()))}
        log.append(session_written(session, before=before, after=after))
    record_changes(clinic_id=course.patient.clinic_id, written=log, now=course.now)


def _tell(course: OpenCourse) -> None:
    """One mail about all that is off; the plan and its sessions are written."""
    if course.off and course.is_told:
        tell_cancelled(patient=course.patient, plan=course.plan, cancelled=course.off, now=course.now)
    elif course.off:
        void_reminders(sessions=course.off, now=course.now)


def _wait_no_more(course: OpenCourse) -> None:
    """Nobody waits for a session that is off or done; its patient is locked, and so nobody offers a time."""
    ended = [one.pk for one in course.written.values() if one.status in _OVER]
    if ended:
        waits = Wait.objects.of_clinic(course.patient.clinic_id).standing().filter(session__in=ended)
        waits.update(state=WaitState.WITHDRAWN, version=F("version") + 1)
