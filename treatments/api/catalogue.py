"""The catalogue over REST: current versions only."""

from typing import TypedDict

from clinic.identity.permissions import Act
from clinic.web.rest.contract import Answer, Call, speaks
from clinic.web.rest.json_types import AnyObject, Page, Uuid
from clinic.web.rest.lists import ListShape, piece_of
from treatments.models import Protocol, SessionType


class CatalogueFilter(ListShape):
    """By name, or as they were entered."""

    orders = {"name": ("name",)}


class SessionCount(TypedDict):
    """Between how many sessions the doctor may choose."""

    min: int
    max: int


class ProtocolJson(TypedDict):
    """What can be prescribed."""

    id: Uuid
    key: str
    name: str
    sessions: SessionCount


class SessionTypeJson(TypedDict):
    """What a session can be, and what is written down of it."""

    id: Uuid
    key: str
    name: str
    minutes: int
    record_fields: list[AnyObject]


@speaks("list_protocols", Act.SEE_PLACES, query=CatalogueFilter, answers={200: Page[ProtocolJson]})
def list_protocols(call: Call) -> Answer[Page[ProtocolJson]]:
    """List what can be prescribed."""
    return piece_of(call, Protocol.objects.seen_by(call.by).current()).answer(protocol_json)


@speaks("list_session_types", Act.SEE_PLACES, query=CatalogueFilter, answers={200: Page[SessionTypeJson]})
def list_session_types(call: Call) -> Answer[Page[SessionTypeJson]]:
    """List what a session can be."""
    return piece_of(call, SessionType.objects.seen_by(call.by).current()).answer(session_type_json)


def protocol_json(protocol: Protocol) -> ProtocolJson:
    return {
        "id": str(protocol.uuid),
        "key": protocol.key,
        "name": protocol.name,
        "sessions": {"min": protocol.min_sessions, "max": protocol.max_sessions},
    }


def session_type_json(session_type: SessionType) -> SessionTypeJson:
    return {
        "id": str(session_type.uuid),
        "key": session_type.key,
        "name": session_type.name,
        "minutes": session_type.patient_minutes,
        "record_fields": session_type.record_fields,
    }
