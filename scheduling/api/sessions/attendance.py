"""Attendance over REST: confirm, arrive, start, complete, miss, undo, another kind of session, walk in."""

from collections.abc import Callable
from datetime import datetime
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
from clinic.web.rest.auth import actor_of, needs
from clinic.web.rest.idempotency import idempotent
from clinic.web.rest.input_fields import Id, Instant, Shape, Text, YesNo, parsed
from clinic.web.rest.versions import refuse_if_stale
from scheduling.api.requested import named_practitioner, named_site
from scheduling.api.sessions.sessions import session_of, shown
from scheduling.attendance import attend
from scheduling.attendance import change_type as retyping
from scheduling.attendance import undo as undoing
from scheduling.attendance import walk_in as walking_in
from scheduling.attendance.completion import Completion
from scheduling.attendance.walk_in import TimeAsked, WalkIn
from scheduling.models import Outcome, Session
from treatments.models import SessionType


class NothingShape(Shape):
    """The act says it all."""


class UsedShape(Shape):
    """Who and what really served: role → resource."""

    used = serializers.DictField(child=Id(), required=False)


class CompletionShape(UsedShape):
    outcome = serializers.ChoiceField(choices=Outcome.choices)
    reason = Text(required=False, allow_blank=True)
    counts = YesNo(required=False)
    record = serializers.DictField(child=Text(allow_blank=True), required=False)


class TypeShape(Shape):
    session_type = Id()


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


class TimeShape(Shape):
    """Without `starts_at` as soon as anybody is free."""

    starts_at = Instant(required=False, allow_null=True)
    practitioner = Id(required=False, allow_null=True)


# What an endpoint does with the session, what was said, by whom and when.
Does = Callable[[Session, dict[str, Any], Actor, datetime], Session]


@needs(Act.ATTEND)
@idempotent
def confirm(request: Request, session_id: UUID) -> Response:
    return _done(
        request,
        session_id,
        NothingShape,
        lambda session, said, by, at: attend.confirm_session(session=session, by=by, now=at),
    )


@needs(Act.ATTEND)
@idempotent
def arrive(request: Request, session_id: UUID) -> Response:
    return _done(
        request,
        session_id,
        UsedShape,
        lambda session, said, by, at: attend.arrive(session=session, used=said.get("used"), by=by, now=at),
    )


@needs(Act.ATTEND)
@idempotent
def start(request: Request, session_id: UUID) -> Response:
    return _done(
        request,
        session_id,
        UsedShape,
        lambda session, said, by, at: attend.start(session=session, used=said.get("used"), by=by, now=at),
    )


@needs(Act.ATTEND)
@idempotent
def complete(request: Request, session_id: UUID) -> Response:
    return _done(
        request,
        session_id,
        CompletionShape,
        lambda session, said, by, at: attend.complete(
            session=session, completion=_completion(said), by=by, now=at
        ),
    )


@needs(Act.ATTEND)
@idempotent
def miss(request: Request, session_id: UUID) -> Response:
    return _done(
        request,
        session_id,
        NothingShape,
        lambda session, said, by, at: attend.miss(session=session, by=by, now=at),
    )


@needs(Act.ATTEND)
@idempotent
def undo(request: Request, session_id: UUID) -> Response:
    return _done(
        request,
        session_id,
        NothingShape,
        lambda session, said, by, at: undoing.undo(session=session, by=by, now=at),
    )


@needs(Act.ATTEND)
@idempotent
def change_type(request: Request, session_id: UUID) -> Response:
    def change(session: Session, said: dict[str, Any], by: Actor, at: datetime) -> Session:
        wanted = find(SessionType.objects.seen_by(by).current(), uuid=said["session_type"])
        return retyping.change_session_type(session=session, session_type=wanted, by=by, now=at)

    return _done(request, session_id, TypeShape, change)


@needs(Act.ATTEND)
@idempotent
def give_time(request: Request, session_id: UUID) -> Response:
    def give(session: Session, said: dict[str, Any], by: Actor, at: datetime) -> Session:
        who = named_practitioner(said.get("practitioner"), by=by)
        asked = TimeAsked(starts_at=said.get("starts_at"), practitioner=who)
        return walking_in.give_time(session=session, asked=asked, by=by, now=at)

    return _done(request, session_id, TimeShape, give)


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


def _done(request: Request, session_id: UUID, shape: type[Shape], does: Does) -> Response:
    """Parse, load, act, answer with the session as it stands then."""
    said, by, at = parsed(shape, request.data), actor_of(request), database_now()
    session = session_of(by, session_id)
    # Races after this look are caught under the lock, by the states the act may begin in.
    refuse_if_stale(request, version=session.version)
    done = does(session, said, by, at)
    return shown(session_of(by, done.uuid))


def _completion(said: dict[str, Any]) -> Completion:
    return Completion(
        outcome=Outcome(said["outcome"]),
        reason=said.get("reason", ""),
        counts=said.get("counts", True),
        record=said.get("record", {}),
        used=said.get("used", {}),
    )
