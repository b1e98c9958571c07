"""What moving a visit does to the rest of its course: the preview. Reads only."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta

from clinic.errors import Problem, ProblemKind
from clinic.localtime import local_date
from clinic.models import Resource, Site
from clinic.sites import active_sites
from scheduling import placement, rules
from scheduling.choice import Candidate, Family
from scheduling.course_sessions import key_of, rules_of_plan, standing_dates
from scheduling.horizons import FARTHEST_DAYS
from scheduling.models import AHEAD, Session, SessionStatus
from scheduling.naming import placed_sessions
from scheduling.placement import Weights
from scheduling.proposals import PlacedSession, Proposal
from scheduling.ripple_search import MOVE_PRICE, RippleSearch
from scheduling.search import quest_for
from treatments import cadence
from treatments.cadence import TREATMENT, Key, Window
from treatments.models import Plan
from treatments.wishes import Wishes, wishes_from

# How far behind the last session of a course the ripple looks for room.
_ROOM_DAYS = 90


@dataclass(frozen=True, slots=True)
class Destination:
    """Where a visit is to go: its start (aware), and where and with whom if that is to change."""

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


def ripple_after(
    *, plan: Plan, sessions: Sequence[Session], first: PlacedSession | None, asked: RippleAsked, now: datetime
) -> Ripple:
    """What the sessions of a course do when one is put elsewhere, or when one became due in its midst.

    `first` is the placed session, which stands; every later one that still fits is kept, the rest is
    placed anew with the fewest and smallest moves. Without `first` the whole course is looked at.
    """
    dates = _dates_with(sessions, first)
    movable = [] if asked.alone else list(_of_their_rules(plan, _movable(sessions, first, asked, now)))
    placed: list[PlacedSession] = [] if first is None else [first]
    problems: list[Problem] = []
    if movable:
        search = _search(plan, movable, dates, asked, now)
        course = search.course(search.options())
        calendar = placement.best_calendar(course, _weights(search))
        if calendar is None:
            problems.append(_stuck(search, course))
        else:
            found = Candidate(Family.STEADIEST, search, course, calendar)
            placed += placed_sessions(found, stay=_stay(found))
    if not problems:
        dates |= {Key(TREATMENT, one.number): one.local_date for one in placed}
        problems += rhythm_problems(plan=plan, sessions=sessions, dates=dates).values()
    of_number = {session.number: session for session in sessions if session.kind == TREATMENT}
    moved = tuple((of_number[one.number], one) for one in placed)
    numbers = {one.number for one in placed}
    kept = tuple(
        s for s in sessions if s.status in AHEAD and not (s.kind == TREATMENT and s.number in numbers)
    )
    stands = all(problem.kind is not ProblemKind.BLOCKER for problem in problems)
    return Ripple(
        proposal=_proposal(plan, placed) if stands and placed else None,
        moved=moved,
        kept=kept,
        problems=tuple(problems),
    )


def rhythm_problems(
    *, plan: Plan, sessions: Sequence[Session], dates: Mapping[Key, date]
) -> dict[Key, Problem]:
    """Of the visits ahead, those outside the windows that these dates give them.

    What lay outside before, and is not touched, was set aside when it was booked.
    """
    windows = windows_by(plan=plan, dates=dates)
    ahead = {key_of(session): session for session in sessions if session.status != SessionStatus.COMPLETED}
    in_question = {
        key: on
        for key, on in dates.items()
        if key in ahead and not _stood_outside(ahead[key], on, windows.get(key))
    }
    return rules.rhythm_kept(in_question, windows=windows, near_days=plan.clinic.desk_window_days)


def windows_by(*, plan: Plan, dates: Mapping[Key, date]) -> dict[Key, Window]:
    """Every window of the course that does not begin it, counted from what happened and what is booked."""
    course_rules = rules_of_plan(plan=plan)
    windows = cadence.windows(rules=course_rules, starts_on=plan.prescribed_on, happened=dates)
    anchored = {rule.key for rule in course_rules if rule.anchor_key is not None}
    return {key: window for key, window in windows.items() if key in anchored}


def _dates_with(sessions: Sequence[Session], first: PlacedSession | None) -> dict[Key, date]:
    dates = standing_dates(sessions)
    if first is not None:
        dates[Key(TREATMENT, first.number)] = first.local_date
    return dates


def _movable(
    sessions: Sequence[Session], first: PlacedSession | None, asked: RippleAsked, now: datetime
) -> Iterator[Session]:
    """Later treatments that may get another time, and those that lack one between them."""
    after = first.number if first is not None else 0
    later = [s for s in sessions if s.kind == TREATMENT and s.number > after]
    last_timed = max((s.number for s in later if s.status in AHEAD), default=0)
    for session in later:
        is_due = session.status in (SessionStatus.DUE, SessionStatus.HELD)
        if is_due and (session.number < last_timed or (first is None and session.attempt > 1)):
            yield session
        is_promised = session.status == SessionStatus.CONFIRMED and not asked.moves_confirmed
        is_free = not (session.is_pinned or is_promised or _has_begun(session, now))
        if session.status in AHEAD and is_free:
            yield session


def _of_their_rules(plan: Plan, sessions: Iterable[Session]) -> Iterator[Session]:
    """Without visits that became of another kind than their rule says: they stay where they are."""
    types = {rule.key: rule.session_type_id for rule in rules_of_plan(plan=plan)}
    return (session for session in sessions if types.get(key_of(session)) == session.session_type_id)


def _search(
    plan: Plan, movable: Sequence[Session], dates: Mapping[Key, date], asked: RippleAsked, now: datetime
) -> RippleSearch:
    wishes = wishes_from(plan.wishes)
    keys = [key_of(session) for session in movable]
    fixed = {key: on for key, on in dates.items() if key not in keys}
    site = _site_of(plan, movable, wishes)
    today = local_date(now, site.tz)
    last_on = max([*dates.values(), today]) + timedelta(days=_ROOM_DAYS)
    return RippleSearch(
        quest=quest_for(
            plan=plan,
            wishes=replace(wishes, hard=wishes.hard and not asked.bends_wishes),
            due=keys,
            fixed=fixed,
            now=now,
        ),
        site=site,
        first_on=today,
        last_on=min(last_on, today + timedelta(days=FARTHEST_DAYS)),
        standing={key_of(session): session for session in movable},
    )


def _site_of(plan: Plan, movable: Sequence[Session], wishes: Wishes) -> Site:
    """Where most of the later sessions are; where none of them is anywhere yet, as it is wished."""
    sites = [session.site for session in movable if session.site is not None]
    if sites:
        return max(sites, key=lambda site: (sites.count(site), -site.pk))
    active = active_sites(clinic_id=plan.clinic_id)
    return next((site for site in active if site.uuid == wishes.site), active[0])


def _weights(search: RippleSearch) -> Weights:
    return Weights(rhythm=search.quest.dearness.rhythm, outside=10 * MOVE_PRICE)


def _stay(found: Candidate) -> frozenset[Key]:
    search = found.search
    assert isinstance(search, RippleSearch)
    return frozenset(
        rule.key
        for rule, start, _ in found.placed
        if rule.key in search.stays and search.stays[rule.key][1].start == start
    )


def _stuck(search: RippleSearch, course: placement.Course) -> Problem:
    end = placement.dead_end(course)
    number = search.quest.due[0].number if end is None else course.sessions[end.index].rule.key.number
    return Problem(
        "later_sessions_do_not_fit",
        ProblemKind.BLOCKER,
        f"Session {number} finds no time that keeps its rhythm after that. Choose another time, or move this "
        "visit alone.",
    )


def _proposal(plan: Plan, placed: Sequence[PlacedSession]) -> Proposal:
    count = len(placed)
    label = f"Moves {count} visit{'' if count == 1 else 's'}"
    return Proposal(plan.uuid, plan.version, label, tuple(sorted(placed, key=lambda one: one.number)))


def _has_begun(session: Session, now: datetime) -> bool:
    return session.starts_at is not None and session.starts_at <= now


def _stood_outside(session: Session, on: date, window: Window | None) -> bool:
    """Whether the session is where it was, and no farther outside its window than it was."""
    was = session.window
    if window is None or was is None or session.local_date != on:
        return False
    was_early, was_late = (was.earliest - on).days, (on - was.latest).days
    is_early, is_late = (window.earliest - on).days, (on - window.latest).days
    return is_early <= max(was_early, 0) and is_late <= max(was_late, 0)
