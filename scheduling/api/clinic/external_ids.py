"""External ids over REST."""

from typing import Any
from uuid import UUID

from django.db.models import QuerySet
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from clinic.identity.actors import Actor
from clinic.identity.permissions import Act
from clinic.lookup import find
from clinic.models import NamedKind, Patient, Resource
from clinic.models.tenant import PublicRow
from clinic.people.external_id_kinds import name_of
from clinic.people.external_ids import name_elsewhere
from clinic.web.clock import now
from clinic.web.rest.auth import actor_of, needs
from clinic.web.rest.idempotency import idempotent
from clinic.web.rest.input_fields import Id, Shape, Text, parsed
from scheduling.models import Session
from treatments.models import Plan


class ExternalIdShape(Shape):
    system = Text()
    value = Text()
    kind = serializers.ChoiceField(choices=NamedKind.choices)
    id = Id()


@needs(Act.NAME_ELSEWHERE)
@idempotent
def name(request: Request) -> Response:
    said, by = parsed(ExternalIdShape, request.data), actor_of(request)
    kind = NamedKind(said["kind"])
    row = _row(kind, said["id"], by=by)
    called = name_of(system=said["system"], value=said["value"])
    is_new = name_elsewhere(kind=kind, row=row, name=called, by=by, now=now())
    answer = {"system": called.system, "value": called.value, "kind": kind.value, "id": str(row.uuid)}
    return Response(answer, status=201 if is_new else 200)


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
