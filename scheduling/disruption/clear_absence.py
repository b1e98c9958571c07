"""Clearing the way for an absence: holds end, sessions change to equal seats, and the rest is listed.

Whoever calls has a transaction open and is alone with the hours of the sites.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from clinic.audit_trail.write import AuditAction, AuditRecord, record_audit
from clinic.changelog.log import Written, plan_written, record_changes
from clinic.identity.actors import Actor
from scheduling.booking.release import lock_holds, lock_time, reset_to_due
from scheduling.diaries.pages import LockedPages
from scheduling.diaries.site_diaries import SiteDiaries
from scheduling.disruption.affected_sessions import InTheWay, as_found, sessions_overlapping
from scheduling.disruption.substitutes import Away, DayOfSwaps, Swaps, Wanted, swaps_for
from scheduling.messages.notices import TimeChange, tell_moved
from scheduling.models import Hold, Session
from scheduling.reseating.apply import write_moves
from treatments.models import Plan


@dataclass(frozen=True, slots=True)
class Clearing:
    """What is away, and whether sessions are swapped or only listed.

    `ticked` are sessions whose patient may notice; `plans` theirs, locked, by id.
    """

    away: Away
    swaps: bool
    ticked: frozenset[int] = frozenset()
    plans: Mapping[int, Plan] = field(default_factory=dict)


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


def clear(clearing: Clearing, *, by: Actor, now: datetime) -> Cleared:
    """End the holds in the way and swap what is to be swapped. Locks: holds, sessions, pages, change counter.

    The plan of a hold that ends keeps its version, as when it runs out: its row comes before the hours.
    """
    sessions = sessions_overlapping(away=clearing.away, by=by, now=now)
    holds = lock_holds(keys={session.hold_id for session in sessions if session.hold_id})
    held = set(Session.objects.filter(hold__in=holds).values_list("pk", flat=True))
    standing = [session for session in sessions if not session.is_held]
    wanted = Wanted(clearing.away, now, ticked=clearing.ticked, leaving=held)
    found = swaps_for(sessions=standing, wanted=wanted)
    swaps = found if clearing.swaps else Swaps()
    locked = _lock_sessions({*held, *(move.session.pk for move in swaps.moves)})
    released = tuple(locked[pk] for pk in sorted(held & locked.keys()))
    _end(holds, by=by, now=now)
    stretches = [stretch for move in swaps.moves for stretch in (*move.given_up, *move.taken)]
    pages = lock_time(clinic_id=by.clinic_id, stretches=stretches, given_up=released, now=now)
    reset_to_due(released, now=now)
    swapped = _swap(swaps, _Locked(locked, pages, clearing.plans), by=by, now=now)
    done = {one.session.pk for one in swapped}
    still = [
        as_found(session, swaps=found, were_tried=clearing.swaps)
        for session in standing
        if session.pk not in done
    ]
    return Cleared(tuple(still), tuple(swapped), released)


@dataclass(frozen=True, slots=True)
class _Locked:
    """What this transaction alone may write."""

    sessions: Mapping[int, Session]
    pages: LockedPages
    plans: Mapping[int, Plan]

    def still_allow(self, day: DayOfSwaps) -> bool:
        """Whether the sessions are as they were read, and the seats they change to are free."""
        as_read = all(
            move.session.pk in self.sessions
            and self.sessions[move.session.pk].version == move.session.version
            for move in day.moves
        )
        given_up = [stretch for move in day.moves for stretch in move.given_up]
        taken = [stretch for move in day.moves for stretch in move.taken]
        return as_read and self.pages.are_free_without(given_up, taken=taken)


def _swap(swaps: Swaps, locked: _Locked, *, by: Actor, now: datetime) -> list[Swapped]:
    swapped: list[Swapped] = []
    written: list[Written] = []
    for diaries, days in swaps.at.values():
        good = [day for day in days if locked.still_allow(day)]
        swapped += [one for day in good for one in _shown(day, diaries, locked)]
        moves = [
            replace(move, session=locked.sessions[move.session.pk]) for day in good for move in day.moves
        ]
        if moves:
            written += write_moves(moves, pages=locked.pages, diaries=diaries, by=by, now=now)
    told = [one for one in swapped if one.is_noticed]
    noticed = [one.session for one in told]
    written += _count_up(noticed, locked.plans)
    _tell(told, now=now)
    if written:
        record_changes(clinic_id=by.clinic_id, written=written, now=now)
    return swapped


def _shown(day: DayOfSwaps, diaries: SiteDiaries, locked: _Locked) -> Iterator[Swapped]:
    """The swapped sessions of a day, with the names before and after."""
    for session in day.sessions:
        names = {part["role"]: part["name"] for part in session.cast}
        own = [move for move in day.moves if move.session.pk == session.pk]
        changed = [Change(m.role, names.get(m.role, ""), diaries.cards[m.diary_id].name) for m in own]
        yield Swapped(locked.sessions[session.pk], tuple(changed), session.pk in day.noticed)


def _count_up(noticed: Sequence[Session], plans: Mapping[int, Plan]) -> list[Written]:
    """A course of which a patient notices something has changed; a swap that nobody notices changes none."""
    touched = {session.plan_id: session.patient for session in noticed if session.plan_id in plans}
    written = []
    for pk, plan in sorted(plans.items()):
        if pk in touched:
            plan.version += 1
            plan.save(update_fields=["version"])
            written.append(plan_written(plan, patient_diary_id=touched[pk].diary_id))
    return written


def _tell(swapped: Sequence[Swapped], *, now: datetime) -> None:
    """One message for each patient and course with somebody else, about all of those sessions."""
    of_course: dict[tuple[int, int | None], list[TimeChange]] = {}
    for one in sorted(swapped, key=lambda one: (one.session.starts_at, one.session.pk)):
        session = one.session
        assert session.starts_at is not None, "only sessions with a time are swapped"
        by_lead = [change.before for change in one.changes if change.after == session.lead]
        was_with = (by_lead or [change.before for change in one.changes])[0]
        moved = TimeChange(session, session.starts_at, was_with=was_with)
        of_course.setdefault((session.patient_id, session.plan_id), []).append(moved)
    for of_one in of_course.values():
        session = of_one[0].session
        tell_moved(patient=session.patient, plan=session.plan, moved=of_one, now=now)


def _end(holds: Sequence[Hold], *, by: Actor, now: datetime) -> None:
    """Before anyone looks for holds that ran out: these are over already."""
    Hold.objects.filter(pk__in=[hold.pk for hold in holds]).update(released_at=now)
    for hold in holds:
        patients = [hold.plan.patient.uuid] if hold.plan else []
        record_audit(AuditRecord(AuditAction.RELEASED_HOLD, hold, patients), by=by, now=now)


def _lock_sessions(keys: set[int]) -> dict[int, Session]:
    rows = Session.objects.select_for_update(no_key=True, of=("self",)).filter(pk__in=keys)
    rows = rows.select_related("patient__clinic", "plan", "site", "session_type").order_by("pk")
    return {row.pk: row for row in rows}
