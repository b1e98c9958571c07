"""Amending courses over REST: what they are meant to be, pausing, and what was done elsewhere."""

from typing import Any
from uuid import UUID

from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from clinic.audit_trail.write import AuditAction
from clinic.identity.actors import Actor
from clinic.identity.permissions import Act
from clinic.lookup import find
from clinic.web.database_clock import database_now
from clinic.web.rest.auth import actor_of, needs
from clinic.web.rest.idempotency import idempotent
from clinic.web.rest.input_fields import Day, Id, Shape, Text, WholeNumber, YesNo, parsed
from clinic.web.rest.problems import problems_json
from clinic.web.rest.versions import etag_of, refuse_if_stale
from clinic.web.trail import saw
from scheduling.api.courses.plans import ElsewhereShape
from scheduling.api.output import plan_json, session_json
from scheduling.api.requested import named_plan, named_session, shown_sessions
from scheduling.course_changes.amend import Amendment, Interval, amend_course
from scheduling.course_changes.elsewhere import record_elsewhere
from scheduling.course_changes.pause import Pause, pause_course, resume_course
from scheduling.courses.course import course_of
from scheduling.courses.done_elsewhere import Elsewhere
from scheduling.models import CancelledBy
from treatments.models import Protocol
from treatments.wishes import wishes_from


class AmendmentShape(Shape):
    """What is to be otherwise. Without an interval of its own (null) a course keeps its protocol's."""

    sessions = WholeNumber(required=False)
    interval_days = WholeNumber(required=False, allow_null=True)
    protocol = Id(required=False)
    wishes = serializers.DictField(required=False)
    indication = Text(required=False, allow_blank=True)
    harvest_site = Text(required=False, allow_blank=True)
    reason = Text(required=False, allow_blank=True)

    def validate(self, said: dict[str, Any]) -> dict[str, Any]:
        if not said.keys() - {"reason"}:
            raise serializers.ValidationError("Say what is to be otherwise.")
        return said


class PauseShape(Shape):
    reason = Text(allow_blank=True)
    until = Day(required=False, allow_null=True)
    give_back = YesNo(required=False, default=False)
    asked_by = serializers.ChoiceField(choices=CancelledBy.choices, default=CancelledBy.CLINIC)


@needs(Act.AMEND)
@idempotent
def amend(request: Request, plan_id: UUID) -> Response:
    said, by, at = parsed(AmendmentShape, request.data), actor_of(request), database_now()
    plan = named_plan(plan_id, by=by)
    refuse_if_stale(request, version=plan.version)
    protocol = said.get("protocol")
    wishes = said.get("wishes")
    amendment = Amendment(
        session_count=said.get("sessions"),
        interval=Interval(said["interval_days"]) if "interval_days" in said else None,
        protocol=protocol and find(Protocol.objects.seen_by(by), uuid=protocol),
        wishes=None if wishes is None else wishes_from(wishes),
        indication=said.get("indication"),
        harvest_site=said.get("harvest_site"),
        reason=said.get("reason", ""),
    )
    done = amend_course(plan=plan, amendment=amendment, by=by, now=at)
    changed = {
        "cancelled": [session_json(one) for one in shown_sessions(done.cancelled, by=by)],
        "problems": problems_json(done.warnings),
    }
    return _shown(plan_id, by, **changed)


@needs(Act.AMEND)
@idempotent
def pause(request: Request, plan_id: UUID) -> Response:
    said, by = parsed(PauseShape, request.data), actor_of(request)
    plan = named_plan(plan_id, by=by)
    refuse_if_stale(request, version=plan.version)
    pause_course(plan=plan, pause=Pause(**said), by=by, now=database_now())
    return _shown(plan_id, by)


@needs(Act.AMEND)
@idempotent
def resume(request: Request, plan_id: UUID) -> Response:
    by = actor_of(request)
    parsed(Shape, request.data)
    plan = named_plan(plan_id, by=by)
    refuse_if_stale(request, version=plan.version)
    resume_course(plan=plan, by=by, now=database_now())
    # A course that runs is shown and left as it is.
    saw(AuditAction.SAW_PLAN, [plan.patient.uuid], by=by, about=plan)
    return _shown(plan_id, by)


@needs(Act.AMEND)
@idempotent
def elsewhere(request: Request, session_id: UUID) -> Response:
    said, by = parsed(ElsewhereShape, request.data), actor_of(request)
    session = named_session(session_id, by=by)
    refuse_if_stale(request, version=session.version)
    done = Elsewhere(on=said["on"], place=said["place"])
    record_elsewhere(session=session, done=done, by=by, now=database_now())
    [shown] = shown_sessions([session], by=by)
    return Response(session_json(shown), headers={"ETag": etag_of(shown.version)})


def _shown(plan_id: UUID, by: Actor, **changed: Any) -> Response:
    plan = named_plan(plan_id, by=by)
    sessions = shown_sessions(course_of(plan=plan).sessions, by=by)
    return Response(
        {**plan_json(plan, sessions=sessions), **changed}, headers={"ETag": etag_of(plan.version)}
    )
