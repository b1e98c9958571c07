"""Holds over REST: keep a calendar for a while, see what is held, release it."""

from uuid import UUID

from django.db.models import Prefetch
from rest_framework.request import Request
from rest_framework.response import Response

from clinic.audit_trail.write import AuditAction
from clinic.identity.actors import Actor
from clinic.identity.permissions import Act
from clinic.lookup import find
from clinic.web.database_clock import database_now
from clinic.web.rest.auth import actor_of, needs
from clinic.web.rest.idempotency import idempotent
from clinic.web.rest.input_fields import Id, Instant, ListShape, Shape, Text, parsed, parsed_query
from clinic.web.rest.pagination import piece_of
from clinic.web.rest.versions import etag_of, refuse_if_stale
from clinic.web.trail import saw
from scheduling.api.output import hold_json
from scheduling.booking.holds import HoldAsked, hold_course, release_hold
from scheduling.models import Hold, Session
from scheduling.models.holds import HoldQuerySet
from scheduling.search.tokens import proposal_from
from treatments.models import Plan


class HoldShape(Shape):
    """Without `until` as long as the clinic holds time."""

    proposal = Text(max_length=8192)
    until = Instant(required=False, allow_null=True)
    reason = Text(required=False, allow_blank=True)


class HoldFilter(ListShape):
    plan = Id(required=False)


@needs(Act.HOLD)
@idempotent
def hold(request: Request, plan_id: UUID) -> Response:
    said, by, at = parsed(HoldShape, request.data), actor_of(request), database_now()
    plan = find(Plan.objects.seen_by(by).select_related("clinic"), uuid=plan_id)
    refuse_if_stale(request, version=plan.version)
    proposal = proposal_from(said["proposal"], plan=plan, now=at)
    asked = HoldAsked(until=said.get("until"), reason=said.get("reason", ""))
    held = hold_course(plan=plan, proposal=proposal, asked=asked, by=by, now=at)
    found = find(_holds(by), uuid=held.uuid)
    assert found.plan is not None, "a course was held"
    location = request.path.partition("plans/")[0] + f"holds/{held.uuid}/"
    return Response(
        hold_json(found), status=201, headers={"Location": location, "ETag": etag_of(found.plan.version)}
    )


@needs(Act.SEE_CALENDAR)
def list_holds(request: Request) -> Response:
    asked, by = parsed_query(HoldFilter, request.query_params), actor_of(request)
    holds = _holds(by).standing()
    if plan := asked.get("plan"):
        holds = holds.filter(plan=find(Plan.objects.seen_by(by), uuid=plan))
    piece = piece_of(request, holds, by=("expires_at", "uuid"), asked=asked)
    saw(AuditAction.SAW_SESSIONS, [row.plan.patient.uuid for row in piece.rows if row.plan], by=by)
    return piece.answer(hold_json)


@needs(Act.SEE_CALENDAR)
def show(request: Request, hold_id: UUID) -> Response:
    by = actor_of(request)
    found = find(_holds(by), uuid=hold_id)
    saw(AuditAction.SAW_SESSIONS, [found.plan.patient.uuid] if found.plan else [], by=by, about=found)
    return Response(hold_json(found))


@needs(Act.HOLD)
@idempotent
def release(request: Request, hold_id: UUID) -> Response:
    by = actor_of(request)
    found = find(Hold.objects.seen_by(by).select_related("plan"), uuid=hold_id)
    release_hold(hold=found, by=by, now=database_now())
    return Response(hold_json(find(_holds(by), uuid=hold_id)))


def _holds(by: Actor) -> HoldQuerySet:
    """Holds with what is shown of them. Two queries, however many."""
    sessions = Session.objects.of_clinic(by.clinic_id).select_related(
        "patient", "plan", "site", "session_type"
    )
    rows: HoldQuerySet = Hold.objects.seen_by(by)
    return rows.select_related("plan__patient").prefetch_related(
        Prefetch("sessions", queryset=sessions.order_by("number"))
    )
