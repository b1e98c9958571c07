"""What the clinic offers, over REST: current versions only."""

from typing import Any

from rest_framework.request import Request
from rest_framework.response import Response

from clinic.actors import Scope
from clinic.web.auth import actor_of, needs
from clinic.web.pagination import listed
from clinic.web.shapes import ListShape, parsed_query
from treatments.models import Protocol, SessionType


@needs(Scope.CALENDAR_READ)
def list_protocols(request: Request) -> Response:
    asked = parsed_query(ListShape, request.query_params)
    protocols = Protocol.objects.of_clinic(actor_of(request).clinic_id).current()
    return listed(request, protocols, by=("name", "uuid"), asked=asked, show=protocol_json)


@needs(Scope.CALENDAR_READ)
def list_session_types(request: Request) -> Response:
    asked = parsed_query(ListShape, request.query_params)
    types = SessionType.objects.of_clinic(actor_of(request).clinic_id).current()
    return listed(request, types, by=("name", "uuid"), asked=asked, show=session_type_json)


def protocol_json(protocol: Protocol) -> dict[str, Any]:
    return {
        "id": str(protocol.uuid),
        "key": protocol.key,
        "name": protocol.name,
        "sessions": {"min": protocol.min_sessions, "max": protocol.max_sessions},
    }


def session_type_json(session_type: SessionType) -> dict[str, Any]:
    return {
        "id": str(session_type.uuid),
        "key": session_type.key,
        "name": session_type.name,
        "minutes": session_type.patient_minutes,
    }
