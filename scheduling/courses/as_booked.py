"""A session as its cast says it was booked, as a placed session again: reads."""

from collections.abc import Collection
from typing import Any
from uuid import UUID

from clinic.models import Resource
from clinic.time.cells import cell_at, cells_in
from scheduling.courses.course import key_of
from scheduling.engine.placed import Assignment, PlacedSession, ResourceCard
from scheduling.models import Claim, Session
from treatments.models import Need


def as_booked(*, session: Session, asked_for: Collection[str] = ()) -> PlacedSession:
    """Where the session stood, with whom. `asked_for` are ids of resources that a person chose.

    Its site must be loaded, and it must have a time. Two queries.
    """
    assert session.site is not None
    assert session.starts_at is not None
    assert session.ends_at is not None
    rows = Resource.objects.of_clinic(session.clinic_id)
    resources = {str(row.uuid): row for row in rows.filter(uuid__in={p["resource"] for p in session.cast})}
    needs = Need.objects.filter(stage__session_type_id=session.session_type_id)
    need_ids = {(name, role): pk for name, role, pk in needs.values_list("stage__name", "role", "pk")}
    start_cell = cell_at(session.starts_at)

    def assigned(part: dict[str, str | int]) -> Assignment:
        row = resources[str(part["resource"])]
        return Assignment(
            need_id=need_ids[str(part["stage"]), str(part["role"])],
            stage=str(part["stage"]),
            role=str(part["role"]),
            resource=ResourceCard(UUID(str(row.uuid)), row.kind, row.name, row.diary_id),
            start_cell=start_cell + cells_in(int(part["starts_minute"])),
            end_cell=start_cell + cells_in(int(part["ends_minute"])),
            asked_for=str(row.uuid) in asked_for,
        )

    return PlacedSession(
        key=key_of(session),
        session_type_id=session.session_type_id,
        site_id=session.site.pk,
        site_uuid=session.site.uuid,
        zone=session.site.tz,
        start_cell=start_cell,
        end_cell=cell_at(session.ends_at),
        window=None,
        assignments=tuple(assigned(part) for part in session.cast),
    )


def chosen_for(*, session: Session) -> list[str]:
    """The ids of the resources that a person chose for it. One query."""
    diaries = Claim.objects.filter(session=session, asked_for=True).values("diary_id")
    return named(clinic_id=session.clinic_id, diary_ids=diaries)


def named(*, clinic_id: int, diary_ids: Any) -> list[str]:
    """The ids of the resources whose diaries these are. One query."""
    rows = Resource.objects.of_clinic(clinic_id).filter(diary_id__in=diary_ids)
    return [str(uuid) for uuid in rows.order_by("pk").values_list("uuid", flat=True)]
