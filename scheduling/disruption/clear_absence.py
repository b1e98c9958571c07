"""Clearing the way for an absence: holds end, sessions change to equal seats, and the rest is listed."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from clinic.audit_trail.write import AuditRecord
from clinic.identity.actors import Actor
from clinic.models import Leave
from scheduling.courses.act import course_act
from scheduling.courses.open_act import OpenAct
from scheduling.courses.scope import ActScope
from scheduling.diaries.pages import LockedPages
from scheduling.diaries.site_diaries import SiteDiaries
from scheduling.disruption.affected_sessions import InTheWay, as_found, sessions_overlapping
from scheduling.disruption.substitutes import Away, DayOfSwaps, Swaps, Wanted, swaps_for
from scheduling.models import CourseActKind, Session, Telling
from scheduling.reseating.apply import lock_unless_taken, write_moves

# How often swaps are sought anew because somebody booked between the reading and the locks.
_ATTEMPTS = 4


class _Overtaken(Exception):
    """A day whose swaps are no longer possible as they were found."""


@dataclass(frozen=True, slots=True)
class Clearing:
    """What is away, whether sessions are swapped or only listed, and whether patients may notice.

    `told` is how those hear of it. `entered` is leave that the act began with: it is undone with it.
    """

    away: Away
    swaps: bool
    is_noticed: bool = False
    told: Telling = Telling.BY_MAIL
    entered: Leave | None = None


@dataclass(frozen=True, slots=True)
class Change:
    """Who or what served in a role, and who or what does now: names."""

    role: str
    before: str
    after: str


@dataclass(frozen=True, slots=True)
class Swapped:
    """A session that keeps its minutes with somebody or something else; a patient who notices is told."""

    session: Session
    changes: tuple[Change, ...]
    is_noticed: bool


@dataclass(frozen=True, slots=True)
class Cleared:
    """All that was in the way: what still is, what was swapped, and what was only held and is due again.

    Patient, plan, site and session type of each session are loaded.
    """

    in_the_way: tuple[InTheWay, ...]
    swapped: tuple[Swapped, ...] = ()
    released: tuple[Session, ...] = ()


def clear(
    clearing: Clearing, *, about: AuditRecord | None = None, by: Actor, now: datetime, attempt: int = 1
) -> Cleared:
    """End the holds in the way and swap what is to be swapped.

    A session is swapped if it is still as it was read and its new seats are free; where others book all
    the time, the swaps are sought anew a few times before a day is left to a person. The plan of a hold
    that ends keeps its version, as when it runs out. Locks: patients and plans of those who may notice,
    site hours, holds, sessions, pages, change counter.
    """
    sessions = sessions_overlapping(away=clearing.away, by=by, now=now)
    try:
        with course_act(by=by, now=now, scope=_scope(clearing, sessions)) as act:
            act.told = clearing.told
            if about is not None:
                act.record(about)
            return _cleared(act, clearing, leaves_days=attempt == _ATTEMPTS)
    except _Overtaken:
        return clear(clearing, about=about, by=by, now=now, attempt=attempt + 1)


def _cleared(act: OpenAct, clearing: Clearing, *, leaves_days: bool) -> Cleared:
    """Raises _Overtaken, unless it `leaves_days` that were overtaken."""
    # Booked before the hours were shared: from here on nobody comes in between.
    sessions = sessions_overlapping(away=clearing.away, by=act.by, now=act.now)
    if clearing.entered is not None:
        act.can_be_undone(CourseActKind.LEAVE, entered=clearing.entered)
    holds = [hold for hold in act.rows.holds.values() if hold.pk in act.scope.holds]
    held = [session for hold in holds for session in act.end_hold(hold)]
    standing = [session for session in sessions if not session.is_held]
    ticked = [session.pk for session in standing if clearing.is_noticed]
    wanted = Wanted(clearing.away, act.now, ticked=ticked, leaving=[session.pk for session in held])
    found = swaps_for(sessions=standing, wanted=wanted)
    swaps = found if clearing.swaps else Swaps()
    act.adopt(lock_unless_taken(move.session.pk for move in swaps.moves))
    stretches = [stretch for move in swaps.moves for stretch in (*move.given_up, *move.taken)]
    pages = act.lock_pages(stretches, given_up=held)
    act.make_due(held)
    for hold in holds:
        act.record_release(hold)
    possible = _still_possible(act, swaps, pages)
    if possible.moves != swaps.moves and not leaves_days:
        raise _Overtaken
    swapped = list(_swapped(act, possible, pages))
    done = {one.session.pk for one in swapped}
    still = [
        as_found(session, swaps=found, were_tried=clearing.swaps)
        for session in standing
        if session.pk not in done
    ]
    return Cleared(tuple(still), tuple(swapped), tuple(held))


def _scope(clearing: Clearing, sessions: Sequence[Session]) -> ActScope:
    noticed = [session for session in sessions if clearing.is_noticed and not session.is_held]
    return ActScope(
        patients=frozenset(session.patient_id for session in noticed),
        plans=frozenset(session.plan_id for session in noticed if session.plan_id is not None),
        sites=frozenset(session.site_id for session in sessions if session.site_id is not None),
        holds=frozenset(session.hold_id for session in sessions if session.hold_id is not None),
        sessions=frozenset(session.pk for session in noticed),
    )


def _still_possible(act: OpenAct, swaps: Swaps, pages: LockedPages) -> Swaps:
    return replace(
        swaps,
        at={
            site: (diaries, [day for day in days if _is_still_possible(act, day, pages)])
            for site, (diaries, days) in swaps.at.items()
        },
    )


def _swapped(act: OpenAct, swaps: Swaps, pages: LockedPages) -> Iterator[Swapped]:
    for diaries, days in swaps.at.values():
        moves = [replace(move, session=act.session(move.session)) for day in days for move in day.moves]
        yield from [one for day in days for one in _shown(act, day, diaries)]
        if moves:
            act.reseat(write_moves(moves, pages=pages, diaries=diaries, now=act.now))


def _is_still_possible(act: OpenAct, day: DayOfSwaps, pages: LockedPages) -> bool:
    """Whether the sessions are as they were read, and the seats they change to are free."""
    locked = act.rows.sessions
    as_read = all(
        move.session.pk in locked and locked[move.session.pk].version == move.session.version
        for move in day.moves
    )
    given_up = [stretch for move in day.moves for stretch in move.given_up]
    taken = [stretch for move in day.moves for stretch in move.taken]
    return as_read and pages.are_free_without(given_up, taken=taken)


def _shown(act: OpenAct, day: DayOfSwaps, diaries: SiteDiaries) -> Iterator[Swapped]:
    """The swapped sessions of a day, with the names before and after."""
    for session in day.sessions:
        names = {part["role"]: part["name"] for part in session.cast}
        own = [move for move in day.moves if move.session.pk == session.pk]
        changed = [Change(m.role, names.get(m.role, ""), diaries.cards[m.diary_id].name) for m in own]
        yield Swapped(act.session(session), tuple(changed), session.pk in day.noticed)
