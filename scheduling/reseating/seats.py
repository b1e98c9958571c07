"""Seats as they are booked: which roles of which sessions sit in which diary, and who may change. Reads."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db.models import QuerySet

from clinic.time.intervals import Stretch
from scheduling.diaries.requirements import shapes_of
from scheduling.diaries.site_diaries import SiteDiaries
from scheduling.engine.availability import SessionRequirements
from scheduling.engine.reseating import Seat
from scheduling.models import AHEAD, Claim, Session

# (session, role) and the claims that make the seat.
SeatKey = tuple[int, str]
SeatClaims = Mapping[SeatKey, Sequence[Claim]]


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


def seats_booked(*, claims: SeatClaims, diaries: SiteDiaries, now: datetime) -> dict[SeatKey, Seat]:
    """The seats of one day, the second of the three that the diaries were read for."""
    shapes = _shapes(claims, diaries)
    return {
        key: Seat(
            key=f"{key[0]} {key[1]}",
            cells=_cells(diaries, of_seat),
            pool=_pool(shapes, of_seat[0].session, key[1]),
            diary=of_seat[0].diary_id,
            may_move=_may_move(diaries, of_seat, role=key[1], now=now),
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


def _shapes(claims: SeatClaims, diaries: SiteDiaries) -> dict[int, SessionRequirements]:
    types = {of_seat[0].session.session_type_id for of_seat in claims.values()}
    return shapes_of(session_type_ids=types, resources=diaries.resources)


def _pool(shapes: Mapping[int, SessionRequirements], session: Session, role: str) -> tuple[int, ...]:
    """The diaries that are equal for the role."""
    pools = (found.pool for found in shapes[session.session_type_id].roles if found.key == role)
    return next(pools, ())


def _cells(diaries: SiteDiaries, claims: Iterable[Claim]) -> int:
    cells = 0
    for claim in claims:
        cells |= diaries.horizon.cells_mask(claim.start_cell, claim.end_cell)
    return cells


def _may_move(diaries: SiteDiaries, claims: Sequence[Claim], *, role: str, now: datetime) -> bool:
    """Whether nobody asked for it and the patient does not mind: a booked session of this place and day."""
    session = claims[0].session
    # Of another day's session a part may lie outside of what was read.
    is_here = session.site_id == diaries.site.pk and session.local_date == diaries.horizon.days[1].on
    is_chosen = session.is_pinned or any(claim.asked_for for claim in claims)
    is_free = is_still_ahead(session, now=now) and is_here and not is_chosen
    return is_free and role not in session.lead_roles
