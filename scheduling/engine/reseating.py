"""Making room: equal rooms, chairs, devices and assistants of booked sessions change places. Pure.

A session that finds everything taken may still fit if what is booked sat elsewhere at the same minutes. Bit i
of a mask stands for cell i of the horizon, as in `scheduling.engine.availability`.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from heapq import heappop, heappush
from itertools import pairwise

from clinic.time.cells import erode, ones, shift
from scheduling.engine.availability import Free, RequiredRole, SessionRequirements, feasible_starts

MOST_NODES = 200


@dataclass(frozen=True, slots=True)
class Seat:
    """One role of one session: the cells it takes, all of one diary, and the diaries that are equal for it.

    `diary` is where it is booked; a new session's seats have none yet. What a person asked for, or what has
    begun, may not move.
    """

    key: str
    cells: int
    pool: tuple[int, ...]
    diary: int | None = None
    may_move: bool = True


@dataclass(frozen=True, slots=True)
class Reseating:
    """Key of a new seat → its diary, and key of a booked seat that moves → its new diary."""

    taken: Mapping[str, int]
    moved: Mapping[str, int]


def seats_of(*, shape: SessionRequirements, start: int) -> tuple[Seat, ...]:
    """What a session that starts at that bit would take. All of it must lie in the horizon."""
    return tuple(Seat(role.key, _cells(role, start), role.pool) for role in shape.roles)


def reseat(
    *, wanted: Sequence[Seat], booked: Sequence[Seat], open_at: Free, most_nodes: int = MOST_NODES
) -> Reseating | None:
    """Seat a new session with the fewest booked seats moved; None if there is no way, or none is found soon.

    `booked` holds every seat of the diaries in question, whether it may move or not. Uniform-cost search:
    whoever is seated pushes out those who sat there, and they are seated next. In a cheapest reseating
    everyone who moves was pushed out by somebody, so the search is exact.
    """
    search = _Search(booked, open_at)
    heap = [_Node(waiting=tuple(wanted))]
    for _ in range(most_nodes):
        if not heap:
            return None
        node = heappop(heap)
        if not node.waiting:
            return _reseating(node)
        for following in search.after(node):
            heappush(heap, following)
    return None


def possible_starts(
    *, shape: SessionRequirements, booked: Sequence[Seat], open_at: Free, patient_free: int
) -> int:
    """The starts at which a session might fit if all that may move did; it never leaves out one that does.

    Each role needs a diary that is open and not held by what may not move; and at each cell the diaries of
    a pool must be as many as those who need one of them.
    """
    held = _held(seat for seat in booked if not seat.may_move)
    could_serve = {diary: mask & ~held.get(diary, 0) for diary, mask in open_at.items()}
    found = feasible_starts(shape=shape, free=could_serve, patient_free=patient_free)
    movable = [seat for seat in booked if seat.may_move]
    for pool in {role.pool for role in shape.roles}:
        if not found:
            return 0
        spare = _Spare(pool, movable, could_serve)
        for (first, end), needed in _demands(pool, shape.roles):
            found &= shift(erode(spare.at_least(needed), end - first), first)
    return found


@dataclass(order=True, slots=True)
class _Node:
    """Who is seated where so far, and who waits; ordered by how many moved, then by how many wait."""

    moves: int = 0
    waits: int = 0
    path: tuple[int, ...] = ()
    waiting: tuple[Seat, ...] = field(default=(), compare=False)
    seated: tuple[tuple[Seat, int], ...] = field(default=(), compare=False)


class _Search:
    def __init__(self, booked: Sequence[Seat], open_at: Free) -> None:
        self._open_at = open_at
        self._in: dict[int, list[Seat]] = {}
        for seat in booked:
            if seat.diary is not None:
                self._in.setdefault(seat.diary, []).append(seat)

    def after(self, node: _Node) -> Iterator[_Node]:
        """Every way to seat the one of those who wait that has the fewest ways."""
        ways = [(list(self._ways(seat, node)), seat) for seat in node.waiting]
        fewest, seat = min(ways, key=lambda way: len(way[0]))
        others = tuple(other for other in node.waiting if other is not seat)
        for number, (diary, pushed_out) in enumerate(fewest):
            waiting = (*others, *pushed_out)
            yield _Node(
                moves=node.moves + len(pushed_out),
                waits=len(waiting),
                path=(*node.path, number),
                waiting=waiting,
                seated=(*node.seated, (seat, diary)),
            )

    def _ways(self, seat: Seat, node: _Node) -> Iterator[tuple[int, list[Seat]]]:
        """Diaries that could take the seat, each with the seats that it would push out."""
        gone = {id(other) for other in (*node.waiting, *(other for other, _ in node.seated))}
        for diary in seat.pool:
            if seat.cells & ~self._open_at.get(diary, 0):
                continue
            if any(where == diary and other.cells & seat.cells for other, where in node.seated):
                continue
            sitting = [other for other in self._in.get(diary, ()) if other.cells & seat.cells]
            pushed_out = [other for other in sitting if id(other) not in gone]
            if all(other.may_move for other in pushed_out):
                yield diary, pushed_out


class _Spare:
    """How many diaries of a pool are left at each cell, however those who may move are seated."""

    def __init__(self, pool: Sequence[int], movable: Iterable[Seat], could_serve: Free) -> None:
        # Only who cannot sit outside of the pool needs a diary of it for certain.
        inside = _held(seat for seat in movable if {*seat.pool, seat.diary} <= set(pool))
        # Where one sits already one may stay, even if the diary was closed since.
        self._supply = _levels(could_serve.get(diary, 0) | inside.get(diary, 0) for diary in pool)
        self._demand = _levels(inside.values())

    def at_least(self, count: int) -> int:
        """The cells at which so many are left: wherever j are needed, j + count serve."""
        found = self._served(count)
        for index, mask in enumerate(self._demand):
            found &= ~mask | self._served(index + 1 + count)
        return found

    def _served(self, count: int) -> int:
        return self._supply[count - 1] if count <= len(self._supply) else 0


def _levels(masks: Iterable[int]) -> list[int]:
    """Element k: the cells that more than k of the masks hold."""
    levels: list[int] = []
    for mask in masks:
        for index, level in enumerate(levels):
            levels[index], mask = level | mask, level & mask
        levels.append(mask)
    return levels


def _demands(pool: Sequence[int], roles: Sequence[RequiredRole]) -> Iterator[tuple[tuple[int, int], int]]:
    """([first, end) cells from the patient's arrival, how many of the pool the session needs on them)."""
    parts = [part for role in roles if set(role.pool) <= set(pool) for part in role.parts]
    edges = sorted({edge for part in parts for edge in (part.start, part.end)})
    for first, end in pairwise(edges):
        if needed := sum(part.start <= first and end <= part.end for part in parts):
            yield (first, end), needed


def _held(seats: Iterable[Seat]) -> dict[int, int]:
    held: dict[int, int] = {}
    for seat in seats:
        if seat.diary is not None:
            held[seat.diary] = held.get(seat.diary, 0) | seat.cells
    return held


def _cells(role: RequiredRole, start: int) -> int:
    cells = 0
    for part in role.parts:
        cells |= ones(part.end - part.start) << (start + part.start)
    return cells


def _reseating(node: _Node) -> Reseating:
    return Reseating(
        taken={seat.key: diary for seat, diary in node.seated if seat.diary is None},
        moved={seat.key: diary for seat, diary in node.seated if seat.diary is not None},
    )
