"""Attendance over REST: confirm, arrive, start, complete, miss, undo, another kind of session, walk in."""

from collections.abc import Callable
from typing import Any
from uuid import UUID

from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from clinic.identity.actors import Actor
from clinic.identity.permissions import Act
from clinic.lookup import find
from clinic.models import Patient
from clinic.web.database_clock import database_now
from clinic.web.rest.auth import View, actor_of, needs
from clinic.web.rest.idempotency import idempotent
from clinic.web.rest.input_fields import Id, Instant, Shape, Text, YesNo, parsed
from clinic.web.rest.versions import refuse_if_stale
from scheduling.api.requested import named_practitioner, named_site
from scheduling.api.sessions.sessions import session_of, shown
from scheduling.attendance import attend
from scheduling.attendance import walk_in as walking_in
from scheduling.attendance.change_type import change_session_type
from scheduling.attendance.completion import Completion
from scheduling.attendance.undo import undo
from scheduling.attendance.walk_in import TimeAsked, WalkIn
from scheduling.models import Outcome, Session
from treatments.models import SessionType


class ActShape(Shape):
    """What is said of an act; in this one nothing."""

    @staticmethod
    def named(said: dict[str, Any], by: Actor) -> dict[str, Any]:
        """As the keywords of the use case."""
        return said


class UsedShape(ActShape):
    """Who and what really served: role → resource."""

    used = serializers.DictField(child=Id(), required=False)


class CompletionShape(UsedShape):
    outcome = serializers.ChoiceField(choices=Outcome.choices)
    reason = Text(required=False, allow_blank=True)
    counts = YesNo(required=False)
    record = serializers.DictField(child=Text(allow_blank=True), required=False)

    @staticmethod
    def named(said: dict[str, Any], by: Actor) -> dict[str, Any]:
        return {"completion": Completion(**said | {"outcome": Outcome(said["outcome"])})}


class TypeShape(ActShape):
    session_type = Id()

    @staticmethod
    def named(said: dict[str, Any], by: Actor) -> dict[str, Any]:
        return {"session_type": find(SessionType.objects.seen_by(by).current(), uuid=said["session_type"])}


class TimeShape(ActShape):
    """Without `starts_at` as soon as anybody is free."""

    starts_at = Instant(required=False, allow_null=True)
    practitioner = Id(required=False, allow_null=True)

    @staticmethod
    def named(said: dict[str, Any], by: Actor) -> dict[str, Any]:
        who = named_practitioner(said.get("practitioner"), by=by)
        return {"asked": TimeAsked(starts_at=said.get("starts_at"), practitioner=who)}


class WalkInShape(Shape):
    """What the patient is here for: a kind of session, or a due session of their course."""

    patient = Id()
    session_type = Id(required=False, allow_null=True)
    session = Id(required=False, allow_null=True)
    site = Id(required=False, allow_null=True)

    def validate(self, said: dict[str, Any]) -> dict[str, Any]:
        if bool(said.get("session")) == bool(said.get("session_type")):
            raise serializers.ValidationError("Name a session type or a due session: one of the two.")
        return said


def _endpoint(shape: type[ActShape], act: Callable[..., Session]) -> View:
    """Parse, load, act, answer with the session as it stands then."""

    @needs(Act.ATTEND)
    @idempotent
    def endpoint(request: Request, session_id: UUID) -> Response:
        said, by, at = parsed(shape, request.data), actor_of(request), database_now()
        session = session_of(by, session_id)
        # Races after this look are caught under the lock, by the states the act may begin in.
        refuse_if_stale(request, version=session.version)
        done = act(session=session, by=by, now=at, **shape.named(said, by))
        return shown(session_of(by, done.uuid))

    return endpoint


# By the last word of the path.
ACTS = {
    "confirm": _endpoint(ActShape, attend.confirm_session),
    "arrive": _endpoint(UsedShape, attend.arrive),
    "start": _endpoint(UsedShape, attend.start),
    "complete": _endpoint(CompletionShape, attend.complete),
    "miss": _endpoint(ActShape, attend.miss),
    "undo": _endpoint(ActShape, undo),
    "change-type": _endpoint(TypeShape, change_session_type),
    "give-time": _endpoint(TimeShape, walking_in.give_time),
}


@needs(Act.ATTEND)
@idempotent
def walk_in(request: Request) -> Response:
    said, by = parsed(WalkInShape, request.data), actor_of(request)
    patient = find(Patient.objects.seen_by(by), uuid=said["patient"])
    due, kind = said.get("session"), said.get("session_type")
    own = Session.objects.seen_by(by).filter(patient=patient).select_related("plan")
    new = WalkIn(
        patient=patient,
        session_type=find(SessionType.objects.seen_by(by).current(), uuid=kind) if kind else None,
        site=named_site(said.get("site"), by=by),
        session=find(own, uuid=due) if due else None,
    )
    here = walking_in.walk_in(new=new, by=by, now=database_now())
    location = f"{request.path.partition('walk-in/')[0]}{here.uuid}/"
    return shown(session_of(by, here.uuid), status=201, headers={"Location": location})
