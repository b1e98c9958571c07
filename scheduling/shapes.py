"""Session types as the search sees them: reads stages, needs and who has the skills."""

from collections import defaultdict
from collections.abc import Iterable, Sequence

from clinic.cells import cells_in
from clinic.open_hours import BookableResource
from scheduling.availability import Part, Role, Shape
from treatments.models import Need, SessionType


def shapes_of(*, session_type_ids: Iterable[int], resources: Sequence[BookableResource]) -> dict[int, Shape]:
    """Session type id → its shape with the pools these resources give. Two queries."""
    wanted = set(session_type_ids)
    minutes = dict(SessionType.objects.filter(pk__in=wanted).values_list("pk", "patient_minutes"))
    needs: dict[int, dict[str, list[Need]]] = defaultdict(lambda: defaultdict(list))
    rows = Need.objects.filter(stage__session_type_id__in=wanted).select_related("stage", "skill")
    for need in rows.order_by("stage__starts_minute", "pk"):
        needs[need.stage.session_type_id][need.role].append(need)
    return {
        pk: Shape(
            session_type_id=pk,
            patient_cells=cells_in(minutes[pk]),
            roles=tuple(_role(role, of_role, resources) for role, of_role in needs[pk].items()),
        )
        for pk in minutes
    }


def _role(key: str, needs: Sequence[Need], resources: Sequence[BookableResource]) -> Role:
    parts = tuple(
        Part(
            need_id=need.pk,
            stage=need.stage.name,
            start=cells_in(need.stage.starts_minute),
            end=cells_in(need.stage.ends_minute),
        )
        for need in needs
    )
    pool = tuple(
        resource.diary_id
        for resource in resources
        if all(need.skill_id in resource.skill_ids and need.kind == resource.kind for need in needs)
    )
    return Role(key=key, label=needs[0].skill.name, parts=parts, pool=pool, kind=needs[0].kind)
