"""Free starts over REST: when one session can begin."""

from datetime import UTC, datetime
from typing import Any

from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from clinic.audit_trail.write import AuditAction
from clinic.identity.actors import Actor
from clinic.identity.permissions import Act, refuse_unless_may
from clinic.lookup import find
from clinic.models import Patient
from clinic.web.clock import now
from clinic.web.rest.auth import actor_of, needs
from clinic.web.rest.input_fields import Day, DayOrInstant, Id, Shape, parsed_query
from clinic.web.rest.problems import problems_json
from clinic.web.trail import saw
from scheduling.api.requested import named_practitioner, named_site
from scheduling.search.free_starts import DEFAULT_STARTS, MOST_STARTS, FreeStart, StartsAsked, free_starts
from treatments.models import SessionType


class StartsFilter(Shape):
    """`from` is a site-local date, or an instant to go on from; `until` a date, included."""

    session_type = Id()
    until = Day(required=False)
    site = Id(required=False)
    practitioner = Id(required=False)
    patient = Id(required=False)
    limit = serializers.IntegerField(min_value=1, max_value=MOST_STARTS, default=DEFAULT_STARTS)

    def get_fields(self) -> dict[str, serializers.Field[Any, Any, Any, Any]]:
        # `from` is a word of Python's own and cannot be declared.
        return {"from": DayOrInstant(required=False), **super().get_fields()}


@needs(Act.SEE_CALENDAR)
def list_starts(request: Request) -> Response:
    said, by = parsed_query(StartsFilter, request.query_params), actor_of(request)
    if "patient" in said:
        # When a patient is not free says something about them: for those who book them.
        refuse_unless_may(by=by, act=Act.BOOK)
    asked = _asked(said, by)
    found = free_starts(asked=asked, now=now())
    if asked.patient is not None:
        saw(AuditAction.SAW_CALENDARS, [asked.patient.uuid], by=by, about=asked.patient)
    return Response(
        {
            "starts": [_start_json(start) for start in found.starts],
            "next": found.next_at and f"{found.next_at.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}",
            "problems": problems_json(found.problems),
        }
    )


def _asked(said: dict[str, Any], by: Actor) -> StartsAsked:
    begins, patient = said.get("from"), said.get("patient")
    is_instant = isinstance(begins, datetime)
    return StartsAsked(
        session_type=find(SessionType.objects.seen_by(by).current(), uuid=said["session_type"]),
        first_on=None if is_instant else begins,
        last_on=said.get("until"),
        not_before=begins if is_instant else None,
        site=named_site(said.get("site"), by=by),
        practitioner=named_practitioner(said.get("practitioner"), by=by),
        patient=find(Patient.objects.seen_by(by), uuid=patient) if patient else None,
        most=said["limit"],
    )


def _start_json(start: FreeStart) -> dict[str, Any]:
    return {
        "starts_at": start.starts_at.isoformat(),
        "ends_at": start.ends_at.isoformat(),
        "site": str(start.site.uuid),
        "practitioners": [{"id": str(card.uuid), "name": card.name} for card in start.practitioners],
    }
