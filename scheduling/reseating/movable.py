"""The seats of booked sessions: who sits where at a site, which of them may change, and what stays. Reads."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import cached_property
from itertools import groupby, starmap
from operator import attrgetter
from typing import NamedTuple

from django.db.models import QuerySet

from clinic.models import ResourceKind
from clinic.time.cells import cell_after, cell_at, ones
from clinic.time.intervals import Stretch
from scheduling.diaries.requirements import shapes_of
from scheduling.diaries.site_diaries import SiteDiaries
from scheduling.engine.availability import SessionRequirements
from scheduling.engine.lead import lead_of
from scheduling.engine.reseating import Reseating, Seat, reseat, seats_of
from scheduling.models import AHEAD, Claim, Session

# (session, role) and the claims that make the seat.
SeatKey = tuple[int, str]
SeatClaims = Mapping[SeatKey, Sequence[Claim]]
# (type of session, role) → the diaries that are equal for it.
_Pools = Mapping[SeatKey, tuple[int, ...]]


@dataclass(frozen=True, slots=True)
class Move:
    """One seat of a booked session, and the diary that it changes to."""

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
class BookedSeat:
    """One role of a booked session that may change to another diary of its pool. Bits lie in the horizon."""

    session_id: int
    role: str
    on: date
    diary: int
    pool: tuple[int, ...]
    stretches: tuple[tuple[int, int], ...]

    @property
    def seat(self) -> SeatKey:
        return self.session_id, self.role

    @property
    def key(self) -> str:
        return f"{self.session_id} {self.role}"

    @property
    def cells(self) -> int:
        cells = 0
        for start, end in self.stretches:
            cells |= ones(end - start) << start
        return cells


@dataclass(frozen=True)
class BookedSeats:
    """What is booked in the diaries of a site: seats that may change, and the rest, which stays."""

    diaries: SiteDiaries
    movable: tuple[BookedSeat, ...]

    def reseated(self, *, shape: SessionRequirements, start: int, on: date) -> Reseating | None:
        """How a session fits that starts at that bit, on that date, if others of that date change seats.

        The start must be one at which it would fit if nobody were booked.
        """
        booked = [*self._movable_on[on], *self._staying_on(on)]
        wanted = seats_of(shape=shape, start=start)
        return reseat(wanted=wanted, booked=booked, open_at=self.diaries.open)

    def moves(self, found: Reseating) -> dict[SeatKey, int]:
        """(session, role) → the diary that it changes to."""
        seats = {seat.key: seat for seat in self.movable}
        return {(seats[key].session_id, seats[key].role): diary for key, diary in found.moved.items()}

    @cached_property
    def merged(self) -> list[Seat]:
        """All of it, with one seat for all that sit in one diary and could change to the same ones."""
        alike: dict[tuple[int, tuple[int, ...]], int] = defaultdict(int)
        for seat in self.movable:
            alike[seat.diary, seat.pool] |= seat.cells
        movable = [
            Seat(f"movable {number}", cells, pool, diary)
            for number, ((diary, pool), cells) in enumerate(alike.items())
        ]
        return [*movable, *_staying(self.diaries.busy, movable)]

    @cached_property
    def _movable_on(self) -> Mapping[date, list[Seat]]:
        found: dict[date, list[Seat]] = defaultdict(list)
        for seat in self.movable:
            found[seat.on].append(Seat(seat.key, seat.cells, seat.pool, seat.diary))
        return found

    def _staying_on(self, on: date) -> Iterator[Seat]:
        return _staying(self.diaries.busy, self._movable_on[on])


class _Held(NamedTuple):
    """One claim of a booked session; the patient is there from `starts_at` until `ends_at`."""

    session_id: int
    role: str
    kind: str
    diary_id: int
    start_cell: int
    end_cell: int
    asked_for: bool
    session_type_id: int
    on: date
    starts_at: datetime
    ends_at: datetime


_COLUMNS = (
    "session_id", "need__role", "need__kind", "diary_id", "start_cell", "end_cell", "asked_for",
    "session__session_type_id", "session__local_date", "session__starts_at", "session__ends_at",
)  # fmt: skip


def booked_seats(
    *,
    diaries: SiteDiaries,
    dates: tuple[date, date],
    now: datetime,
    leaving: Collection[int] = (),
) -> BookedSeats:
    """The seats in these diaries; those of sessions on the dates, both included, may change.

    A seat may change if nobody asked for it and the patient does not mind: its session is booked at this
    site, neither begun nor pinned, and it is not who treats the patient. One query, two more for session
    types that are not in use. `leaving` are sessions whose time counts as free already.
    """
    rows = Claim.objects.filter(
        session__site=diaries.site,
        session__status__in=AHEAD,
        session__is_pinned=False,
        session__starts_at__gt=now,
        session__local_date__range=dates,
        need__isnull=False,
    )
    rows = rows.exclude(session_id__in=leaving).order_by("session_id", "pk")
    held = list(starmap(_Held, rows.values_list(*_COLUMNS)))
    pools = _pools({claim.session_type_id for claim in held}, diaries)
    seats = (
        _seat(of_seat, pools, diaries)
        for _, of_session in groupby(held, key=attrgetter("session_id"))
        for of_seat in _seats_that_nobody_minds(list(of_session))
    )
    return BookedSeats(diaries, tuple(seat for seat in seats if seat is not None))


def claims_in(
    *, diaries: SiteDiaries, diary_ids: Collection[int], leaving: Collection[int] = ()
) -> QuerySet[Claim]:
    """What is claimed of those diaries for somebody's need, in the horizon; sessions that leave left out."""
    horizon = diaries.horizon
    rows = Claim.objects.filter(
        diary_id__in=diary_ids,
        need__isnull=False,
        start_cell__lt=horizon.first_cell + horizon.length,
        end_cell__gt=horizon.first_cell,
    ).select_related("need", "session")
    return rows.exclude(session_id__in=leaving)


def by_seat(claims: QuerySet[Claim]) -> dict[SeatKey, list[Claim]]:
    """The claims by session and role. One query."""
    found: dict[SeatKey, list[Claim]] = defaultdict(list)
    for row in claims.order_by("session_id", "pk"):
        if row.need is not None:
            found[row.session_id, row.need.role].append(row)
    return found


def seats_booked(
    *, claims: SeatClaims, diaries: SiteDiaries, movable: Collection[SeatKey]
) -> dict[SeatKey, Seat]:
    """The seats of one day, the second of the three that the diaries were read for."""
    pools = _pools({of_seat[0].session.session_type_id for of_seat in claims.values()}, diaries)
    return {
        key: Seat(
            key=f"{key[0]} {key[1]}",
            cells=_cells(diaries, of_seat),
            pool=pools.get((of_seat[0].session.session_type_id, key[1]), ()),
            diary=of_seat[0].diary_id,
            may_move=key in movable,
        )
        for key, of_seat in claims.items()
    }


def moves_to(diaries_by_seat: Mapping[SeatKey, int], *, claims: SeatClaims) -> tuple[Move, ...]:
    """The seats that change, each with the diary it changes to."""
    return tuple(
        Move(claims[key][0].session, key[1], tuple(claims[key]), diary_id)
        for key, diary_id in diaries_by_seat.items()
    )


def is_still_ahead(session: Session, *, now: datetime) -> bool:
    """Booked, and not begun."""
    return session.status in AHEAD and session.starts_at is not None and session.starts_at > now


def _seats_that_nobody_minds(claims: Sequence[_Held]) -> Iterator[list[_Held]]:
    """The claims of one session by role, without whoever leads it, in whatever roles they serve."""
    serving: dict[int, list[tuple[int, int]]] = defaultdict(list)
    for claim in claims:
        if claim.kind == ResourceKind.PRACTITIONER:
            serving[claim.diary_id].append((claim.start_cell, claim.end_cell))
    known = lead_of(serving, arrives=cell_at(claims[0].starts_at), leaves=cell_after(claims[0].ends_at))
    by_role: dict[str, list[_Held]] = defaultdict(list)
    for claim in claims:
        by_role[claim.role].append(claim)
    yield from (of_role for of_role in by_role.values() if all(c.diary_id != known for c in of_role))


def _seat(claims: Sequence[_Held], pools: _Pools, diaries: SiteDiaries) -> BookedSeat | None:
    """None for what a person chose, what nothing else is equal to, and what was not read as a whole."""
    one, first = claims[0], diaries.horizon.first_cell
    pool = pools.get((one.session_type_id, one.role), ())
    inside = all(c.start_cell >= first and c.end_cell <= first + diaries.horizon.length for c in claims)
    is_chosen = any(claim.asked_for for claim in claims)
    sits_in = {claim.diary_id for claim in claims}
    if is_chosen or not inside or len(sits_in) > 1 or not set(pool) - sits_in:
        return None
    stretches = tuple((claim.start_cell - first, claim.end_cell - first) for claim in claims)
    return BookedSeat(one.session_id, one.role, one.on, one.diary_id, pool, stretches)


def _staying(busy: Mapping[int, int], movable: Sequence[Seat]) -> Iterator[Seat]:
    """One seat for all that stays in a diary."""
    may_go: dict[int, int] = defaultdict(int)
    for seat in movable:
        if seat.diary is not None:
            may_go[seat.diary] |= seat.cells
    for diary, mask in busy.items():
        if stays := mask & ~may_go.get(diary, 0):
            yield Seat(f"stays {diary}", stays, (diary,), diary, may_move=False)


def _pools(session_type_ids: Collection[int], diaries: SiteDiaries) -> _Pools:
    shapes = shapes_of(session_type_ids=session_type_ids, resources=diaries.resources)
    return {(pk, role.key): role.pool for pk, shape in shapes.items() for role in shape.roles}


def _cells(diaries: SiteDiaries, claims: Iterable[Claim]) -> int:
    cells = 0
    for claim in claims:
        cells |= diaries.horizon.cells_mask(claim.start_cell, claim.end_cell)
    return cells
