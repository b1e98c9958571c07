"""The catalogue over REST: current versions only."""

from typing import Any

from rest_framework.request import Request
from rest_framework.response import Response

from clinic.identity.permissions import Act
from clinic.web.rest.auth import actor_of, needs
from clinic.web.rest.input_fields import ListShape, parsed_query
from clinic.web.rest.pagination import piece_of
from treatments.models import Protocol, SessionType


@needs(Act.SEE_PLACES)
def list_protocols(request: Request) -> Response:
    asked = parsed_query(ListShape, request.query_params)
    protocols = Protocol.objects.seen_by(actor_of(request)).current()
    return piece_of(request, protocols, by=("name", "uuid"), asked=asked).answer(protocol_json)


@needs(Act.SEE_PLACES)
def list_session_types(request: Request) -> Response:
    asked = parsed_query(ListShape, request.query_params)
    types = SessionType.objects.seen_by(actor_of(request)).current()
    return piece_of(request, types, by=("name", "uuid"), asked=asked).answer(session_type_json)


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
        "record_fields": session_type.record_fields,
    }
