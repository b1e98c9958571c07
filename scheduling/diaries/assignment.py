"""Naming who and what serves a session that starts at a given cell."""

from collections.abc import Callable, Mapping

from scheduling.diaries.site_diaries import SiteDiaries
from scheduling.engine.availability import SessionRequirements, cast_at
from scheduling.engine.placed import Assignment

Rank = Callable[[int], tuple[int, ...]]


def cast_of(*, shape: SessionRequirements, diaries: SiteDiaries, start: int, rank: Rank) -> dict[str, int]:
    """Role → the diary that plays it, for a start (bit of the horizon) known to be feasible.

    `rank` orders the diaries that can serve, lowest first.
    """
    cast = cast_at(shape=shape, free=diaries.free, start=start, rank=rank)
    assert cast is not None, "only feasible starts are cast"
    return cast


def assignments_of(
    *,
    shape: SessionRequirements,
    cast: Mapping[str, int],
    diaries: SiteDiaries,
    start: int,
    asked_for: int | None = None,
) -> tuple[Assignment, ...]:
    """Every need of the shape with the resource that plays its role; `asked_for` a person chose."""
    cards = diaries.cards
    start_cell = diaries.horizon.first_cell + start
    return tuple(
        Assignment(
            need_id=part.need_id,
            stage=part.stage,
            role=role.key,
            resource=cards[cast[role.key]],
            start_cell=start_cell + part.start,
            end_cell=start_cell + part.end,
            asked_for=cast[role.key] == asked_for,
        )
        for role in shape.roles
        for part in role.parts
    )
