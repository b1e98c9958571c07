"""Moving sessions over REST: look what a move does to the course, then do it."""

from datetime import datetime
from typing import Any
from uuid import UUID

from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from clinic.audit_trail.write import AuditAction
from clinic.identity.actors import Actor
from clinic.identity.permissions import Act
from clinic.web.database_clock import database_now
from clinic.web.rest.auth import actor_of, needs
from clinic.web.rest.idempotency import idempotent
from clinic.web.rest.input_fields import Id, Instant, Shape, Text, YesNo, parsed
from clinic.web.rest.versions import etag_of, refuse_if_stale
from clinic.web.trail import saw
from scheduling.api.output import ripple_json, session_json
from scheduling.api.requested import named_plan, named_practitioner, named_session, named_site, shown_sessions
from scheduling.models import Session
from scheduling.moving.move import move_session, move_sessions, preview_move, preview_ripple
from scheduling.moving.retime import MoveTerms
from scheduling.moving.ripple import Destination, Ripple, RippleAsked
from scheduling.search.tokens import invalid, proposal_from, token_of


class RippleShape(Shape):
    """What may move along."""

    moves_confirmed = YesNo(required=False, default=False)
    bends_wishes = YesNo(required=False, default=False)


class DestinationShape(RippleShape):
    starts_at = Instant()
    site = Id(required=False, allow_null=True)
    practitioner = Id(required=False, allow_null=True)
    alone = YesNo(required=False, default=False)


class MoveShape(DestinationShape):
    """A destination, or the proposal that a preview gave."""

    starts_at = Instant(required=False)
    proposal = Text(required=False, max_length=8192)
    reason = Text(required=False, allow_blank=True)
    by_patient = YesNo(required=False, default=False)

    def validate(self, said: dict[str, Any]) -> dict[str, Any]:
        if ("starts_at" in said) == ("proposal" in said):
            raise serializers.ValidationError("Name a start or a proposal: one of the two.")
        return said


class RippleCommitShape(Shape):
    proposal = Text(max_length=8192)
    reason = Text(required=False, allow_blank=True)


@needs(Act.MOVE)
def preview(request: Request, session_id: UUID) -> Response:
    said, by, at = parsed(DestinationShape, request.data), actor_of(request), database_now()
    session = named_session(session_id, by=by)
    found = preview_move(session=session, to=_destination(said, by), asked=_asked(said), by=by, now=at)
    saw(AuditAction.SAW_CALENDARS, [session.patient.uuid], by=by, about=session)
    return Response(_shown(found, at))


@needs(Act.MOVE)
@idempotent
def move(request: Request, session_id: UUID) -> Response:
    said, by, at = parsed(MoveShape, request.data), actor_of(request), database_now()
    session = named_session(session_id, by=by)
    refuse_if_stale(request, version=session.version)
    terms = MoveTerms(reason=said.get("reason", ""), by_patient=said["by_patient"])
    if "proposal" in said:
        if session.plan is None:
            raise invalid()
        proposal = proposal_from(said["proposal"], plan=session.plan, now=at)
        moved = move_sessions(plan=session.plan, proposal=proposal, terms=terms, by=by, now=at)
    else:
        ripple = preview_move(session=session, to=_destination(said, by), asked=_asked(said), by=by, now=at)
        moved = move_session(session=session, ripple=ripple, terms=terms, by=by, now=at)
    return _moved(moved, by)


@needs(Act.MOVE)
def preview_course(request: Request, plan_id: UUID) -> Response:
    said, by, at = parsed(RippleShape, request.data), actor_of(request), database_now()
    plan = named_plan(plan_id, by=by)
    found = preview_ripple(plan=plan, asked=_asked(said), by=by, now=at)
    saw(AuditAction.SAW_CALENDARS, [plan.patient.uuid], by=by, about=plan)
    return Response(_shown(found, at))


@needs(Act.MOVE)
@idempotent
def move_course(request: Request, plan_id: UUID) -> Response:
    said, by, at = parsed(RippleCommitShape, request.data), actor_of(request), database_now()
    plan = named_plan(plan_id, by=by)
    refuse_if_stale(request, version=plan.version)
    proposal = proposal_from(said["proposal"], plan=plan, now=at)
    terms = MoveTerms(reason=said.get("reason", ""))
    return _moved(move_sessions(plan=plan, proposal=proposal, terms=terms, by=by, now=at), by)


def _destination(said: dict[str, Any], by: Actor) -> Destination:
    return Destination(
        starts_at=said["starts_at"],
        site=named_site(said.get("site"), by=by),
        practitioner=named_practitioner(said.get("practitioner"), by=by),
    )


def _asked(said: dict[str, Any]) -> RippleAsked:
    return RippleAsked(
        alone=said.get("alone", False),
        moves_confirmed=said["moves_confirmed"],
        bends_wishes=said["bends_wishes"],
    )


def _shown(found: Ripple, at: datetime) -> dict[str, Any]:
    return ripple_json(found, token=token_of(found.proposal, now=at) if found.proposal else None)


def _moved(moved: list[Session], by: Actor) -> Response:
    sessions = sorted(shown_sessions(moved, by=by), key=lambda one: (one.number, one.pk))
    versions = [one.plan.version for one in sessions if one.plan] or [one.version for one in sessions]
    return Response(
        {"sessions": [session_json(one) for one in sessions]}, headers={"ETag": etag_of(versions[0])}
    )
