"""Messages over REST: what no mail could bring to a patient, and that somebody said it."""

from typing import Any
from uuid import UUID

from rest_framework.request import Request
from rest_framework.response import Response

from clinic.audit_trail.write import AuditAction
from clinic.identity.permissions import Act
from clinic.lookup import find
from clinic.web.clock import now
from clinic.web.database_clock import database_now
from clinic.web.rest.auth import actor_of, needs
from clinic.web.rest.idempotency import idempotent
from clinic.web.rest.input_fields import Shape, parsed
from clinic.web.trail import saw
from scheduling.messages.call_list import call_list, mark_told
from scheduling.models import Message


@needs(Act.SEE_CALENDAR)
def list_unsaid(request: Request) -> Response:
    by = actor_of(request)
    found = call_list(by=by, now=now())
    saw(AuditAction.SAW_SESSIONS, [one.message.patient.uuid for one in found], by=by)
    return Response(
        {
            "results": [
                _message_json(one.message) | {"visits": [str(session.uuid) for session in one.sessions]}
                for one in found
            ]
        }
    )


@needs(Act.TELL)
@idempotent
def told(request: Request, message_id: UUID) -> Response:
    by = actor_of(request)
    parsed(Shape, request.data)
    message = find(Message.objects.seen_by(by).select_related("patient", "plan"), uuid=message_id)
    return Response(_message_json(mark_told(message=message, by=by, now=database_now())))


def _message_json(message: Message) -> dict[str, Any]:
    return {
        "id": str(message.uuid),
        "patient": str(message.patient.uuid),
        "plan": str(message.plan.uuid) if message.plan else None,
        "kind": message.kind,
        "state": message.state,
        "problem": message.last_problem,
    }
