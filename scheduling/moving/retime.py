"""Sessions of one patient get another time in an open act: every rule, and what follows from it."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta

from clinic.audit_trail.write import AuditAction, AuditRecord
from clinic.errors import Problem, ProblemKind
from clinic.identity.permissions import set_aside, waived_entry
from clinic.models import Clinic
from clinic.sentences import sentence as _
from clinic.time.wall_clock import local_date
from scheduling.booking.reserve import Reservation, take_time
from scheduling.courses.course import Course, key_of
from scheduling.courses.open_act import OpenAct
from scheduling.courses.states import leads_on, timing_act
from scheduling.engine import booking_rules
from scheduling.engine.placed import PlacedSession
from scheduling.models import AHEAD, Session, Telling
from scheduling.moving.ripple import rhythm_problems, turn_problems
from treatments.cadence import TREATMENT, Key

Pairs = tuple[tuple[Session, PlacedSession], ...]


@dataclass(frozen=True, slots=True)
class MoveTerms:
    """On whose wish, and why: with a reason, what the actor's role may set aside is set aside.

    `told` is how the patient hears of it.
    """

    reason: str = ""
    by_patient: bool = False
    told: Telling = Telling.BY_MAIL


@dataclass(frozen=True, slots=True)
class Retiming:
    """Sessions of an open act and their new places, and their course as it stood, if they are of one.

    What stood for a session gives its time to it.
    """

    act: OpenAct
    course: Course | None
    pairs: Pairs
    terms: MoveTerms
    stood_for: tuple[Session, ...] = ()

    @property
    def dates(self) -> dict[Key, date]:
        """Of the whole course, once it is done."""
        known = {} if self.course is None else self.course.dates
        return known | {key_of(session): placed.local_date for session, placed in self.pairs}


def carry_out(move: Retiming) -> list[Session]:
    """Ask every rule and take the time; what the course only held gives way."""
    move.act.waiver, move.act.told = move.terms.reason, move.terms.told
    act, first, patient = move.act, move.pairs[0][0], move.act.patient(move.pairs[0][0])
    for session, __ in move.pairs:
        leads_on(session=session, act=timing_act(session))
    if move.course is not None and (hold := act.hold_of(move.course.plan)) is not None:
        act.end_hold(hold)
    rhythm = {} if move.course is None else _rhythm(move.course, move)
    problems = [*_hard_problems(move), *rhythm.values(), *_patients_problems(move)]
    waived = set_aside(problems=problems, waiver=move.terms.reason, by=act.by)
    before = [{"session": session.uuid, "starts_at": session.starts_at} for session, _ in move.pairs]
    had_time = any(session.status in AHEAD for session, _ in move.pairs)
    booked = _booked(move)
    waived += take_time(act, booked, waiver=move.terms.reason)
    first.patient_moves += move.terms.by_patient
    _mark(move, rhythm, waived)
    # The other sessions to come have other windows by the new dates.
    act.counts_booked = move.course is not None
    after = {"sessions": booked.times, "reason": move.terms.reason, "by_patient": move.terms.by_patient}
    deed = AuditAction.MOVED_SESSIONS if had_time else AuditAction.BOOKED_SESSION
    about = move.course.plan if move.course else first
    act.record(AuditRecord(deed, about, [patient.uuid], {"sessions": before}, after))
    return [session for session, _ in booked.pairs]


def _booked(move: Retiming) -> Reservation:
    """With the windows that the new dates make."""
    sessions, course = [session for session, _ in move.pairs], move.course
    windows = course.windows_of(sessions, dates=move.dates) if course else {}
    pairs = tuple((one, replace(placed, window=windows.get(key_of(one)))) for one, placed in move.pairs)
    taking = {session.pk for session in sessions}
    held = [session for session in course.sessions if session.is_held] if course else []
    given_up = [session for session in held if session.pk not in taking]
    return Reservation(pairs, move.act.patient(sessions[0]), given_up=(*given_up, *move.stood_for))


def _rhythm(course: Course, move: Retiming) -> dict[Key, Problem]:
    today = local_date(move.act.now, move.pairs[0][1].zone)
    return rhythm_problems(course=course, dates=move.dates, today=today)


def _hard_problems(move: Retiming) -> Iterator[Problem]:
    calendar = [placed for _, placed in move.pairs]
    yield from booking_rules.in_the_past(calendar, now=move.act.now)
    if move.course is None:
        return
    yield from turn_problems(placed=[session for session, _ in move.pairs], course=move.course)
    treatments = [placed for placed in calendar if placed.key.kind == TREATMENT]
    yield from booking_rules.one_a_day(treatments, standing=move.course.treatment_dates)


def _patients_problems(move: Retiming) -> Iterator[Problem]:
    if move.terms.by_patient:
        first = move.pairs[0][0]
        yield from policy_problems(session=first, clinic=move.act.patient(first).clinic, now=move.act.now)


def policy_problems(*, session: Session, clinic: Clinic, now: datetime) -> Iterator[Problem]:
    """How often, and until when, a patient may move a session: what stands against their moving this one."""
    if session.starts_at is None:
        return
    if session.patient_moves >= clinic.patient_moves:
        yield Problem(
            "moved_too_often",
            ProblemKind.WAIVABLE,
            _(
                "The patient has moved this session {times} times already. Give a reason to move it again.",
                times=session.patient_moves,
            ),
        )
    if session.starts_at - now < timedelta(hours=clinic.notice_hours):
        yield Problem(
            "moved_late",
            ProblemKind.WAIVABLE,
            _(
                "Patients move a session at least {hours} hours before it. Give a reason to move it now.",
                hours=clinic.notice_hours,
            ),
        )


def _mark(move: Retiming, rhythm: dict[Key, Problem], waived: Sequence[Problem]) -> None:
    """Note on each session which rule was set aside for it."""
    of_key = move.course.by_key if move.course else {}
    for problem in waived:
        keys = [key for key, of_rhythm in rhythm.items() if of_rhythm is problem]
        session = of_key[keys[0]] if keys else move.pairs[0][0]
        act = move.act
        entry = waived_entry(code=problem.code, reason=move.terms.reason, by=act.by, now=act.now)
        # It may stand against several hours of a session, and was set aside when that was moved before.
        if entry not in session.waived:
            session.waived = [*session.waived, entry]
