"""Session types as the search sees them: reads stages, needs and who has the skills."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from clinic.hours.working_time import BookableResource
from clinic.time.cells import cells_in
from scheduling.engine.availability import Part, RequiredRole, SessionRequirements
from treatments.models import Need, SessionType
from treatments.versions.cache import Frozen


@dataclass(frozen=True, slots=True)
class _Casting:
    """A role before anyone is named: what it is called, when it is on, and who may play it."""

    key: str
    label: str
    parts: tuple[Part, ...]
    kind: str
    skill_ids: frozenset[int]


@dataclass(frozen=True, slots=True)
class _Type:
    """What one session of a session type takes."""

    patient_cells: int
    castings: tuple[_Casting, ...]


# A session type never changes once it is frozen, so it is read once a process.
_frozen: Frozen[int, _Type] = Frozen()


def shapes_of(
    *, session_type_ids: Iterable[int], resources: Sequence[BookableResource]
) -> dict[int, SessionRequirements]:
    """Session type id → its shape with the pools these resources give. Two queries, none for types in use."""
    wanted = set(session_type_ids)
    known = _frozen.known(wanted)
    if unknown := wanted - known.keys():
        known |= _read(unknown)
    return {pk: _shape(pk, known[pk], resources) for pk in sorted(known)}


def _read(session_type_ids: Iterable[int]) -> dict[int, _Type]:
    rows = SessionType.objects.filter(pk__in=session_type_ids)
    minutes = {pk: (length, frozen_at) for pk, length, frozen_at in rows.values_list(*_COLUMNS)}
    needs: dict[int, dict[str, list[Need]]] = defaultdict(lambda: defaultdict(list))
    of_types = Need.objects.filter(stage__session_type_id__in=list(minutes)).select_related("stage", "skill")
    for need in of_types.order_by("stage__starts_minute", "pk"):
        needs[need.stage.session_type_id][need.role].append(need)
    found = {
        pk: _Type(cells_in(length), tuple(_casting(role, of_role) for role, of_role in needs[pk].items()))
        for pk, (length, _) in minutes.items()
    }
    _frozen.keep({pk: found[pk] for pk, (_, frozen_at) in minutes.items() if frozen_at is not None})
    return found


_COLUMNS = ("pk", "patient_minutes", "frozen_at")


def _casting(key: str, needs: Sequence[Need]) -> _Casting:
    parts = tuple(
        Part(
            need_id=need.pk,
            stage=need.stage.name,
            start=cells_in(need.stage.starts_minute),
            end=cells_in(need.stage.ends_minute),
        )
        for need in needs
    )
    skill_ids = frozenset(need.skill_id for need in needs)
    return _Casting(key, needs[0].skill.name, parts, needs[0].kind, skill_ids)


def _shape(pk: int, of: _Type, resources: Sequence[BookableResource]) -> SessionRequirements:
    roles = (
        RequiredRole(
            key=casting.key,
            label=casting.label,
            parts=casting.parts,
            pool=tuple(
                resource.diary_id
                for resource in resources
                if resource.kind == casting.kind and casting.skill_ids <= resource.skill_ids
            ),
            kind=casting.kind,
        )
        for casting in of.castings
    )
    return SessionRequirements(session_type_id=pk, patient_cells=of.patient_cells, roles=tuple(roles))
