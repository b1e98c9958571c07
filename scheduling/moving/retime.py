"""Locked sessions of one patient get another time: every rule, what follows from it, and who is told.

Whoever calls has a transaction open and has locked the patient, the plan and the site hours.
"""

from collections.abc import Iterator, Mapping, Sequence
from copy import copy
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta

from clinic.audit_trail.write import AuditAction, AuditRecord, record_audit
from clinic.errors import Problem, ProblemKind
from clinic.identity.actors import Actor
from clinic.identity.permissions import set_aside
from clinic.models import Clinic, Patient
from clinic.time.wall_clock import local_date
from scheduling.booking.release import end_own_hold
from scheduling.booking.reserve import Reservation, record, take_into_care_of, take_time
from scheduling.courses.course import Course, course_of, key_of, lock_sessions
from scheduling.courses.states import leads_on, timing_act
from scheduling.courses.windows import write_changed_windows
from scheduling.engine import booking_rules
from scheduling.engine.placed import PlacedSession
from scheduling.messages.notices import TimeChange, tell_moved
from scheduling.messages.reminders import plan_reminders
from scheduling.models import AHEAD, Session, SessionStatus
from scheduling.moving.ripple import rhythm_problems, turn_problems
from treatments.cadence import TREATMENT, Key
from treatments.models import Plan

Pairs = tuple[tuple[Session, PlacedSession], ...]


@dataclass(frozen=True, slots=True)
class MoveTerms:
    """On whose wish, and why: with a reason, what the actor's role may set aside is set aside."""

    reason: str = ""
    by_patient: bool = False


@dataclass(frozen=True, slots=True)
class Retiming:
    """Locked sessions and their new places, and their course, locked whole, if they are of one.

    What stood for a session gives its time to it.
    """

    patient: Patient
    course: Course | None
    pairs: Pairs
    terms: MoveTerms
    now: datetime
    stood_for: tuple[Session, ...] = ()

    @property
    def plan(self) -> Plan | None:
        return self.course.plan if self.course else None


def lock_course_whole(plan: Plan, now: datetime) -> Course:
    course = course_of(plan=plan)
    if any(session.is_held for session in course.sessions):
        end_own_hold(plan=plan, now=now)
    return course.with_sessions(lock_sessions(course.sessions))


def carry_out(move: Retiming, *, by: Actor) -> list[Session]:
    """Rules, time, windows, the trail, reminders and the change log, in this order."""
    first, now, plan = move.pairs[0][0], move.now, move.plan
    for session, _ in move.pairs:
        leads_on(session=session, act=timing_act(session))
    rhythm = {} if move.course is None else _rhythm(move.course, move)
    problems = [*_hard_problems(move), *rhythm.values(), *_patients_problems(move)]
    waived = set_aside(problems=problems, waiver=move.terms.reason, by=by)
    before = [{"session": session.uuid, "starts_at": session.starts_at} for session, _ in move.pairs]
    stood = {session.pk: copy(session) for session, _ in move.pairs if session.status in AHEAD}
    booked = _booked(move)
    taken = take_time(booked, by=by, now=now, waiver=move.terms.reason)
    first.patient_moves += move.terms.by_patient
    marked = _mark(move, rhythm, [*waived, *taken.waived], by=by)
    Session.objects.rewrite(marked, fields=["waived", "patient_moves"])
    take_into_care_of(booked, now=now)
    after = {"sessions": booked.times, "reason": move.terms.reason, "by_patient": move.terms.by_patient}
    deed = AuditAction.MOVED_SESSIONS if stood else AuditAction.BOOKED_SESSION
    told = AuditRecord(deed, plan or first, [move.patient.uuid], {"sessions": before}, after)
    record_audit(told, by=by, now=now)
    moved = [session for session, _ in booked.pairs]
    others = [] if move.course is None else _count_windows(move.course, move)
    if plan is not None:
        plan.version += 1
        plan.save(update_fields=["version"])
    _tell(move, moved, stood, now)
    record(booked, plan=plan, also=others, taken=taken, now=now)
    return moved


def _tell(move: Retiming, moved: Sequence[Session], stood: Mapping[int, Session], now: datetime) -> None:
    """One mail about what moved; what had no time yet gets its reminders."""
    new = [session for session in moved if session.pk not in stood]
    plan_reminders(sessions=new, clinic=move.patient.clinic, now=now)
    told = [
        TimeChange(
            session,
            was.starts_at,
            was_until=was.ends_at,
            was_site=was.site,
            was_with=_lead_lost(was, session),
        )
        for session in moved
        if (was := stood.get(session.pk)) is not None and was.starts_at is not None
    ]
    tell_moved(patient=move.patient, plan=move.plan, moved=told, now=now)


def _lead_lost(was: Session, session: Session) -> str:
    """Who treated the patient, where somebody else does now."""
    return was.lead if was.lead != session.lead else ""


def _booked(move: Retiming) -> Reservation:
    """With the windows that the new dates make; what the course only held gives way."""
    sessions, course = [session for session, _ in move.pairs], move.course
    windows = course.windows_of(sessions, dates=_dates(course, move)) if course else {}
    pairs = tuple((one, replace(placed, window=windows.get(key_of(one)))) for one, placed in move.pairs)
    taking = {session.pk for session in sessions}
    held = [session for session in course.sessions if session.is_held] if course else []
    given_up = [session for session in held if session.pk not in taking]
    return Reservation(pairs, move.patient, given_up=(*given_up, *move.stood_for))


def _dates(course: Course, move: Retiming) -> dict[Key, date]:
    return course.dates | {key_of(one): placed.local_date for one, placed in move.pairs}


def _rhythm(course: Course, move: Retiming) -> dict[Key, Problem]:
    today = local_date(move.now, move.pairs[0][1].zone)
    return rhythm_problems(course=course, dates=_dates(course, move), today=today)


def _hard_problems(move: Retiming) -> Iterator[Problem]:
    calendar = [placed for _, placed in move.pairs]
    yield from booking_rules.in_the_past(calendar, now=move.now)
    if move.course is None:
        return
    yield from turn_problems(placed=[session for session, _ in move.pairs], course=move.course)
    treatments = [placed for placed in calendar if placed.key.kind == TREATMENT]
    yield from booking_rules.one_a_day(treatments, standing=move.course.treatment_dates)


def _patients_problems(move: Retiming) -> Iterator[Problem]:
    if move.terms.by_patient:
        yield from policy_problems(session=move.pairs[0][0], clinic=move.patient.clinic, now=move.now)


def policy_problems(*, session: Session, clinic: Clinic, now: datetime) -> Iterator[Problem]:
    """How often, and until when, a patient may move a session: what stands against their moving this one."""
    if session.starts_at is None:
        return
    if session.patient_moves >= clinic.patient_moves:
        yield Problem(
            "moved_too_often",
            ProblemKind.WAIVABLE,
            f"The patient has moved this session {session.patient_moves} times already. Give a reason to "
            "move it again.",
        )
    if session.starts_at - now < timedelta(hours=clinic.notice_hours):
        yield Problem(
            "moved_late",
            ProblemKind.WAIVABLE,
            f"Patients move a session at least {clinic.notice_hours} hours before it. Give a reason to move "
            "it now.",
        )


def _mark(
    move: Retiming, rhythm: dict[Key, Problem], waived: Sequence[Problem], *, by: Actor
) -> list[Session]:
    """Note on each session which rule was set aside for it; returns those that were written on."""
    first, written = move.pairs[0][0], {move.pairs[0][0].pk: move.pairs[0][0]}
    of_key = move.course.by_key if move.course else {}
    for problem in waived:
        keys = [key for key, of_rhythm in rhythm.items() if of_rhythm is problem]
        session = of_key[keys[0]] if keys else first
        entry = {"code": problem.code, "reason": move.terms.reason.strip(), "by": str(by)}
        session.waived = [*session.waived, entry]
        written[session.pk] = session
    return list(written.values())


def _count_windows(course: Course, move: Retiming) -> list[Session]:
    """The other sessions to come, where the new dates give them another window."""
    taking = {session.pk for session, _ in move.pairs}
    to_come = (SessionStatus.DUE, *AHEAD)
    others = [s for s in course.sessions if s.pk not in taking and s.status in to_come]
    return write_changed_windows(others, course.windows_of(others, dates=_dates(course, move)), now=move.now)
