"""Who sits where at a site: which seats of booked visits may change, and what stays where it is. Reads."""

from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import cached_property

from clinic.cells import ones
from scheduling.availability import Shape
from scheduling.diary import SiteDiaries
from scheduling.models import AHEAD, Claim, Session
from scheduling.reseating import Reseating, Seat, reseat, seats_of
from scheduling.seats import SeatKey, by_seat, treating_roles
from scheduling.shapes import shapes_of

# First bit and end bit of the horizon.
_Stretches = tuple[tuple[int, int], ...]


@dataclass(frozen=True, slots=True)
class BookedSeat:
    """One role of a booked visit that may change to another diary of its pool. Bits lie in the horizon."""

    session_id: int
    role: str
    on: date
    diary: int
    pool: tuple[int, ...]
    stretches: _Stretches

    @property
    def key(self) -> str:
        return f"{self.session_id} {self.role}"

    @property
    def cells(self) -> int:
        return _cells(self.stretches)


@dataclass(frozen=True)
class BookedSeats:
    """What is booked in the diaries of a site: seats that may change, and the rest, which stays."""

    diaries: SiteDiaries
    movable: tuple[BookedSeat, ...]

    def reseated(self, *, shape: Shape, start: int, on: date) -> Reseating | None:
        """How a visit fits that starts at that bit, on that date, if visits of the same date change seats.

        The start must be one at which it would fit if nobody were booked.
        """
        booked = [*self._movable_on[on], *self._staying_on(on)]
        wanted = seats_of(shape=shape, start=start)
        return reseat(wanted=wanted, booked=booked, open_at=self.diaries.open)

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


def booked_seats(
    *,
    diaries: SiteDiaries,
    dates: tuple[date, date],
    now: datetime,
    leaving: Collection[int] = (),
) -> BookedSeats:
    """The seats in these diaries; those of visits on the dates, both included, may change.

    A seat may change if nobody asked for it and the patient does not mind: its visit is booked at this site,
    neither begun nor pinned, and it is not who treats the patient. Two queries, four more for session types
    that are not in use. `leaving` are sessions whose time counts as free already.
    """
    sessions = Session.objects.filter(
        site=diaries.site,
        status__in=AHEAD,
        is_pinned=False,
        starts_at__gt=now,
        local_date__range=dates,
    ).exclude(pk__in=leaving)
    read = sessions.only("session_type_id", "local_date", "starts_at", "ends_at", "cast")
    by_pk = {session.pk: session for session in read}
    types = {session.session_type_id for session in by_pk.values()}
    shapes = shapes_of(session_type_ids=types, resources=diaries.resources)
    pools = {(pk, role.key): role.pool for pk, shape in shapes.items() for role in shape.roles}
    claims = Claim.objects.filter(session__in=sessions, need__isnull=False).select_related("need")
    treating = {pk: treating_roles(session) for pk, session in by_pk.items()}
    seats = (
        _seat(by_pk[pk], role, of_seat, pools, diaries)
        for (pk, role), of_seat in by_seat(claims).items()
        if pk in by_pk and role not in treating[pk]
    )
    return BookedSeats(diaries, tuple(seat for seat in seats if seat is not None))


def _seat(
    session: Session,
    role: str,
    claims: Sequence[Claim],
    pools: Mapping[SeatKey, tuple[int, ...]],
    diaries: SiteDiaries,
) -> BookedSeat | None:
    """None for what a person chose, what nothing else is equal to, and what was not read as a whole."""
    pool, first = pools.get((session.session_type_id, role), ()), diaries.horizon.first_cell
    inside = all(c.start_cell >= first and c.end_cell <= first + diaries.horizon.length for c in claims)
    is_chosen = any(claim.asked_for for claim in claims)
    sits_in = {claim.diary_id for claim in claims}
    if is_chosen or not inside or len(sits_in) > 1 or not set(pool) - sits_in:
        return None
    assert session.local_date is not None
    stretches = tuple((claim.start_cell - first, claim.end_cell - first) for claim in claims)
    return BookedSeat(session.pk, role, session.local_date, claims[0].diary_id, pool, stretches)


def _staying(busy: Mapping[int, int], movable: Sequence[Seat]) -> Iterator[Seat]:
    """One seat for all that stays in a diary."""
    may_go: dict[int, int] = defaultdict(int)
    for seat in movable:
        if seat.diary is not None:
            may_go[seat.diary] |= seat.cells
    for diary, mask in busy.items():
        if stays := mask & ~may_go.get(diary, 0):
            yield Seat(f"stays {diary}", stays, (diary,), diary, may_move=False)


def _cells(stretches: _Stretches) -> int:
    cells = 0
    for start, end in stretches:
        cells |= ones(end - start) << start
    return cells
