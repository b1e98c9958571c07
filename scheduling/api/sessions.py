"""Visits over REST: list them, read one, book one without a plan."""

from typing import Any
from uuid import UUID

from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from clinic.actors import Scope
from clinic.lookup import find
from clinic.models import Patient, Site
from clinic.web.auth import actor_of, needs
from clinic.web.clock import now
from clinic.web.idempotency import idempotent
from clinic.web.pagination import listed
from clinic.web.shapes import Day, Id, Instant, ListShape, Shape, parsed, parsed_query
from clinic.web.versions import etag_of
from scheduling.api.asked import asked_sessions
from scheduling.api.output import session_json
from scheduling.models import Session, SessionStatus
from scheduling.visits import Visit, book_visit
from treatments.models import SessionType

_SESSIONS = Session.objects.select_related("patient", "plan", "site", "session_type")


class SessionFilter(ListShape):
    """`from` and `until` are dates at the session's own site, both included."""

    until = Day(required=False)
    plan = Id(required=False)
    patient = Id(required=False)
    resource = Id(required=False)
    status = serializers.ChoiceField(choices=SessionStatus.choices, required=False)

    def get_fields(self) -> dict[str, serializers.Field[Any, Any, Any, Any]]:
        # `from` is a word of Python's own and cannot be declared.
        return {"from": Day(required=False), **super().get_fields()}


class VisitShape(Shape):
    patient = Id()
    session_type = Id()
    starts_at = Instant()
    site = Id(required=False, allow_null=True)


@needs(Scope.CALENDAR_READ)
def list_sessions(request: Request) -> Response:
    asked = parsed_query(SessionFilter, request.query_params)
    found = asked_sessions(clinic_id=actor_of(request).clinic_id, asked=asked)
    by = ("due_on", "uuid") if asked.get("status") == SessionStatus.DUE else ("starts_at", "uuid")
    return listed(request, found, by=by, asked=asked, show=session_json)


@needs(Scope.CALENDAR_READ)
def show(request: Request, session_id: UUID) -> Response:
    return _shown(_session(request, session_id))


@needs(Scope.BOOKING_WRITE)
@idempotent
def book(request: Request) -> Response:
    said, by = parsed(VisitShape, request.data), actor_of(request)
    types, sites = SessionType.objects.current(), Site.objects.filter(is_active=True)
    site = said.get("site")
    visit = Visit(
        patient=find(Patient, clinic_id=by.clinic_id, uuid=said["patient"]),
        session_type=find(SessionType, clinic_id=by.clinic_id, uuid=said["session_type"], among=types),
        starts_at=said["starts_at"],
        site=site and find(Site, clinic_id=by.clinic_id, uuid=site, among=sites),
    )
    booked = book_visit(visit=visit, by=by, now=now())
    return _shown(
        _session(request, booked.uuid),
        status=201,
        headers={"Location": f"{request.path}{booked.uuid}/"},
    )


def _session(request: Request, session_id: UUID) -> Session:
    return find(Session, clinic_id=actor_of(request).clinic_id, uuid=session_id, among=_SESSIONS)


def _shown(session: Session, *, status: int = 200, headers: dict[str, str] | None = None) -> Response:
    return Response(
        session_json(session),
        status=status,
        headers={"ETag": etag_of(session.version), **(headers or {})},
    )
