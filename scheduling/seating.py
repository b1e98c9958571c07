"""Re-seating in the act of booking: unasked-for rooms, devices and assistants of other visits change.

Nothing that a patient was told changes: neither the minutes nor the place nor who treats them.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from clinic.actors import Actor
from clinic.audit import Deed, Noted, note
from clinic.care import take_into_care
from clinic.intervals import Stretch
from clinic.models import ResourceKind
from scheduling import changes
from scheduling.crowding import Visiting
from scheduling.diary import (
    LockedPages,
    SiteDiaries,
    diaries_of,
    move_claims,
)
from scheduling.models import AHEAD, Claim, Session
from scheduling.reseating import Seat, reseat, seats_of
from scheduling.shapes import shapes_of


@dataclass(frozen=True, slots=True)
class Move:
    """One seat of a booked visit, and the diary that it changes to."""

    session: Session
    role: str
    claims: tuple[Claim, ...]
    diary_id: int

    @property
    def given_up(self) -> list[Stretch]:
        return [Stretch(claim.diary_id, claim.start_cell, claim.end_cell) for claim in self.claims]

    @property
    def taken(self) -> list[Stretch]:
        return [Stretch(self.diary_id, claim.start_cell, claim.end_cell) for claim in self.claims]


@dataclass(frozen=True, slots=True)
class Room:
    """A visit, and the moves after which it fits; none if it fits as it is, or cannot."""

    visiting: Visiting
    moves: tuple[Move, ...] = ()

    @property
    def stretches(self) -> list[Stretch]:
        """What the moves give up and take: to be locked with the time of the visit."""
        return [stretch for move in self.moves for stretch in (*move.given_up, *move.taken)]


def find_rooms(visits: Sequence[Visiting]) -> list[Room]:
    """One for each visit. Locks the sessions that would move, by id, if there are any.

    To be called before pages are locked, and made after: `make_room` looks again.
    """
    found = [_room(visiting) for visiting in visits]
    read = {move.session.pk: move.session for room in found for move in room.moves}
    if not read:
        return found
    rows = Session.objects.select_for_update(no_key=True).filter(pk__in=read).order_by("pk")
    locked = {row.pk: row for row in rows if row.version == read[row.pk].version}
    return [_with_locked(room, locked) for room in found]


def make_room(room: Room, *, pages: LockedPages, by: Actor) -> tuple[SiteDiaries, list[changes.Written]]:
    """The diaries as they stand under the lock, after the moves; and what goes into the change log.

    Nothing moves if the visit fits anyhow, or would not fit all the same.
    """
    moves, visiting = room.moves, room.visiting
    diaries = visiting.diaries.with_busy_reread()
    if not moves or visiting.fits(diaries):
        return diaries, []
    after = _after(moves, diaries)
    if after is None or not visiting.fits(after):
        return diaries, []
    return after, _write(moves, pages=pages, diaries=diaries, by=by, now=visiting.now)


def _room(visiting: Visiting) -> Room:
    """The fewest moves, of sessions as they were read: nothing is locked yet."""
    if visiting.fits(visiting.diaries) or not visiting.could_fit:
        return Room(visiting)
    claims = _claims_by_seat(visiting)
    moves = (
        Move(claims[key][0].session, key[1], tuple(claims[key]), diary_id)
        for key, diary_id in _moves(visiting, claims).items()
    )
    return Room(visiting, tuple(moves))


def _with_locked(room: Room, locked: Mapping[int, Session]) -> Room:
    """The room with sessions in hand; without moves if somebody else was at one of them."""
    if any(move.session.pk not in locked for move in room.moves):
        return Room(room.visiting)
    return replace(room, moves=tuple(replace(move, session=locked[move.session.pk]) for move in room.moves))


def _claims_by_seat(visiting: Visiting) -> dict[tuple[int, str], list[Claim]]:
    """(session, role) → its claims in the diaries that the visit may want. One query."""
    horizon = visiting.diaries.horizon
    diary_ids = {diary for role in visiting.shape.roles for diary in role.pool}
    rows = Claim.objects.filter(
        diary_id__in=diary_ids,
        need__isnull=False,
        start_cell__lt=horizon.first_cell + horizon.length,
        end_cell__gt=horizon.first_cell,
    ).select_related("need", "session")
    rows = rows.exclude(session_id__in=visiting.leaving)
    found: dict[tuple[int, str], list[Claim]] = defaultdict(list)
    for row in rows.order_by("session_id", "pk"):
        if row.need is not None:
            found[row.session_id, row.need.role].append(row)
    return found


def _moves(visiting: Visiting, claims: Mapping[tuple[int, str], list[Claim]]) -> dict[tuple[int, str], int]:
    """(session, role) → the diary it would change to; the fewest moves, none if there is no way."""
    pools = _pools(visiting, claims)
    booked = {
        key: Seat(
            key=f"{key[0]} {key[1]}",
            cells=_cells(visiting, of_seat),
            pool=pools.get((of_seat[0].session.session_type_id, key[1]), ()),
            diary=of_seat[0].diary_id,
            may_move=_may_move(visiting, of_seat, role=key[1]),
        )
        for key, of_seat in claims.items()
    }
    wanted = seats_of(shape=visiting.shape, start=visiting.start)
    found = reseat(wanted=wanted, booked=list(booked.values()), open_at=visiting.diaries.open)
    if found is None:
        return {}
    return {key: found.moved[seat.key] for key, seat in booked.items() if seat.key in found.moved}


def _pools(
    visiting: Visiting, claims: Mapping[tuple[int, str], list[Claim]]
) -> dict[tuple[int, str], tuple[int, ...]]:
    """(session type, role) → the diaries that are equal for it."""
    types = {of_seat[0].session.session_type_id for of_seat in claims.values()}
    shapes = shapes_of(session_type_ids=types, resources=visiting.diaries.resources)
    return {(pk, role.key): role.pool for pk, shape in shapes.items() for role in shape.roles}


def _cells(visiting: Visiting, claims: Iterable[Claim]) -> int:
    cells = 0
    for claim in claims:
        cells |= visiting.diaries.horizon.cells_mask(claim.start_cell, claim.end_cell)
    return cells


def _may_move(visiting: Visiting, claims: Sequence[Claim], *, role: str) -> bool:
    """Whether nobody asked for it and the patient does not mind: a booked visit of this place and day."""
    session, diaries = claims[0].session, visiting.diaries
    is_ahead = session.status in AHEAD and session.starts_at is not None and session.starts_at > visiting.now
    # Of another day's visit a part may lie outside of what was read.
    is_here = session.site_id == diaries.site.pk and session.local_date == diaries.horizon.days[1].on
    is_chosen = session.is_pinned or any(claim.asked_for for claim in claims)
    return is_ahead and is_here and not is_chosen and role not in _treating_roles(session)


def _treating_roles(session: Session) -> set[str]:
    """The roles of the practitioner who has the last of the patient's time: whom the patient knows."""
    assert session.starts_at is not None
    assert session.ends_at is not None
    minutes = (session.ends_at - session.starts_at).total_seconds() / 60
    people = [part for part in session.cast if part["kind"] == ResourceKind.PRACTITIONER]
    with_patient = [part for part in people if part["starts_minute"] < minutes]
    if not with_patient:
        return set()
    last = max(with_patient, key=lambda part: part["ends_minute"])
    return {part["role"] for part in people if part["resource"] == last["resource"]}


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


def _write(
    moves: Sequence[Move], *, pages: LockedPages, diaries: SiteDiaries, by: Actor, now: datetime
) -> list[changes.Written]:
    """Claims, pages, sessions, care and the trail."""
    sessions = {move.session.pk: move.session for move in moves}
    before = diaries_of(session_ids=sessions)
    move_claims(pages=pages, moves=[(claim, move.diary_id) for move in moves for claim in move.claims])
    for session in sessions.values():
        own = [move for move in moves if move.session.pk == session.pk]
        _recast(session, own, diaries=diaries, by=by, now=now)
    Session.objects.rewrite(list(sessions.values()), fields=["cast", "version", "changed_at"])
    after = diaries_of(session_ids=sessions)
    return [
        changes.of_session(session, before=before[pk], after=after[pk]) for pk, session in sessions.items()
    ]


def _recast(
    session: Session, moves: Sequence[Move], *, diaries: SiteDiaries, by: Actor, now: datetime
) -> None:
    cards = {move.role: diaries.cards[move.diary_id] for move in moves}
    before = {part["role"]: part["name"] for part in session.cast if part["role"] in cards}
    for part in session.cast:
        if card := cards.get(part["role"]):
            part["resource"], part["name"] = str(card.uuid), card.name
    session.version += 1
    session.changed_at = now
    people = {card.diary_id for card in cards.values() if card.kind == ResourceKind.PRACTITIONER}
    serving = [row.pk for row in diaries.resources if row.diary_id in people]
    take_into_care(patient=session.patient, practitioner_ids=serving, now=now)
    after = {role: card.name for role, card in cards.items()}
    noted = Noted(Deed.RESEATED_VISIT, session, [session.patient.uuid], before=before, after=after)
    note(noted, by=by, now=now)
