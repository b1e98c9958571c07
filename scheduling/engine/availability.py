"""Masks in, feasible starts out: when one session can begin, and who would serve.

A session is a set of roles; each role wants one diary of its pool to be free on all of its parts.
Bit i of a mask stands for cell i of the horizon. Roles whose pools do not meet, or whose parts
never overlap, are independent: AND them. Roles that compete for one pool at the same minutes
are matched exactly, for all starts at once.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import combinations

from clinic.time.cells import erode, ones, shift
from scheduling.engine.lead import PRACTITIONER, lead_of


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
class RequiredRole:
    """One part to be played by one diary out of `pool`, whenever its parts are on."""

    key: str
    label: str
    parts: tuple[Part, ...]
    pool: tuple[int, ...]
    kind: str = ""

    def overlaps(self, other: "RequiredRole") -> bool:
        return any(mine.overlaps(theirs) for mine in self.parts for theirs in other.parts)

    def competes_with(self, other: "RequiredRole") -> bool:
        return self.overlaps(other) and not set(self.pool).isdisjoint(other.pool)


@dataclass(frozen=True)
class SessionRequirements:
    """What one session of a session type takes: the patient's cells, and roles."""

    session_type_id: int
    patient_cells: int
    roles: tuple[RequiredRole, ...]

    @cached_property
    def rivalries(self) -> tuple[tuple[RequiredRole, ...], ...]:
        """The roles in groups within which they compete for diaries, each group on its own."""
        groups: list[list[RequiredRole]] = []
        for role in self.roles:
            met = [group for group in groups if any(role.competes_with(other) for other in group)]
            groups = [group for group in groups if group not in met]
            groups.append([*(other for group in met for other in group), role])
        return tuple(tuple(group) for group in groups)

    @cached_property
    def lead(self) -> RequiredRole | None:
        """Whoever plays this role treats the patient."""
        people = [role for role in self.roles if role.kind == PRACTITIONER]
        serving = {role.key: [(part.start, part.end) for part in role.parts] for role in people}
        lead = lead_of(serving, leaves=self.patient_cells)
        return next((role for role in people if role.key == lead), None)

    def narrowed_to(self, diary_id: int) -> "SessionRequirements":
        """The same session with this diary in every role it can play, as far as it can be in one place."""
        narrowed: list[RequiredRole] = []
        for role in self.roles:
            clashes = any(role.overlaps(other) and other.pool == (diary_id,) for other in narrowed)
            plays = diary_id in role.pool and not clashes
            narrowed.append(replace(role, pool=(diary_id,)) if plays else role)
        return SessionRequirements(self.session_type_id, self.patient_cells, tuple(narrowed))

    def with_cast(self, cast: Mapping[str, int]) -> "SessionRequirements":
        """The same session with exactly these diaries: one for the key of each role."""
        roles = tuple(replace(role, pool=(cast[role.key],)) for role in self.roles)
        return SessionRequirements(self.session_type_id, self.patient_cells, roles)


Free = Mapping[int, int]


class Kernel:
    """Feasible starts among diaries that are free at certain cells. What it reckoned once it remembers."""

    def __init__(self, free: Free) -> None:
        self._free = free
        self._eroded: dict[tuple[int, int], int] = {}
        self._of_groups: dict[tuple[RequiredRole, ...], int] = {}

    def starts(self, *, shape: SessionRequirements, patient_free: int) -> int:
        """The starts at which every role has a diary of its own and the patient is free."""
        mask = erode(patient_free, shape.patient_cells)
        for group in shape.rivalries:
            if not mask:
                return 0
            mask &= self._group_mask(group)
        return mask

    def role_mask(self, role: RequiredRole, diary_id: int) -> int:
        """The starts at which this diary can play the role."""
        mask = -1
        for part in role.parts:
            mask &= shift(self._fits(diary_id, part.end - part.start), part.start)
        return mask

    def _fits(self, diary_id: int, cells: int) -> int:
        key = (diary_id, cells)
        if key not in self._eroded:
            self._eroded[key] = erode(self._free.get(diary_id, 0), cells)
        return self._eroded[key]

    def _group_mask(self, group: tuple[RequiredRole, ...]) -> int:
        if group not in self._of_groups:
            self._of_groups[group] = self._matched(group) if len(group) > 1 else self._any_of(group[0])
        return self._of_groups[group]

    def _any_of(self, role: RequiredRole) -> int:
        found = 0
        for diary in role.pool:
            found |= self.role_mask(role, diary)
        return found

    def _matched(self, group: Sequence[RequiredRole]) -> int:
        """The starts at which the rivals can be matched with diaries.

        A table over sets of roles, one diary after the other: `served[s]` are the starts at which the
        roles of s are served by the diaries looked at so far. Exact, and linear in the diaries.
        """
        alone = _sets_of_one_diary(group)
        served = {0: -1}
        for diary in dict.fromkeys(diary for role in group for diary in role.pool):
            plays = [self.role_mask(role, diary) if diary in role.pool else 0 for role in group]
            gained: dict[int, int] = {}
            for members in alone:
                mask = -1
                for index in _members(members):
                    mask &= plays[index]
                if not mask:
                    continue
                for already, starts in served.items():
                    if not already & members and starts & mask:
                        gained[already | members] = gained.get(already | members, 0) | starts & mask
            for key, starts in gained.items():
                served[key] = served.get(key, 0) | starts
        return served.get(ones(len(group)), 0)


def feasible_starts(*, shape: SessionRequirements, free: Free, patient_free: int) -> int:
    """The starts at which every role can be played by a diary of its own and the patient is free."""
    return Kernel(free).starts(shape=shape, patient_free=patient_free)


def can_play(*, role: RequiredRole, diary_id: int, free: Free, start: int) -> bool:
    """Whether the diary can play the role in a session that starts at that bit."""
    mask = free.get(diary_id, 0)
    for part in role.parts:
        wanted = ones(part.end - part.start)
        if start + part.start < 0 or mask >> (start + part.start) & wanted != wanted:
            return False
    return True


def cast_at(
    *, shape: SessionRequirements, free: Free, start: int, rank: Callable[[int], tuple[int, ...]]
) -> dict[str, int] | None:
    """Role key → diary for a session that starts at that bit, lowest rank first; None where there is none."""
    cast: dict[str, int] = {}
    for group in shape.rivalries:
        able = {
            role.key: sorted(
                (d for d in role.pool if can_play(role=role, diary_id=d, free=free, start=start)), key=rank
            )
            for role in group
        }
        first = next(_assignments(group, able), None)
        if first is None:
            return None
        cast |= first
    return cast


def _assignments(
    group: Sequence[RequiredRole], choices: Mapping[str, Sequence[int]]
) -> Iterator[dict[str, int]]:
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


def _sets_of_one_diary(group: Sequence[RequiredRole]) -> list[int]:
    """Sets of roles, as bits, that one diary can play in one session: no two of them overlap."""
    found = []
    for members in range(1, 1 << len(group)):
        roles = [group[index] for index in _members(members)]
        if not any(one.overlaps(other) for one, other in combinations(roles, 2)):
            found.append(members)
    return found


def _members(members: int) -> list[int]:
    return [index for index in range(members.bit_length()) if members >> index & 1]
