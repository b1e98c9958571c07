"""Masks in, feasible starts out: when one visit can begin, and who would serve.

A visit is a set of roles; each role wants one diary of its pool to be free on all of its parts.
Bit i of a mask stands for cell i of the horizon. Roles whose pools do not meet, or whose parts
never overlap, are independent: AND them. Roles that compete for one pool at the same minutes
are tried together, assignment by assignment, which is exact (a pool is a handful of diaries).
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

from clinic.cells import erode, shift


@dataclass(frozen=True, slots=True)
class Part:
    """Cells [start, end) counted from the patient's arrival, for one need of one stage."""

    need_id: int
    stage: str
    start: int
    end: int

    def overlaps(self, other: "Part") -> bool:
        return self.start < other.end and other.start < self.end


@dataclass(frozen=True, slots=True)
class Role:
    """One part to be played by one diary out of `pool`, whenever its parts are on."""

    key: str
    label: str
    parts: tuple[Part, ...]
    pool: tuple[int, ...]

    def overlaps(self, other: "Role") -> bool:
        return any(mine.overlaps(theirs) for mine in self.parts for theirs in other.parts)

    def competes_with(self, other: "Role") -> bool:
        return self.overlaps(other) and not set(self.pool).isdisjoint(other.pool)


@dataclass(frozen=True)
class Shape:
    """What one visit of a session type takes: the patient's cells, and roles."""

    session_type_id: int
    patient_cells: int
    roles: tuple[Role, ...]

    @cached_property
    def rivalries(self) -> tuple[tuple[Role, ...], ...]:
        """The roles in groups within which they compete for diaries, each group on its own."""
        groups: list[list[Role]] = []
        for role in self.roles:
            met = [group for group in groups if any(role.competes_with(other) for other in group)]
            groups = [group for group in groups if group not in met]
            groups.append([*(other for group in met for other in group), role])
        return tuple(tuple(group) for group in groups)

    def narrowed_to(self, diary_id: int) -> "Shape":
        """The same visit with this diary in every role it can play, as far as it can be in one place."""
        narrowed: list[Role] = []
        for role in self.roles:
            clashes = any(role.overlaps(other) and other.pool == (diary_id,) for other in narrowed)
            plays = diary_id in role.pool and not clashes
            narrowed.append(replace(role, pool=(diary_id,)) if plays else role)
        return Shape(self.session_type_id, self.patient_cells, tuple(narrowed))


Free = Mapping[int, int]


def role_mask(role: Role, diary_id: int, free: Free) -> int:
    """The starts at which this diary can play the role."""
    mask = -1
    for part in role.parts:
        mask &= shift(erode(free.get(diary_id, 0), part.end - part.start), part.start)
    return mask


def feasible_starts(*, shape: Shape, free: Free, patient_free: int) -> int:
    """The starts at which every role can be played by a diary of its own and the patient is free."""
    mask = erode(patient_free, shape.patient_cells)
    for group in shape.rivalries:
        if not mask:
            return 0
        mask &= _group_mask(group, free)
    return mask


def _group_mask(group: Sequence[Role], free: Free) -> int:
    masks = {role.key: {diary: role_mask(role, diary, free) for diary in role.pool} for role in group}
    if len(group) == 1:
        found = 0
        for mask in masks[group[0].key].values():
            found |= mask
        return found
    found = 0
    for assignment in _assignments(group, {role.key: role.pool for role in group}):
        mask = -1
        for role in group:
            mask &= masks[role.key][assignment[role.key]]
        found |= mask
    return found


def _assignments(group: Sequence[Role], choices: Mapping[str, Sequence[int]]) -> Iterator[dict[str, int]]:
    """Every way to give each role a diary such that overlapping roles have different ones."""
    if not group:
        yield {}
        return
    *others, role = group
    for assignment in _assignments(others, choices):
        busy = {assignment[other.key] for other in others if role.overlaps(other)}
        for diary in choices[role.key]:
            if diary not in busy:
                yield {**assignment, role.key: diary}


def cast_at(
    *, shape: Shape, free: Free, start: int, rank: Callable[[int], tuple[int, ...]]
) -> dict[str, int] | None:
    """Role key → diary for a visit that starts at that bit, lowest rank first; None where there is no way."""
    cast: dict[str, int] = {}
    for group in shape.rivalries:
        able = {
            role.key: sorted((d for d in role.pool if role_mask(role, d, free) >> start & 1), key=rank)
            for role in group
        }
        first = next(_assignments(group, able), None)
        if first is None:
            return None
        cast |= first
    return cast
