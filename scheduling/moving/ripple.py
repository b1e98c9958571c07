"""The ripple: what moving a session does to the rest of its course. Reads only."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime

from clinic.errors import Problem, ProblemKind
from clinic.models import Resource, Site
from clinic.sentences import counted
from clinic.sentences import sentence as _
from clinic.time.wall_clock import local_date
from scheduling.courses.course import Course, key_of
from scheduling.courses.states import SessionAct, timing_act
from scheduling.engine import booking_rules
from scheduling.engine.placed import PlacedSession
from scheduling.engine.proposal import Proposal
from scheduling.models import AHEAD, HERE, Session, SessionStatus
from scheduling.moving.ripple_placement import Movable, place_anew
from treatments.cadence import REVIEW, TREATMENT, Key, Window
from treatments.models import Plan
from treatments.wishes import Wishes, wishes_from

_OUTSIDE = ("outside_window", "far_outside_window")


@dataclass(frozen=True, slots=True)
class Destination:
    """Where a session is to go: its start (aware), and where and with whom if that is to change."""

    starts_at: datetime
    site: Site | None = None
    practitioner: Resource | None = None


@dataclass(frozen=True, slots=True)
class RippleAsked:
    """What may move along: nothing, or also what patients confirmed and what keeps a stored hard wish."""

    alone: bool = False
    moves_confirmed: bool = False
    bends_wishes: bool = False


@dataclass(frozen=True, slots=True)
class Ripple:
    """A course after a move: what moves and where to, what stays, and what stands against it.

    A waivable problem falls to those whose role may set it aside, with a reason. Without a proposal
    nothing can be done as it was asked.
    """

    proposal: Proposal | None
    moved: tuple[tuple[Session, PlacedSession], ...]
    kept: tuple[Session, ...]
    problems: tuple[Problem, ...] = ()


def ripple_after(*, course: Course, first: PlacedSession | None, asked: RippleAsked, now: datetime) -> Ripple:
    """What the sessions of a course do when one is put elsewhere, or when one became due in its midst.

    `first` is the placed session, which stands; every later one that still fits is kept, the rest is
    placed anew with the fewest and smallest moves. Without `first` the whole course is looked at.
    """
    sessions, dates = course.sessions, course.dates
    placed: list[PlacedSession] = []
    if first is not None:
        placed, dates[first.key] = [first], first.local_date
    stuck: list[Problem] = []
    if not asked.alone:
        for of_kind in _movable(course, first, asked, now):
            set_aside = frozenset(key_of(session) for session in sessions if _was_put_outside(session))
            wishes = _wishes(course.plan, asked)
            movable = Movable(course.with_sessions(of_kind), dates, wishes, set_aside)
            placing = place_anew(movable, now=now)
            # A review that finds no time stays, and the windows say what is wrong with that.
            if placing.stuck is not None and placing.stuck.kind == TREATMENT:
                stuck.append(_stuck(placing.stuck, is_after_a_move=first is not None))
            placed += placing.placed
            dates |= {one.key: one.local_date for one in placing.placed}
    of_key = course.by_key
    moved = tuple((of_key[one.key], one) for one in placed)
    stuck += turn_problems(placed=[session for session, _ in moved], course=course)
    today = local_date(now, course.home_site(now).tz)
    problems = stuck or list(rhythm_problems(course=course, dates=dates, today=today).values())
    return Ripple(
        proposal=_proposal(course.plan, placed) if placed and not stuck else None,
        moved=moved,
        kept=_kept(sessions, placed),
        problems=tuple(problems),
    )


def turn_problems(*, placed: Sequence[Session], course: Course) -> Iterator[Problem]:
    """What gets its first time comes after no treatment that is left without one."""
    first_time = [key_of(session) for session in placed if timing_act(session) is SessionAct.BOOK]
    taking = {session.pk for session in placed}
    left_due = [key_of(session) for session in course.untimed if session.pk not in taking]
    return booking_rules.in_turn(first_time, due=left_due)


def rhythm_problems(*, course: Course, dates: Mapping[Key, date], today: date) -> dict[Key, Problem]:
    """Of the sessions ahead, those outside the windows that these dates give them.

    What lay outside before, and is not touched, was set aside when it was booked.
    """
    windows = course.following(dates)
    # Who is here is not asked any more when they should have come.
    is_over = (*HERE, SessionStatus.COMPLETED)
    ahead = {key: session for key, session in course.by_key.items() if session.status not in is_over}
    in_question = {
        key: on
        for key, on in dates.items()
        if key in ahead and not _stood_outside(ahead[key], on, windows.get(key))
    }
    near_days = course.plan.clinic.desk_window_days
    return booking_rules.rhythm_kept(in_question, windows=windows, today=today, near_days=near_days)


def _movable(
    course: Course, first: PlacedSession | None, asked: RippleAsked, now: datetime
) -> Iterator[list[Session]]:
    """What may get another time: the treatments, then the reviews, which follow them."""
    for kind in (TREATMENT, REVIEW):
        later = [s for s in course.sessions if s.kind == kind and _is_after(first, s)]
        last_timed = max((s.number for s in later if s.status in AHEAD), default=0)
        of_kind = [
            session
            for session in later
            # Sessions that became of another kind than their rule says stay where they are.
            if course.session_types.get(key_of(session)) == session.session_type_id
            and (_may_move(session, asked, now) or _lacks_time(session, first, last_timed))
        ]
        if of_kind:
            yield of_kind


def _wishes(plan: Plan, asked: RippleAsked) -> Wishes:
    wishes = wishes_from(plan.wishes)
    return replace(wishes, hard=wishes.hard and not asked.bends_wishes)


def _is_after(first: PlacedSession | None, session: Session) -> bool:
    if first is None:
        return True
    if session.kind == first.key.kind:
        return session.number > first.number
    return session.kind == REVIEW


def _may_move(session: Session, asked: RippleAsked, now: datetime) -> bool:
    is_promised = session.status == SessionStatus.CONFIRMED and not asked.moves_confirmed
    has_begun = session.starts_at is not None and session.starts_at <= now
    stays = session.is_pinned or is_promised or has_begun or _was_put_outside(session)
    return session.status in AHEAD and not stays


def _was_put_outside(session: Session) -> bool:
    """With a reason, which still stands."""
    window, on = session.window, session.local_date
    is_outside = window is not None and on is not None and not window.holds(on)
    return is_outside and any(entry["code"] in _OUTSIDE for entry in session.waived)


def _lacks_time(session: Session, first: PlacedSession | None, last_timed: int) -> bool:
    """A treatment that is due, or only held, before others that have their time; or due once more."""
    if session.kind != TREATMENT or session.status not in (SessionStatus.DUE, SessionStatus.HELD):
        return False
    return session.number < last_timed or (first is None and session.attempt > 1)


def _stuck(key: Key, *, is_after_a_move: bool) -> Problem:
    if is_after_a_move:
        sentence = _(
            "Session {number} finds no time that keeps its rhythm. Choose another time, or move this "
            "session alone.",
            number=key.number,
        )
    else:
        sentence = _(
            "Session {number} finds no time that keeps its rhythm. Name a time for it yourself, or let more "
            "of the course move.",
            number=key.number,
        )
    return Problem("later_sessions_do_not_fit", ProblemKind.BLOCKER, sentence)


def _kept(sessions: Sequence[Session], placed: Sequence[PlacedSession]) -> tuple[Session, ...]:
    moved = {one.key for one in placed}
    return tuple(s for s in sessions if s.status in AHEAD and key_of(s) not in moved)


def _proposal(plan: Plan, placed: Sequence[PlacedSession]) -> Proposal:
    label = counted("Moves {count} session", "Moves {count} sessions", count=len(placed))
    return Proposal(plan.uuid, plan.version, label, tuple(placed))


def _stood_outside(session: Session, on: date, window: Window | None) -> bool:
    """Whether the session is where it was, and no farther outside its window than it was."""
    was = session.window
    if window is None or was is None or session.local_date != on:
        return False
    was_early, was_late = (was.earliest - on).days, (on - was.latest).days
    is_early, is_late = (window.earliest - on).days, (on - window.latest).days
    return is_early <= max(was_early, 0) and is_late <= max(was_late, 0)
