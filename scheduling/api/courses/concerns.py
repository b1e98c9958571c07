"""Concerns over REST: raise one, and see that there are some. What they say never leaves by a key."""

from typing import Any
from uuid import UUID

from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from clinic.audit_trail.write import AuditAction
from clinic.identity.permissions import Act
from clinic.lookup import find
from clinic.web.database_clock import database_now
from clinic.web.rest.auth import actor_of, needs
from clinic.web.rest.idempotency import idempotent
from clinic.web.rest.input_fields import ListShape, Shape, Text, parsed, parsed_query
from clinic.web.rest.pagination import piece_of
from clinic.web.rest.versions import etag_of, refuse_if_stale
from clinic.web.trail import saw
from scheduling.course_changes.concerns import raise_concern
from treatments.models import Concern, ConcernTopic, Plan


class ConcernShape(Shape):
    topic = serializers.ChoiceField(choices=ConcernTopic.choices)
    answer = Text(required=False, allow_blank=True)


@needs(Act.SEE_CALENDAR)
def list_concerns(request: Request, plan_id: UUID) -> Response:
    asked, by = parsed_query(ListShape, request.query_params), actor_of(request)
    plan = find(Plan.objects.seen_by(by).select_related("patient"), uuid=plan_id)
    concerns = Concern.objects.seen_by(by).filter(plan=plan).select_related("plan")
    piece = piece_of(request, concerns, by=("raised_at", "uuid"), asked=asked)
    saw(AuditAction.SAW_PLAN, [plan.patient.uuid], by=by, about=plan)
    return piece.answer(_concern_json)


@needs(Act.RAISE_CONCERN)
@idempotent
def ask_review(request: Request, plan_id: UUID) -> Response:
    said, by = parsed(ConcernShape, request.data), actor_of(request)
    plan = find(Plan.objects.seen_by(by), uuid=plan_id)
    refuse_if_stale(request, version=plan.version)
    concern = raise_concern(
        plan=plan,
        topic=ConcernTopic(said["topic"]),
        answer=said.get("answer", ""),
        by=by,
        now=database_now(),
    )
    return Response(_concern_json(concern), status=201, headers={"ETag": etag_of(concern.plan.version)})


def _concern_json(concern: Concern) -> dict[str, Any]:
    """That there is one. Its plan must be loaded."""
    return {
        "id": str(concern.uuid),
        "plan": str(concern.plan.uuid),
        "raised_at": concern.raised_at.isoformat(),
        "cleared_at": concern.cleared_at and concern.cleared_at.isoformat(),
    }
