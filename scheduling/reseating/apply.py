"""Re-seating in the act of booking: unasked-for rooms, devices and assistants of other sessions change.

Nothing that a patient was told changes: neither the minutes nor the place nor who treats them.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from clinic.audit_trail.write import AuditAction, AuditRecord
from clinic.models import ResourceKind
from clinic.people.care import take_into_care
from clinic.time.intervals import Stretch
from scheduling.diaries.claims import Claimed, claims_of, diaries_of, move_claims
from scheduling.diaries.pages import LockedPages
from scheduling.diaries.site_diaries import SiteDiaries
from scheduling.models import Claim, Session
from scheduling.reseating.conflicts import ConflictingSession
from scheduling.reseating.movable import Move, booked_seats, by_seat, moves_to


@dataclass(frozen=True, slots=True)
class SeatChange:
    """A session, and the moves after which it fits; none if it fits as it is, or cannot."""

    visiting: ConflictingSession
    moves: tuple[Move, ...] = ()

    @property
    def stretches(self) -> list[Stretch]:
        """What the moves give up and take: to be locked with the time of the session."""
        return [stretch for move in self.moves for stretch in (*move.given_up, *move.taken)]


@dataclass(frozen=True, slots=True)
class Reseated:
    """A locked session in which others serve, its claims before, the diaries that show it after, its record.

    `new_care` are the practitioners who treat its patient from now on.
    """

    session: Session
    before: Sequence[Claimed]
    after: set[int]
    record: AuditRecord
    new_care: Sequence[int] = ()


def find_seat_changes(sessions: Sequence[ConflictingSession]) -> list[SeatChange]:
    """One for each session. Locks the sessions that would move, by id, if there are any.

    One that somebody else has locked stays where it is: two acts that make room for each other do not wait
    for each other. To be called before pages are locked, and made after: `change_seats` looks again.
    """
    found = [_seat_change(visiting) for visiting in sessions]
    read = {move.session.pk: move.session for room in found for move in room.moves}
    if not read:
        return found
    locked = {row.pk: row for row in lock_unless_taken(read) if row.version == read[row.pk].version}
    return [_with_locked(room, locked) for room in found]


def lock_unless_taken(keys: Iterable[int]) -> list[Session]:
    """Those of the sessions that nobody else has locked, locked by id."""
    rows = Session.objects.select_for_update(no_key=True, of=("self",), skip_locked=True)
    rows = rows.select_related("patient__clinic", "plan", "site", "session_type")
    return list(rows.filter(pk__in=set(keys)).order_by("pk"))


def with_room_made(visiting: ConflictingSession) -> SiteDiaries:
    """The diaries as they would stand if others made room for the session; as they are if nobody has to, or
    nobody can. Writes and locks nothing.
    """
    room = _seat_change(visiting)
    after = _after(room.moves, visiting.diaries) if room.moves else None
    return after or visiting.diaries


def change_seats(room: SeatChange, *, pages: LockedPages) -> tuple[SiteDiaries, list[Reseated]]:
    """The diaries as they stand under the lock, after the moves; and who serves otherwise.

    Nothing moves if the session fits anyhow, or would not fit all the same.
    """
    moves, visiting = room.moves, room.visiting
    diaries = visiting.diaries.with_busy_reread()
    if not moves or visiting.fits(diaries):
        return diaries, []
    after = _after(moves, diaries)
    if after is None or not visiting.fits(after):
        return diaries, []
    return after, write_moves(moves, pages=pages, diaries=diaries, now=visiting.now)


def write_moves(
    moves: Sequence[Move], *, pages: LockedPages, diaries: SiteDiaries, now: datetime
) -> list[Reseated]:
    """Claims, pages and care are written; casts are changed, and what is returned is for the act to write.

    The sessions and the pages of both diaries are locked, and the new seats are free.
    """
    sessions = {move.session.pk: move.session for move in moves}
    before = claims_of(session_ids=sessions)
    for claim in (claim for move in moves for claim in move.claims):
        # Whoever was asked for, it was not the one who comes now.
        claim.asked_for = False
    move_claims(pages=pages, moves=[(claim, move.diary_id) for move in moves for claim in move.claims])
    after = diaries_of(session_ids=sessions)
    reseated = []
    for pk, session in sessions.items():
        own = [move for move in moves if move.session.pk == pk]
        record = _recast(session, own, diaries=diaries)
        new_care = _take_into_care(session, own, diaries=diaries, now=now)
        reseated.append(Reseated(session, before[pk], after[pk], record, new_care))
    return reseated


def _seat_change(visiting: ConflictingSession) -> SeatChange:
    """The fewest moves, of sessions as they were read: nothing is locked yet."""
    if visiting.fits(visiting.diaries) or not visiting.could_fit:
        return SeatChange(visiting)
    # Of another day's session a part may lie outside of what was read.
    on = visiting.diaries.horizon.days[1].on
    seats = booked_seats(diaries=visiting.diaries, dates=(on, on), now=visiting.now, leaving=visiting.leaving)
    found = seats.reseated(shape=visiting.shape, start=visiting.start, on=on)
    if found is None or not found.moved:
        return SeatChange(visiting)
    going = seats.moves(found)
    rows = Claim.objects.filter(session_id__in={pk for pk, _ in going}, need__isnull=False)
    claims = by_seat(rows.select_related("need", "session"))
    return SeatChange(visiting, moves_to(going, claims=claims))


def _with_locked(room: SeatChange, locked: Mapping[int, Session]) -> SeatChange:
    """The room with sessions in hand; without moves if somebody else was at one of them."""
    if any(move.session.pk not in locked for move in room.moves):
        return SeatChange(room.visiting)
    return replace(room, moves=tuple(replace(move, session=locked[move.session.pk]) for move in room.moves))


def _after(moves: Sequence[Move], diaries: SiteDiaries) -> SiteDiaries | None:
    """The diaries with every move made; None where a new seat is taken by now."""
    busy, cells_mask = dict(diaries.busy), diaries.horizon.cells_mask
    for stretch in (stretch for move in moves for stretch in move.given_up):
        busy[stretch.diary_id] &= ~cells_mask(stretch.start_cell, stretch.end_cell)
    for stretch in (stretch for move in moves for stretch in move.taken):
        cells = cells_mask(stretch.start_cell, stretch.end_cell)
        if busy.get(stretch.diary_id, 0) & cells:
            return None
        busy[stretch.diary_id] = busy.get(stretch.diary_id, 0) | cells
    return replace(diaries, busy=busy)


def _recast(session: Session, moves: Sequence[Move], *, diaries: SiteDiaries) -> AuditRecord:
    cards = {move.role: diaries.cards[move.diary_id] for move in moves}
    before = {part["role"]: part["name"] for part in session.cast if part["role"] in cards}
    session.cast = [
        {**part, "resource": str(card.uuid), "name": card.name} if (card := cards.get(part["role"])) else part
        for part in session.cast
    ]
    after = {role: card.name for role, card in cards.items()}
    return AuditRecord(
        AuditAction.RESEATED_SESSION, session, [session.patient.uuid], before=before, after=after
    )


def _take_into_care(
    session: Session, moves: Sequence[Move], *, diaries: SiteDiaries, now: datetime
) -> list[int]:
    taken = {move.diary_id for move in moves}
    people = [row for row in diaries.resources if row.kind == ResourceKind.PRACTITIONER]
    serving = [row.pk for row in people if row.diary_id in taken]
    return take_into_care(patient=session.patient, practitioner_ids=serving, now=now)
