"""An act under way: its locked rows, and what it has done so far."""

from collections.abc import Iterable, Sequence
from copy import copy
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from clinic.audit_trail.write import AuditAction, AuditRecord
from clinic.changelog.log import record_rows
from clinic.identity.actors import Actor, ActorKind, Way, task_actor
from clinic.models import Clinic, Leave, Patient
from clinic.time.intervals import Stretch
from scheduling.courses.course import Course, key_of
from scheduling.courses.expired_holds import lock_expired_holds, lock_held_sessions
from scheduling.courses.kept import Freed, Undoable, changed_columns
from scheduling.courses.policy import LONGEST_UNDO_SECONDS
from scheduling.courses.scope import ActScope, LockedRows
from scheduling.diaries.claims import Claimed, claims_of, diaries_in, unclaim
from scheduling.diaries.pages import LockedPages, lock_pages
from scheduling.models import AHEAD, CourseActKind, Hold, Session, SessionStatus, Telling, Wait
from scheduling.reseating.apply import Reseated
from treatments.models import Plan

HOLDS_TASK = "holds"
# Who is to come so soon hears at once.
SOON = timedelta(hours=3)
UNDO = timedelta(seconds=LONGEST_UNDO_SECONDS)


@dataclass(slots=True)
class OpenAct:
    """Locked rows that may be changed, and what is to be told of it.

    Sessions of a locked plan, and those named in the scope, are the act's own. Others that it comes by –
    they change seats for it, or their hold ran out – get a new version, and their plans keep theirs.
    `told` is how patients hear of what they notice, `counts_booked` whether sessions ahead, too, get the
    windows that they have now.
    """

    scope: ActScope
    rows: LockedRows
    by: Actor
    now: datetime
    stood: dict[int, Session] = field(init=False)
    plans_stood: dict[int, Plan] = field(init=False)
    own: set[int] = field(init=False)
    new: list[Session] = field(default_factory=list)
    gone: list[Session] = field(default_factory=list)
    begun: set[int] = field(default_factory=set)
    # Plans whose version grows whatever became of their columns.
    touched: set[int] = field(default_factory=set)
    touched_sessions: set[int] = field(default_factory=set)
    replaced: list[tuple[Session, Session]] = field(default_factory=list)
    ended_holds: list[Hold] = field(default_factory=list)
    freed: list[Freed] = field(default_factory=list)
    records: list[tuple[AuditRecord, Actor]] = field(default_factory=list)
    pages: LockedPages | None = None
    _courses: dict[tuple[Any, ...], Course] = field(default_factory=dict)
    shown_before: dict[int, set[int]] = field(default_factory=dict)
    shown_after: dict[int, set[int]] = field(default_factory=dict)
    # What is kept so that it can be undone; each wait that it wrote is named with how it stood.
    undoable: Undoable | None = None
    claims_stood: dict[int, Sequence[Claimed]] = field(default_factory=dict)
    waits_written: list[tuple[Wait, Wait]] = field(default_factory=list)
    new_care: list[tuple[int, int]] = field(default_factory=list)
    told: Telling = Telling.BY_MAIL
    counts_booked: bool = False
    # By how much versions and sequences of what it writes grow, instead of as they do.
    leap: int = 0
    # Why rest between courses is set aside, and why it is noted only now, for the trail; whether what stood
    # before is put back, or promised elsewhere.
    waiver: str = ""
    why: str = ""
    puts_back: bool = False
    brings_over: bool = False

    def __post_init__(self) -> None:
        self.stood = {pk: copy(session) for pk, session in self.rows.sessions.items()}
        self.own = {
            pk
            for pk, session in self.rows.sessions.items()
            if self.scope.is_whole or pk in self.scope.sessions or session.plan_id in self.rows.plans
        }
        self.plans_stood = {pk: copy(plan) for pk, plan in self.rows.plans.items()}

    @property
    def goes_out_at(self) -> datetime:
        """From when on others may hear of the act: the notices and the freed time that it leaves.

        What was done at the desk by mistake is taken back before that.
        """
        if self.by.kind is not ActorKind.USER or any(map(self._is_soon, self.changed)):
            return self.now
        return self.now + timedelta(seconds=self._clinic.undo_seconds)

    @property
    def changed(self) -> list[Session]:
        """Sessions that are to be written: new ones that take time, and those that are not as they stood."""
        rows = self.rows.sessions.values()
        return [one for one in rows if self.is_changed(one) and one not in self.gone]

    def is_changed(self, session: Session) -> bool:
        if session.version == 0 or session.pk in self.touched_sessions:
            return True
        return bool(changed_columns(session, self.stood[session.pk]))

    def can_be_undone(
        self,
        kind: CourseActKind,
        about: Plan | Session | None = None,
        *,
        until: datetime | None = None,
        entered: Leave | None = None,
    ) -> None:
        """What stood before it is kept when it closes."""
        self.undoable = Undoable(kind, about, until or self.now + UNDO, entered)

    def patient(self, of: Plan | Session) -> Patient:
        """The patient of a plan or a session, as they stand under the lock if they are locked."""
        return self.rows.patients.get(of.patient_id) or of.patient

    def plan(self, plan: Plan) -> Plan:
        """The plan as it stands under the lock."""
        return self.rows.plans[plan.pk]

    def session(self, session: Session) -> Session:
        """The session as it stands under the lock."""
        return self.rows.sessions[session.pk]

    def course(self, plan: Plan) -> Course:
        """The course as the act has left it so far."""
        plan = self.rows.plans[plan.pk]
        there = [one for one in self.rows.sessions.values() if one not in self.gone]
        course = Course.among([*there, *self.new], plan=plan)
        # Amended, it has other rules.
        meant = (plan.pk, plan.protocol_id, plan.session_count, plan.interval_days, plan.paused_until)
        if meant in self._courses:
            course = self._courses[meant].with_sessions(course.sessions)
        self._courses[meant] = course
        return course

    def hold_of(self, plan: Plan) -> Hold | None:
        """The standing hold of the course."""
        return next((hold for hold in self.rows.holds.values() if hold.plan_id == plan.pk), None)

    def adopt(self, sessions: Iterable[Session]) -> None:
        """Sessions that were locked a moment ago, and are to change from here on."""
        for session in sessions:
            if session.pk not in self.rows.sessions:
                self.rows.sessions[session.pk] = session
                self.stood[session.pk] = copy(session)

    def begin_course(self, plan: Plan) -> Plan:
        """A plan that was written a moment ago is the act's own; what becomes of it is its first version."""
        self.rows.plans[plan.pk] = plan
        self.plans_stood[plan.pk] = copy(plan)
        self.begun.add(plan.pk)
        return plan

    def begin(self, sessions: Sequence[Session]) -> None:
        """Write sessions that take time in this act: claims point at them. Closing gives them a version."""
        for session in sessions:
            session.version = 0
        Session.objects.bulk_create(sessions)
        self.adopt(sessions)
        self.own.update(session.pk for session in sessions)

    def touch_sessions(self, sessions: Iterable[Session]) -> None:
        """Sessions are other ones to who reads them, though none of their columns may have changed."""
        self.touched_sessions.update(session.pk for session in sessions)

    def add(self, sessions: Iterable[Session]) -> None:
        """New sessions that are due; they are written when the act closes."""
        self.new += sessions

    def remove(self, session: Session) -> None:
        """It never was: whoever reads the log hears of it once more."""
        self.gone.append(session)

    def replace(self, of: Session, by: Session) -> None:
        """Whoever waits for the one waits for the other from now on."""
        self.replaced.append((of, by))

    def touch(self, plan: Plan) -> None:
        """The course is another one, though none of its columns changed."""
        self.touched.add(plan.pk)

    def count_windows(self, plan: Plan) -> None:
        """What is due gets the windows that follow from the course as it is by now."""
        course = self.course(plan)
        counted = [s for s in course.sessions if s.is_due or (self.counts_booked and s.status in AHEAD)]
        windows = course.windows_of(counted) if counted else {}
        for session in counted:
            session.window = windows.get(key_of(session), session.window)

    def record(self, record: AuditRecord, *, by: Actor | None = None) -> None:
        """For the trail; by who acts, unless somebody else is named."""
        self.records.append((record, by or self.by))

    def lock_pages(
        self, stretches: Sequence[Stretch] = (), *, given_up: Iterable[Session] = ()
    ) -> LockedPages:
        """Lock the pages of the stretches and of all that is given back for them, and give it back. Once.

        Given back is what the sessions `given_up` claim, and every hold that ran out on one of the
        stretches. After it no session may be locked.
        """
        assert self.pages is None, "pages are locked once in an act"
        sessions = [*given_up, *self._run_out(stretches)]
        claims = claims_of(session_ids=[session.pk for session in sessions])
        claimed = [one.stretch for of_session in claims.values() for one in of_session]
        self.pages = lock_pages(clinic_id=self.by.clinic_id, stretches=[*stretches, *claimed])
        self.claims_stood |= claims
        self.shown_before |= {session.pk: set() for session in sessions} | diaries_in(claims)
        self.shown_after |= {session.pk: set() for session in sessions}
        if claimed:
            unclaim(pages=self.pages, session_ids=list(claims), stretches=claimed)
        return self.pages

    def release(self, hold: Hold) -> list[Session]:
        """Give back the time of a locked hold; returns its sessions, which are due. Locks: pages."""
        sessions = self.end_hold(hold)
        self.lock_pages(given_up=sessions)
        self.make_due(sessions)
        self.record_release(hold)
        return sessions

    def record_release(self, hold: Hold, *, by: Actor | None = None) -> None:
        """For the trail: the time of the hold is free, and nobody booked it."""
        patients = [hold.plan.patient.uuid] if hold.plan else []
        self.record(AuditRecord(AuditAction.RELEASED_HOLD, hold, patients), by=by)

    def end_hold(self, hold: Hold) -> list[Session]:
        """The hold is over; returns its sessions, which are locked and as they were."""
        self.ended_holds.append(hold)
        if hold.pk not in self.rows.holds:
            self.adopt(lock_held_sessions([hold]))
        return [session for session in self.rows.sessions.values() if session.hold_id == hold.pk]

    def write_ended_holds(self) -> None:
        """Before another hold of the course is written: one of them stands."""
        standing = [hold for hold in self.ended_holds if hold.released_at is None]
        for hold in standing:
            hold.released_at = self.now
            hold.touch(self.now)
        Hold.objects.rewrite(standing, fields=["released_at", "version", "changed_at"])
        record_rows(changed=standing, now=self.now)

    def make_due(self, sessions: Iterable[Session]) -> None:
        """Sessions whose claims are gone have no time either; what stood for another one goes."""
        for session in sessions:
            if session.stands_for_id:
                self.remove(session)
                continue
            session.status, session.hold, session.site = SessionStatus.DUE, None, None
            session.local_date = session.local_time = session.starts_at = session.ends_at = None
            session.cast = []

    def reseat(self, reseated: Iterable[Reseated]) -> None:
        """Adopted sessions have others serving in them."""
        for one in reseated:
            pk = one.session.pk
            self.claims_stood[pk] = one.before
            self.shown_before |= diaries_in({pk: one.before})
            self.shown_after[pk] = one.after
            self.take_care(one.session, one.new_care)
            self.record(one.record)

    def take_care(self, session: Session, practitioner_ids: Iterable[int]) -> None:
        """These treat the patient of the session from now on, and did not before."""
        self.new_care += [(session.patient_id, key) for key in practitioner_ids]

    @property
    def _clinic(self) -> Clinic:
        return self.rows.clinic or Clinic.objects.get(pk=self.by.clinic_id)

    def _is_soon(self, session: Session) -> bool:
        times = (session.starts_at, self.stood[session.pk].starts_at)
        return any(at is not None and at < self.now + SOON for at in times)

    def _run_out(self, stretches: Sequence[Stretch]) -> list[Session]:
        """The sessions of holds that ran out on one of the stretches: they are due again."""
        holds = lock_expired_holds(clinic_id=self.by.clinic_id, on=stretches, now=self.now)
        self.adopt(lock_held_sessions(holds) if holds else ())
        by = task_actor(clinic_id=self.by.clinic_id, label=HOLDS_TASK, way=Way.TASK)
        sessions = []
        for hold in holds:
            self.ended_holds.append(hold)
            sessions += [one for one in self.rows.sessions.values() if one.hold_id == hold.pk]
            self.record_release(hold, by=by)
        self.make_due(sessions)
        return sessions
