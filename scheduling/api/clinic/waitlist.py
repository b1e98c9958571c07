"""The waitlist over REST: who waits, whom a free time suits, offers and their answers."""

from typing import Any
from uuid import UUID

from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from clinic.audit_trail.write import AuditAction
from clinic.identity.actors import Actor
from clinic.identity.permissions import Act
from clinic.lookup import find
from clinic.models import Site
from clinic.web.database_clock import database_now
from clinic.web.rest.auth import actor_of, needs
from clinic.web.rest.idempotency import idempotent
from clinic.web.rest.input_fields import (
    Day,
    Id,
    Instant,
    ListShape,
    Shape,
    Text,
    WholeNumber,
    YesNo,
    parsed,
    parsed_query,
)
from clinic.web.rest.pagination import piece_of
from clinic.web.rest.versions import refuse_if_stale
from clinic.web.trail import saw
from scheduling.api.output import match_json, offer_json, session_json, wait_json
from scheduling.api.sessions.sessions import session_of
from scheduling.booking.freed_time import FreeTime
from scheduling.models import Offer, Session, Wait
from scheduling.models.waitlist import WaitQuerySet
from scheduling.waitlist.matching import matches
from scheduling.waitlist.offers import accept_offer, decline_offer, offer_freed
from scheduling.waitlist.queue import WaitAsked, join_waitlist, leave_waitlist, put_in_turn


class WaitShape(Shape):
    until = Day(required=False, allow_null=True)
    notice_hours = WholeNumber(required=False, min_value=0, max_value=24 * 14, default=24)
    is_urgent = YesNo(required=False, default=False)
    note = Text(required=False, allow_blank=True)

    def get_fields(self) -> dict[str, serializers.Field[Any, Any, Any, Any]]:
        # `from` is a word of Python's own and cannot be declared.
        return {"from": Day(required=False, allow_null=True), **super().get_fields()}


class TurnShape(Shape):
    rank = serializers.IntegerField(min_value=-10_000, max_value=10_000)


class FreeShape(Shape):
    site = Id()
    starts_at = Instant()
    ends_at = Instant()


@needs(Act.WAIT)
@idempotent
def join(request: Request, session_id: UUID) -> Response:
    said, by = parsed(WaitShape, request.data), actor_of(request)
    session = find(Session.objects.seen_by(by), uuid=session_id)
    asked = WaitAsked(
        from_on=said.get("from"),
        until_on=said.get("until"),
        notice_hours=said["notice_hours"],
        is_urgent=said["is_urgent"],
        note=said.get("note", ""),
    )
    wait = join_waitlist(session=session, asked=asked, by=by, now=database_now())
    return Response(wait_json(find(_waits(by), uuid=wait.uuid)), status=201)


@needs(Act.SEE_CALENDAR)
def list_waits(request: Request) -> Response:
    asked, by = parsed_query(ListShape, request.query_params), actor_of(request)
    piece = piece_of(
        request, _waits(by).standing().of_what_may_come(), by=("created_at", "uuid"), asked=asked
    )
    saw(AuditAction.SAW_WAITLIST, [wait.patient.uuid for wait in piece.rows], by=by)
    return piece.answer(wait_json)


@needs(Act.WAIT)
@idempotent
def withdraw(request: Request, wait_id: UUID) -> Response:
    by = actor_of(request)
    leave_waitlist(wait=find(_waits(by), uuid=wait_id), by=by, now=database_now())
    return Response(wait_json(find(_waits(by), uuid=wait_id)))


@needs(Act.WAIT)
@idempotent
def rank(request: Request, wait_id: UUID) -> Response:
    said, by = parsed(TurnShape, request.data), actor_of(request)
    wait = find(_waits(by), uuid=wait_id)
    refuse_if_stale(request, version=wait.version)
    put_in_turn(wait=wait, rank=said["rank"], by=by, now=database_now())
    return Response(wait_json(find(_waits(by), uuid=wait_id)))


@needs(Act.SEE_CALENDAR)
def list_matches(request: Request) -> Response:
    said, by = parsed_query(FreeShape, request.query_params), actor_of(request)
    seen = set(_waits(by).values_list("pk", flat=True))
    found = [one for one in matches(free=_free(said, by), now=database_now()) if one.wait.pk in seen]
    saw(AuditAction.SAW_WAITLIST, [one.wait.patient.uuid for one in found], by=by)
    return Response({"results": [match_json(one) for one in found]})


@needs(Act.WAIT)
@idempotent
def offer(request: Request) -> Response:
    said, by = parsed(FreeShape, request.data), actor_of(request)
    made = offer_freed(free=_free(said, by), by=by, now=database_now())
    if made is None:
        return Response({"offer": None})
    return Response({"offer": offer_json(_offer(by, made.uuid))}, status=201)


@needs(Act.ANSWER_OFFER)
@idempotent
def accept(request: Request, offer_id: UUID) -> Response:
    by = actor_of(request)
    session = accept_offer(offer=_offer(by, offer_id), by=by, now=database_now())
    return Response(session_json(session_of(by, session.uuid)))


@needs(Act.ANSWER_OFFER)
@idempotent
def decline(request: Request, offer_id: UUID) -> Response:
    by = actor_of(request)
    decline_offer(offer=_offer(by, offer_id), by=by, now=database_now())
    return Response(offer_json(_offer(by, offer_id)))


def _free(said: dict[str, Any], by: Actor) -> FreeTime:
    site = find(Site.objects.seen_by(by).filter(is_active=True).select_related("clinic"), uuid=said["site"])
    return FreeTime(site, said["starts_at"], said["ends_at"])


def _waits(by: Actor) -> WaitQuerySet:
    rows: WaitQuerySet = Wait.objects.seen_by(by)
    return rows.select_related("patient", "plan", "session__site", "session_type")


def _offer(by: Actor, offer_id: UUID) -> Offer:
    rows = Offer.objects.seen_by(by).select_related(
        "wait__session__plan", "wait__session__site", "wait__patient", "hold", "site__clinic"
    )
    return find(rows, uuid=offer_id)
