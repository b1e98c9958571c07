"""The actual cast of a session: who and what really served, by role."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from clinic.errors import Problem, ProblemKind, Unknown, refuse_if_any
from clinic.models import Resource, ResourceKind
from clinic.people.care import take_into_care
from clinic.sentences import sentence as _
from scheduling.engine.lead import lead_of
from scheduling.models import Session
from treatments.models import Need, SessionType


def cast_as_used(*, session: Session, used: Mapping[str, UUID]) -> list[dict[str, Any]]:
    """The session's cast with these resources in their roles: as long as its session type says.

    Raises Unknown (`unknown_resource`) and Refused (`unknown_role`, `other_kind_needed`). Nobody is asked
    for a skill or for free time: this is what happened.
    """
    needs = list(
        Need.objects.filter(stage__session_type_id=session.session_type_id)
        .select_related("stage")
        .order_by("stage__starts_minute", "pk")
    )
    resources = _named(session.clinic_id, used)
    refuse_if_any(_problems(needs, resources))
    known = {part["role"]: part for part in session.used or session.cast}
    return [part for need in needs if (part := _part(need, resources, known)) is not None]


def led_by(
    practitioner: Resource, *, session_type: SessionType, session: Session | None = None
) -> dict[str, UUID]:
    """They in every role of whoever leads the session: as it was booked, else as its type has it."""
    roles = session.lead_roles if session is not None else set()
    return dict.fromkeys(roles or _lead_roles(session_type), practitioner.uuid)


def _lead_roles(session_type: SessionType) -> list[str]:
    needs = Need.objects.filter(stage__session_type=session_type, kind=ResourceKind.PRACTITIONER)
    serving: dict[str, list[tuple[int, int]]] = {}
    for need in needs.select_related("stage").order_by("stage__starts_minute", "pk"):
        minutes = need.stage.starts_minute, need.stage.ends_minute
        serving.setdefault(need.role, []).append(minutes)
    lead = lead_of(serving, leaves=session_type.patient_minutes)
    return [] if lead is None else [lead]


def take_into_their_care(*, session: Session, now: datetime) -> None:
    """Practitioners who served treat the patient from now on."""
    people = {part["resource"] for part in session.used if part["kind"] == ResourceKind.PRACTITIONER}
    rows = Resource.objects.of_clinic(session.clinic_id).filter(uuid__in=people)
    take_into_care(patient=session.patient, practitioner_ids=rows.values_list("pk", flat=True), now=now)


def _named(clinic_id: int, used: Mapping[str, UUID]) -> dict[str, Resource]:
    rows = Resource.objects.of_clinic(clinic_id).filter(uuid__in=set(used.values()))
    found = {row.uuid: row for row in rows}
    if any(uuid not in found for uuid in used.values()):
        raise Unknown("unknown_resource", _("There is no such practitioner, room or device in this clinic."))
    return {role: found[uuid] for role, uuid in used.items()}


def _problems(needs: Sequence[Need], resources: Mapping[str, Resource]) -> Iterator[Problem]:
    kinds = {need.role: ResourceKind(need.kind) for need in needs}
    for role, resource in resources.items():
        if role not in kinds:
            yield Problem(
                "unknown_role",
                ProblemKind.BLOCKER,
                _(
                    "This kind of session has no role “{role}”. It has: {kinds}.",
                    role=role[:50],
                    kinds=", ".join(sorted(kinds)),
                ),
            )
        elif resource.kind != kinds[role]:
            yield Problem(
                "other_kind_needed",
                ProblemKind.BLOCKER,
                _(
                    "{name} cannot be the {role}: name a {kind}.",
                    name=resource.name,
                    role=role,
                    kind=kinds[role].label.lower(),
                ),
            )


def _part(
    need: Need, resources: Mapping[str, Resource], known: Mapping[str, Mapping[str, Any]]
) -> dict[str, Any] | None:
    if resource := resources.get(need.role):
        who = {"resource": str(resource.uuid), "kind": resource.kind, "name": resource.name}
    elif part := known.get(need.role):
        who = {key: part[key] for key in ("resource", "kind", "name")}
    else:
        return None
    minutes = {"starts_minute": need.stage.starts_minute, "ends_minute": need.stage.ends_minute}
    return {"stage": need.stage.name, "role": need.role, **who, **minutes}
