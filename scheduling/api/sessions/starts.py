"""Free starts over REST: when one session can begin."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, TypedDict

from rest_framework import serializers

from clinic.audit_trail.write import AuditAction
from clinic.identity.actors import Actor
from clinic.identity.permissions import Act, refuse_unless_may
from clinic.lookup import find
from clinic.models import Patient
from clinic.web.clock import now
from clinic.web.rest.contract import Answer, Call, speaks
from clinic.web.rest.input_fields import Day, DayOrInstant, Id, Shape
from clinic.web.rest.json_types import Instant, ProblemJson, Uuid
from clinic.web.rest.problems import problems_json
from clinic.web.trail import saw
from scheduling.api.refused import HORIZON
from scheduling.api.requested import named_practitioner, named_site
from scheduling.search.free_starts import DEFAULT_STARTS, MOST_STARTS, FreeStart, StartsAsked, free_starts
from treatments.models import SessionType


class StartsFilter(Shape):
    """`from` is a site-local date, or an instant to go on from; `until` a date, included."""

    session_type = Id()
    from_ = DayOrInstant(required=False)
    until = Day(required=False)
    site = Id(required=False)
    practitioner = Id(required=False)
    patient = Id(required=False)
    limit = serializers.IntegerField(min_value=1, max_value=MOST_STARTS, default=DEFAULT_STARTS)


class PractitionerName(TypedDict):
    """Who could treat."""

    id: Uuid
    name: str


class StartJson(TypedDict):
    """When a session could begin, where, and which practitioners could treat then."""

    starts_at: Instant
    ends_at: Instant
    site: Uuid
    practitioners: list[PractitionerName]


class StartsJson(TypedDict):
    """Free starts; `next` is the instant to go on from, null when there are no more."""

    starts: list[StartJson]
    next: Instant | None
    problems: list[ProblemJson]


@speaks(
    "list_starts",
    Act.SEE_CALENDAR,
    query=StartsFilter,
    answers={200: StartsJson},
    refuses=(
        *HORIZON,
        "unknown_patient",
        "unknown_practitioner",
        "unknown_resource",
        "unknown_session_type",
        "unknown_site",
    ),
)
def list_starts(call: Call) -> Answer[StartsJson]:
    """List free starts of a session.

    Every start of the clinic's grid at which the session can be booked as things stand. Nothing is held. Of a
    patient, dates too near to their other courses are left out; where that leaves none, `problems` says so.
    """
    if "patient" in call.asked:
        # When a patient is not free says something about them: for those who book them.
        refuse_unless_may(by=call.by, act=Act.BOOK)
    asked = _asked(call.asked, call.by)
    at = now()
    found = free_starts(asked=asked, now=at)
    if asked.patient is not None:
        saw(AuditAction.SAW_CALENDARS, [asked.patient.uuid], by=call.by, about=asked.patient)
    begins = asked.not_before or asked.first_on or at
    on = begins.date() if isinstance(begins, datetime) else begins
    resting = None if found.starts else found.why_resting(on)
    told: StartsJson = {
        "starts": [_start_json(start) for start in found.starts],
        "next": f"{found.next_at.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}" if found.next_at else None,
        "problems": problems_json([*found.problems, *([resting] if resting else [])]),
    }
    return Answer(told)


def _asked(said: Mapping[str, Any], by: Actor) -> StartsAsked:
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


def _start_json(start: FreeStart) -> StartJson:
    return {
        "starts_at": start.starts_at.isoformat(),
        "ends_at": start.ends_at.isoformat(),
        "site": str(start.site.uuid),
        "practitioners": [{"id": str(card.uuid), "name": card.name} for card in start.practitioners],
    }
