"""External ids over REST."""

from typing import Annotated, Any, TypedDict
from uuid import UUID

from django.db.models import QuerySet
from rest_framework import serializers

from clinic.identity.actors import Actor
from clinic.identity.permissions import Act
from clinic.lookup import find
from clinic.models import NamedKind, Patient, Resource
from clinic.models.tenant import PublicRow
from clinic.people.external_id_kinds import name_of
from clinic.people.external_ids import name_elsewhere
from clinic.web.clock import now
from clinic.web.rest.contract import Answer, Call, Does, speaks
from clinic.web.rest.input_fields import Id, Shape, Text
from clinic.web.rest.json_types import Uuid, Words
from scheduling.models import Session
from treatments.models import Plan


class ExternalIdShape(Shape):
    """What a system calls a row. `system` is of small letters, digits, `-` and `_`."""

    system = Text()
    value = Text()
    kind = serializers.ChoiceField(choices=NamedKind.choices)
    id = Id()


class ExternalIdJson(TypedDict):
    """The same, as it is kept."""

    system: str
    value: str
    kind: Annotated[str, Words.of(NamedKind)]
    id: Uuid


@speaks(
    "name_row",
    Act.NAME_ELSEWHERE,
    does=Does.MAKES,
    body=ExternalIdShape,
    answers={200: ExternalIdJson, 201: ExternalIdJson},
    refuses=(
        "external_id_taken",
        "malformed_external_id",
        "unknown_patient",
        "unknown_plan",
        "unknown_session",
        "unknown_resource",
    ),
)
def name(call: Call) -> Answer[ExternalIdJson]:
    """Say what another system calls a row.

    One row may have many names; a name is one row's. 200 if it was named so before.
    """
    said, by = call.said, call.by
    kind = NamedKind(said["kind"])
    row = _row(kind, said["id"], by=by)
    called = name_of(system=said["system"], value=said["value"])
    is_new = name_elsewhere(kind=kind, row=row, name=called, by=by, now=now())
    told: ExternalIdJson = {
        "system": called.system,
        "value": called.value,
        "kind": kind.value,
        "id": str(row.uuid),
    }
    # There is no path of one name.
    return Answer(told, status=201, location=call.path) if is_new else Answer(told)


def _row(kind: NamedKind, uuid: UUID, *, by: Actor) -> PublicRow:
    """The row of that kind, if the actor may know of it. Raises Unknown."""
    rows: dict[NamedKind, QuerySet[Any]] = {
        NamedKind.PATIENT: Patient.objects.seen_by(by).filter(erased_at__isnull=True),
        NamedKind.PLAN: Plan.objects.seen_by(by),
        NamedKind.SESSION: Session.objects.seen_by(by),
        NamedKind.RESOURCE: Resource.objects.seen_by(by),
    }
    found: PublicRow = find(rows[kind], uuid=uuid)
    return found
