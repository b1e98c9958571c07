"""Substitutes, at the same minutes, for a resource that is away. Reads.

A session is swapped whole: whatever it has of the resource goes to an equal one, or nothing does.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from enum import StrEnum
from functools import cached_property

from clinic.hours.rota import NewClosure, NewLeave
from clinic.models import Closure, Leave, ResourceKind, Site
from clinic.time.cells import cell_after, cell_at
from scheduling.diaries.site_diaries import SiteDiaries, site_diaries
from scheduling.engine.reseating import Seat, reseat
from scheduling.models import Claim, Session
from scheduling.reseating.movable import (
    Move,
    SeatClaims,
    SeatKey,
    booked_seats,
    by_seat,
    claims_in,
    is_still_ahead,
    moves_to,
    seats_booked,
)

_DAY = timedelta(days=1)


class SwapBlocker(StrEnum):
    """Why a session in the way is not swapped at its time."""

    SITE_CLOSED = "site_closed"
    BEGUN = "begun"
    PINNED = "pinned"
    ASKED_FOR = "asked_for"
    TREATS = "treats_patient"
    NONE_FREE = "none_free"
    CHANGED = "changed_meanwhile"


@dataclass(frozen=True, slots=True)
class Away:
    """What cannot serve: one resource, or a whole site, from an instant on (aware); no end: for good."""

    clinic_id: int
    starts_at: datetime
    ends_at: datetime | None
    diary_id: int | None = None
    site_id: int | None = None

    def cells(self, diaries: SiteDiaries) -> int:
        """The bits of the diaries' horizon that it touches."""
        horizon = diaries.horizon
        end = horizon.first_cell + horizon.length if self.ends_at is None else cell_after(self.ends_at)
        return horizon.cells_mask(cell_at(self.starts_at), end)


@dataclass(frozen=True, slots=True)
class DayOfSwaps:
    """The sessions of one day that are swapped, and every move it takes; all of them hang together."""

    sessions: tuple[Session, ...]
    moves: tuple[Move, ...]
    # Sessions whose patient will notice: another person treats them.
    noticed: frozenset[int] = frozenset()


@dataclass(frozen=True, slots=True)
class Swaps:
    """What could be swapped at each site, day by day, and why the rest could not (by session)."""

    at: Mapping[int, tuple[SiteDiaries, Sequence[DayOfSwaps]]] = field(default_factory=dict)
    left: Mapping[int, SwapBlocker] = field(default_factory=dict)

    @property
    def moves(self) -> list[Move]:
        return [move for _, days in self.at.values() for day in days for move in day.moves]


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is away and when one looks. `ticked` sessions may be swapped although the patient will notice.

    `leaving` are sessions whose time counts as free.
    """

    away: Away
    now: datetime
    ticked: Collection[int] = ()
    leaving: Collection[int] = ()


def away_of(absence: Leave | Closure) -> Away:
    """The stretch of a leave, whose resource is loaded, or of a closure."""
    cells = (absence.clinic_id, absence.starts_at, absence.ends_at)
    if isinstance(absence, Leave):
        return Away(*cells, diary_id=absence.resource.diary_id)
    return Away(*cells, site_id=absence.site_id)


def away_from(new: NewLeave | NewClosure) -> Away:
    """The same before it is entered."""
    if isinstance(new, NewLeave):
        resource = new.resource
        return Away(resource.clinic_id, new.starts_at, new.ends_at, diary_id=resource.diary_id)
    return Away(new.site.clinic_id, new.starts_at, new.ends_at, site_id=new.site.pk)


def swaps_for(*, sessions: Sequence[Session], wanted: Wanted) -> Swaps:
    """The same-time swaps of the sessions, which all have claims in the way.

    A fixed number of queries for each site. Each session in turn is seated with the fewest others moved,
    as far as they may move; those seated before may change again. So whoever is left finds no seat
    beside them, wherever they sit.
    """
    if wanted.away.diary_id is None:
        return Swaps(left={session.pk: SwapBlocker.SITE_CLOSED for session in sessions})
    by_site: dict[int, list[Session]] = defaultdict(list)
    for session in sessions:
        if session.site_id is not None:
            by_site[session.site_id].append(session)
    at: dict[int, tuple[SiteDiaries, Sequence[DayOfSwaps]]] = {}
    left: dict[int, SwapBlocker] = {}
    taken: list[Move] = []
    for site in Site.objects.filter(pk__in=by_site).select_related("clinic").order_by("pk"):
        swapping = _SiteSwapping(wanted, site, by_site[site.pk], taken)
        days = list(swapping.days(left))
        at[site.pk] = (swapping.diaries, days)
        taken += [move for day in days for move in day.moves]
    return Swaps(at, left)


class _SiteSwapping:
    """The swaps at one site. What was promised at other sites is taken."""

    def __init__(
        self, wanted: Wanted, site: Site, sessions: Sequence[Session], taken: Iterable[Move]
    ) -> None:
        self._wanted, self._away, self._now = wanted, wanted.away, wanted.now
        self._sessions: dict[date, list[Session]] = defaultdict(list)
        for session in sorted(sessions, key=_by_start):
            if session.local_date is not None:
                self._sessions[session.local_date].append(session)
        read = site_diaries(
            site=site,
            patient_diary_id=None,
            first_on=min(self._sessions) - _DAY,
            last_on=max(self._sessions) + _DAY,
        )
        self.diaries = _marked(read.without(wanted.leaving), taken)
        rows = claims_in(
            diaries=self.diaries,
            diary_ids=[*self.diaries.open, self._away.diary_id or 0],
            leaving=wanted.leaving,
        )
        self._claims: dict[date, dict[SeatKey, list[Claim]]] = defaultdict(dict)
        for key, of_seat in by_seat(rows.filter(session__local_date__in=list(self._sessions))).items():
            on = of_seat[0].session.local_date
            assert on is not None, "found by its date"
            self._claims[on][key] = of_seat

    @cached_property
    def _movable(self) -> frozenset[SeatKey]:
        dates = min(self._sessions), max(self._sessions)
        seats = booked_seats(diaries=self.diaries, dates=dates, now=self._now, leaving=self._wanted.leaving)
        return frozenset(seat.seat for seat in seats.movable)

    def days(self, left: dict[int, SwapBlocker]) -> Iterator[DayOfSwaps]:
        """Each day on which something is swapped; writes down who is left."""
        for on, sessions in sorted(self._sessions.items()):
            day = self._day(on, sessions, left)
            if day.sessions:
                yield day

    def _day(self, on: date, sessions: Sequence[Session], left: dict[int, SwapBlocker]) -> DayOfSwaps:
        diaries, claims = self.diaries.around(on), self._claims[on]
        booked = seats_booked(claims=claims, diaries=diaries, movable=self._movable)
        open_at = self._open(diaries, claims)
        seats, swapped, noticed = booked, [], set()
        for session in sessions:
            keys = self._in_the_way(session, booked, diaries)
            if (snag := self._snag(session, keys, claims)) is not None:
                left[session.pk] = snag
            elif (after := _seated(seats, keys, open_at)) is None:
                left[session.pk] = SwapBlocker.NONE_FREE
            else:
                seats = after
                swapped.append(session)
                if any(_is_known(claims[key], key[1]) for key in keys):
                    noticed.add(session.pk)
        changed = {
            key: seat.diary
            for key, seat in seats.items()
            if seat.diary is not None and seat.diary != booked[key].diary
        }
        return DayOfSwaps(tuple(swapped), moves_to(changed, claims=claims), frozenset(noticed))

    def _in_the_way(
        self, session: Session, booked: Mapping[SeatKey, Seat], diaries: SiteDiaries
    ) -> list[SeatKey]:
        cells = self._away.cells(diaries)
        return [
            key
            for key, seat in booked.items()
            if key[0] == session.pk and seat.diary == self._away.diary_id and seat.cells & cells
        ]

    def _snag(self, session: Session, keys: Sequence[SeatKey], claims: SeatClaims) -> SwapBlocker | None:
        if not is_still_ahead(session, now=self._now):
            return SwapBlocker.BEGUN
        if not keys:
            # Cancelled or moved since it was found in the way.
            return SwapBlocker.CHANGED
        if session.pk in self._wanted.ticked:
            return None
        if session.is_pinned:
            return SwapBlocker.PINNED
        if any(claim.asked_for for key in keys for claim in claims[key]):
            return SwapBlocker.ASKED_FOR
        if any(key[1] in session.lead_roles for key in keys):
            return SwapBlocker.TREATS
        return None

    def _open(self, diaries: SiteDiaries, claims: SeatClaims) -> dict[int, int]:
        """The cells that seats of the day may take: not away, and not taken by anything but a seat."""
        seated: dict[int, int] = defaultdict(int)
        for of_seat in claims.values():
            for claim in of_seat:
                cells = diaries.horizon.cells_mask(claim.start_cell, claim.end_cell)
                seated[claim.diary_id] |= cells
        taken = {diary: busy & ~seated[diary] for diary, busy in diaries.busy.items()}
        open_at = {diary: mask & ~taken.get(diary, 0) for diary, mask in diaries.open.items()}
        if self._away.diary_id in open_at:
            open_at[self._away.diary_id] &= ~self._away.cells(diaries)
        return open_at


def _seated(
    seats: Mapping[SeatKey, Seat], keys: Sequence[SeatKey], open_at: Mapping[int, int]
) -> dict[SeatKey, Seat] | None:
    """All seats, with those named somewhere else; None if there is no way."""
    wanted = [replace(seats[key], diary=None, may_move=True) for key in keys]
    others = [seat for key, seat in seats.items() if key not in keys]
    found = reseat(wanted=wanted, booked=others, open_at=open_at)
    if found is None:
        return None
    moved = {**found.moved, **found.taken}
    of_key = {key: replace(seats[key], may_move=True) for key in keys}
    return {
        key: replace(of_key.get(key, seat), diary=moved.get(seat.key, seat.diary))
        for key, seat in seats.items()
    }


def _is_known(claims: Sequence[Claim], role: str) -> bool:
    """Whether the patient knows who serves: who treats them, or whom they asked for."""
    need = claims[0].need
    is_person = need is not None and need.kind == ResourceKind.PRACTITIONER
    is_asked_for = is_person and any(claim.asked_for for claim in claims)
    return is_asked_for or role in claims[0].session.lead_roles


def _marked(diaries: SiteDiaries, taken: Iterable[Move]) -> SiteDiaries:
    busy = dict(diaries.busy)
    for stretch in (stretch for move in taken for stretch in move.taken):
        cells = diaries.horizon.cells_mask(stretch.start_cell, stretch.end_cell)
        busy[stretch.diary_id] = busy.get(stretch.diary_id, 0) | cells
    return replace(diaries, busy=busy)


def _by_start(session: Session) -> tuple[datetime, int]:
    assert session.starts_at is not None, "only sessions with a time are in the way"
    return session.starts_at, session.pk
