"""Plans over REST: prescribe, look for calendars, book one."""

from dataclasses import asdict
from typing import Any
from uuid import UUID

from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from clinic.audit_trail.write import AuditAction
from clinic.identity.permissions import Act
from clinic.lookup import find
from clinic.models import Patient, Resource
from clinic.web.clock import now
from clinic.web.database_clock import database_now
from clinic.web.rest.auth import actor_of, needs
from clinic.web.rest.idempotency import idempotent
from clinic.web.rest.input_fields import Day, Id, Shape, Text, WholeNumber, parsed
from clinic.web.rest.problems import problems_json
from clinic.web.rest.versions import etag_of, refuse_if_stale
from clinic.web.trail import saw
from scheduling.api.output import plan_json, proposal_json, session_json
from scheduling.api.requested import named_plan
from scheduling.booking.book_course import book_course
from scheduling.booking.holds import book_hold
from scheduling.courses.course import course_of
from scheduling.courses.done_elsewhere import Elsewhere
from scheduling.courses.prescribe import prescribe_course
from scheduling.engine.proposal import Proposal
from scheduling.models import Hold
from scheduling.search.propose import MOST_PROPOSALS, Asked
from scheduling.search.propose import propose as search_calendars
from scheduling.search.tokens import proposal_from, token_of
from treatments.cadence import MOST_SESSIONS
from treatments.models import Plan, Protocol
from treatments.prescribing import Prescription
from treatments.wishes import wishes_from


class ElsewhereShape(Shape):
    on = Day()
    place = Text(allow_blank=True)


class PrescriptionShape(Shape):
    patient = Id()
    protocol = Id()
    sessions = WholeNumber()
    prescribed_by = Id(required=False, allow_null=True)
    # What wishes may say is said by treatments.wishes.
    wishes = serializers.DictField(required=False)
    indication = Text(required=False, allow_blank=True)
    harvest_site = Text(required=False, allow_blank=True)
    done_elsewhere = serializers.ListField(
        child=ElsewhereShape(), required=False, default=list, max_length=MOST_SESSIONS
    )


class SearchShape(Shape):
    """`from` and `until` bound the first start and the last end; both are site-local dates, included."""

    until = Day(required=False, allow_null=True)
    wishes = serializers.DictField(required=False, allow_null=True)
    sessions = WholeNumber(required=False, allow_null=True)
    most = WholeNumber(required=False, min_value=1, max_value=MOST_PROPOSALS, default=MOST_PROPOSALS)

    def get_fields(self) -> dict[str, serializers.Field[Any, Any, Any, Any]]:
        # `from` is a word of Python's own and cannot be declared.
        return {"from": Day(required=False, allow_null=True), **super().get_fields()}


class BookingShape(Shape):
    """A calendar on offer, or the one that is held."""

    proposal = Text(required=False, max_length=8192)
    hold = Id(required=False)

    def validate(self, said: dict[str, Any]) -> dict[str, Any]:
        if len(said) != 1:
            raise serializers.ValidationError("Name a proposal or a hold: one of the two.")
        return said


@needs(Act.PRESCRIBE)
@idempotent
def prescribe(request: Request) -> Response:
    said, by = parsed(PrescriptionShape, request.data), actor_of(request)
    prescriber = said.get("prescribed_by")
    prescription = Prescription(
        patient=find(Patient.objects.seen_by(by), uuid=said["patient"]),
        protocol=find(Protocol.objects.seen_by(by), uuid=said["protocol"]),
        session_count=said["sessions"],
        prescribed_by=prescriber and find(Resource.objects.seen_by(by), uuid=prescriber),
        wishes=wishes_from(said.get("wishes", {})),
        indication=said.get("indication", ""),
        harvest_site=said.get("harvest_site", ""),
    )
    done = [Elsewhere(**one) for one in said["done_elsewhere"]]
    plan = prescribe_course(prescription=prescription, done=done, by=by, now=now())
    return _shown(plan, status=201, headers={"Location": f"{request.path}{plan.uuid}/"})


@needs(Act.SEE_CALENDAR)
def show(request: Request, plan_id: UUID) -> Response:
    by = actor_of(request)
    plan = named_plan(plan_id, by=by)
    saw(AuditAction.SAW_PLAN, [plan.patient.uuid], by=by, about=plan)
    return _shown(plan)


@needs(Act.BOOK)
def propose(request: Request, plan_id: UUID) -> Response:
    said, by, at = parsed(SearchShape, request.data), actor_of(request), now()
    wishes = said.get("wishes")
    asked = Asked(
        first_on=said.get("from"),
        last_on=said.get("until"),
        wishes=None if wishes is None else wishes_from(wishes),
        sessions=said.get("sessions"),
        most=said["most"],
    )
    plan = named_plan(plan_id, by=by)
    found = search_calendars(plan=plan, asked=asked, now=at)
    saw(AuditAction.SAW_CALENDARS, [plan.patient.uuid], by=by, about=plan)

    def shown(offer: Proposal) -> dict[str, Any]:
        return proposal_json(offer, token=token_of(offer, now=at))

    return Response(
        {
            "proposals": [shown(offer) for offer in found.proposals],
            "partial": found.partial and shown(found.partial),
            "problems": problems_json(found.problems),
            "relaxations": [asdict(relaxation) for relaxation in found.relaxations],
        }
    )


@needs(Act.BOOK)
@idempotent
def book(request: Request, plan_id: UUID) -> Response:
    said, by, at = parsed(BookingShape, request.data), actor_of(request), database_now()
    plan = named_plan(plan_id, by=by)
    # Races after this look are caught under the plan's lock, by the version the proposal was made for.
    refuse_if_stale(request, version=plan.version)
    if "hold" in said:
        hold = find(Hold.objects.seen_by(by).filter(plan=plan).select_related("plan"), uuid=said["hold"])
        taken = book_hold(hold=hold, by=by, now=at)
    else:
        proposal = proposal_from(said["proposal"], plan=plan, now=at)
        taken = book_course(plan=plan, proposal=proposal, by=by, now=at)
    booked = {session.pk for session in taken}
    plan.refresh_from_db(fields=["version"])
    sessions = [session for session in course_of(plan=plan).to_show() if session.pk in booked]
    return Response(
        {"plan": str(plan.uuid), "sessions": [session_json(session) for session in sessions]},
        status=201,
        headers={"ETag": etag_of(plan.version)},
    )


def _shown(plan: Plan, *, status: int = 200, headers: dict[str, str] | None = None) -> Response:
    return Response(
        plan_json(plan, sessions=course_of(plan=plan).to_show()),
        status=status,
        headers={"ETag": etag_of(plan.version), **(headers or {})},
    )
