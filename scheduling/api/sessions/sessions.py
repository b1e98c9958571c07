"""Sessions over REST: list them, read one, book one without a plan."""

from typing import Any
from uuid import UUID

from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from clinic.audit_trail.write import AuditAction
from clinic.identity.actors import Actor
from clinic.identity.permissions import Act
from clinic.lookup import find
from clinic.models import Patient
from clinic.web.database_clock import database_now
from clinic.web.rest.auth import actor_of, needs
from clinic.web.rest.idempotency import idempotent
from clinic.web.rest.input_fields import Day, Id, Instant, ListShape, Shape, parsed, parsed_query
from clinic.web.rest.pagination import piece_of
from clinic.web.rest.versions import etag_of
from clinic.web.trail import saw
from scheduling.api.output import session_json
from scheduling.api.requested import asked_sessions, named_practitioner, named_site
from scheduling.booking.single_session import SingleSession, book_session
from scheduling.models import Session, SessionStatus
from treatments.models import SessionType


class SessionFilter(ListShape):
    """`from` and `until` are dates at the session's own site, both included."""

    until = Day(required=False)
    plan = Id(required=False)
    patient = Id(required=False)
    resource = Id(required=False)
    external = serializers.CharField(required=False, max_length=260)
    status = serializers.ChoiceField(choices=SessionStatus.choices, required=False)
    without_time = serializers.BooleanField(required=False)

    def get_fields(self) -> dict[str, serializers.Field[Any, Any, Any, Any]]:
        # `from` is a word of Python's own and cannot be declared.
        return {"from": Day(required=False), **super().get_fields()}


class SessionShape(Shape):
    patient = Id()
    session_type = Id()
    starts_at = Instant()
    site = Id(required=False, allow_null=True)
    practitioner = Id(required=False, allow_null=True)


@needs(Act.SEE_CALENDAR)
def list_sessions(request: Request) -> Response:
    asked = parsed_query(SessionFilter, request.query_params)
    by = actor_of(request)
    found = asked_sessions(by=by, asked=asked)
    piece = piece_of(request, found, by=_order(asked), asked=asked)
    saw(AuditAction.SAW_SESSIONS, [session.patient.uuid for session in piece.rows], by=by)
    return piece.answer(session_json)


@needs(Act.SEE_CALENDAR)
def show(request: Request, session_id: UUID) -> Response:
    by = actor_of(request)
    session = session_of(by, session_id)
    saw(AuditAction.SAW_SESSIONS, [session.patient.uuid], by=by, about=session)
    return shown(session)


@needs(Act.BOOK)
@idempotent
def book(request: Request) -> Response:
    said, by = parsed(SessionShape, request.data), actor_of(request)
    session = SingleSession(
        patient=find(Patient.objects.seen_by(by), uuid=said["patient"]),
        session_type=find(SessionType.objects.seen_by(by).current(), uuid=said["session_type"]),
        starts_at=said["starts_at"],
        site=named_site(said.get("site"), by=by),
        practitioner=named_practitioner(said.get("practitioner"), by=by),
    )
    booked = book_session(wanted=session, by=by, now=database_now())
    return shown(
        session_of(by, booked.uuid),
        status=201,
        headers={"Location": f"{request.path}{booked.uuid}/"},
    )


def _order(asked: dict[str, Any]) -> tuple[str, str]:
    if asked.get("without_time"):
        return "arrived_at", "uuid"
    return ("due_on", "uuid") if asked.get("status") == SessionStatus.DUE else ("starts_at", "uuid")


def session_of(by: Actor, session_id: UUID) -> Session:
    rows = Session.objects.seen_by(by).to_show()
    return find(rows, uuid=session_id)


def shown(session: Session, *, status: int = 200, headers: dict[str, str] | None = None) -> Response:
    return Response(
        session_json(session),
        status=status,
        headers={"ETag": etag_of(session.version), **(headers or {})},
    )
