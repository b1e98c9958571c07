"""Running late over REST: look at what a delay would push, then push it."""

from typing import Any
from uuid import UUID

from rest_framework import serializers
from rest_framework.exceptions import ValidationError
from rest_framework.request import Request
from rest_framework.response import Response

from clinic.audit_trail.write import AuditAction
from clinic.identity.actors import Actor
from clinic.identity.permissions import Act
from clinic.lookup import find
from clinic.models import Resource
from clinic.web.clock import now
from clinic.web.database_clock import database_now
from clinic.web.rest.auth import actor_of, needs
from clinic.web.rest.idempotency import idempotent
from clinic.web.rest.input_fields import Shape, WholeNumber, YesNo, parsed
from clinic.web.rest.problems import problems_json
from clinic.web.trail import saw
from scheduling.api.output import session_json
from scheduling.disruption.delay_preview import Delay, Shift
from scheduling.disruption.delays import Agreed, preview_delay, push_day


class DelayShape(Shape):
    minutes = WholeNumber()
    only_as_needed = YesNo(required=False, default=False)


class PushShape(DelayShape):
    """`expected` is what the preview showed: the id of each session and its version."""

    expected = serializers.DictField(child=WholeNumber())
    tell = YesNo(required=False, default=True)

    def validate_expected(self, said: dict[str, int]) -> dict[UUID, int]:
        try:
            return {UUID(key): version for key, version in said.items()}
        except ValueError:
            raise ValidationError("Ids of sessions with their versions are needed.") from None


@needs(Act.PUSH_DAY)
def preview(request: Request, resource_id: UUID) -> Response:
    said, by = parsed(DelayShape, request.data), actor_of(request)
    delay = _delay(said, resource_id, by)
    found = preview_delay(delay=delay, by=by, now=now())
    saw(AuditAction.SAW_SESSIONS, [push.session.patient.uuid for push in found], by=by, about=delay.resource)
    return Response({"visits": [_push_json(push) for push in found]})


@needs(Act.PUSH_DAY)
@idempotent
def push(request: Request, resource_id: UUID) -> Response:
    said, by = parsed(PushShape, request.data), actor_of(request)
    agreed = Agreed(expected=said["expected"], is_told=said["tell"])
    sessions = push_day(delay=_delay(said, resource_id, by), agreed=agreed, by=by, now=database_now())
    return Response({"sessions": [session_json(session) for session in sessions]})


def _delay(said: dict[str, Any], resource_id: UUID, by: Actor) -> Delay:
    resource = find(Resource.objects.seen_by(by), uuid=resource_id)
    return Delay(resource, said["minutes"], said["only_as_needed"])


def _push_json(push: Shift) -> dict[str, Any]:
    zone = push.site.tz
    return {
        "session": str(push.session.uuid),
        "version": push.session.version,
        "patient": str(push.session.patient.uuid),
        "starts_at": push.old_starts_at.astimezone(zone).isoformat(),
        "new_starts_at": push.new_starts_at.astimezone(zone).isoformat(),
        "problems": problems_json(push.problems),
    }
