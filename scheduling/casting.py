"""Naming who and what serves a visit that starts at a given cell."""

from collections.abc import Callable, Mapping

from clinic.cells import cell_at
from scheduling.availability import Shape, cast_at
from scheduling.diary import SiteDiaries
from scheduling.models import Claim, Session
from scheduling.proposals import Assignment, PlacedSession, ResourceCard

Rank = Callable[[int], tuple[int, ...]]


def cast_of(*, shape: Shape, diaries: SiteDiaries, start: int, rank: Rank) -> dict[str, int]:
    """Role → the diary that plays it, for a start (bit of the horizon) known to be feasible.

    `rank` orders the diaries that can serve, lowest first.
    """
    cast = cast_at(shape=shape, free=diaries.free, start=start, rank=rank)
    assert cast is not None, "only feasible starts are cast"
    return cast


def assignments_of(
    *,
    shape: Shape,
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


def placed_as_claimed(*, session: Session) -> PlacedSession:
    """A session that has a time, as its claims say: with every need and who serves. One query."""
    assert session.site is not None
    assert session.starts_at is not None
    assert session.ends_at is not None
    claims = Claim.objects.filter(session=session, need__isnull=False)
    return PlacedSession(
        number=session.number,
        session_type_id=session.session_type_id,
        site_id=session.site.pk,
        site_uuid=session.site.uuid,
        zone=session.site.tz,
        start_cell=cell_at(session.starts_at),
        end_cell=cell_at(session.ends_at),
        window=None,
        assignments=tuple(
            _as_claimed(claim)
            for claim in claims.select_related("need__stage", "diary__resource").order_by("pk")
        ),
    )


def _as_claimed(claim: Claim) -> Assignment:
    assert claim.need is not None
    resource = claim.diary.resource
    return Assignment(
        need_id=claim.need.pk,
        stage=claim.need.stage.name,
        role=claim.need.role,
        resource=ResourceCard(resource.uuid, resource.kind, resource.name, claim.diary_id),
        start_cell=claim.start_cell,
        end_cell=claim.end_cell,
        asked_for=claim.asked_for,
    )
