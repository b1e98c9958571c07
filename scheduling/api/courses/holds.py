"""Holds over REST: keep a calendar for a while, see what is held, release it."""

from uuid import UUID

from django.db.models import Prefetch

from clinic.audit_trail.write import AuditAction
from clinic.identity.actors import Actor
from clinic.identity.permissions import Act
from clinic.lookup import find
from clinic.web.database_clock import database_now
from clinic.web.rest.contract import Answer, Call, Does, speaks
from clinic.web.rest.input_fields import Id, Instant, Shape, Text
from clinic.web.rest.json_types import Page
from clinic.web.rest.lists import ChangingShape, piece_of
from clinic.web.trail import saw
from scheduling.api.answers import HoldJson
from scheduling.api.output import hold_json
from scheduling.api.refused import COURSE
from scheduling.booking.holds import HoldAsked, hold_course, release_hold
from scheduling.models import Hold, Session
from scheduling.models.holds import HoldQuerySet
from scheduling.search.tokens import proposal_from
from treatments.models import Plan


class HoldShape(Shape):
    """Without `until` as long as the clinic holds time."""

    proposal = Text(max_length=8192)
    until = Instant(required=False)
    reason = Text(required=False, allow_blank=True)


class HoldFilter(ChangingShape):
    """Of one plan, or of the clinic."""

    orders = {"end": ("expires_at",)}

    plan = Id(required=False)


@speaks(
    "hold_course",
    Act.HOLD,
    does=Does.CHANGES,
    body=HoldShape,
    answers={201: HoldJson},
    refuses=(
        *COURSE,
        "hold_ends_in_the_past",
        "hold_outlives_its_start",
        "hold_too_long",
        "reason_too_long",
        "too_many_holds",
    ),
)
def hold(call: Call, plan_id: UUID) -> Answer[HoldJson]:
    """Keep a calendar for a while.

    Nobody else gets the time until the hold ends: by itself, booked, or released.
    """
    said, by, at = call.said, call.by, database_now()
    plan = find(Plan.objects.seen_by(by).select_related("clinic"), uuid=plan_id)
    call.refuse_if_stale(version=plan.version)
    proposal = proposal_from(said["proposal"], plan=plan, now=at)
    asked = HoldAsked(until=said.get("until"), reason=said.get("reason", ""))
    held = hold_course(plan=plan, proposal=proposal, asked=asked, by=by, now=at)
    found = find(_holds(by), uuid=held.uuid)
    assert found.plan is not None, "a course was held"
    location = call.path.partition("plans/")[0] + f"holds/{held.uuid}/"
    return Answer(hold_json(found), status=201, version=found.plan.version, location=location)


@speaks(
    "list_holds", Act.SEE_CALENDAR, query=HoldFilter, answers={200: Page[HoldJson]}, refuses=("unknown_plan",)
)
def list_holds(call: Call) -> Answer[Page[HoldJson]]:
    """List what is held."""
    holds = _holds(call.by).standing()
    if plan := call.asked.get("plan"):
        holds = holds.filter(plan=find(Plan.objects.seen_by(call.by), uuid=plan))
    piece = piece_of(call, holds)
    saw(AuditAction.SAW_SESSIONS, [row.plan.patient.uuid for row in piece.rows if row.plan], by=call.by)
    return piece.answer(hold_json)


@speaks("show_hold", Act.SEE_CALENDAR, answers={200: HoldJson})
def show(call: Call, hold_id: UUID) -> Answer[HoldJson]:
    """Show a hold.

    Once it is over it has `released_at` and no sessions.
    """
    found = find(_holds(call.by), uuid=hold_id)
    saw(AuditAction.SAW_SESSIONS, [found.plan.patient.uuid] if found.plan else [], by=call.by, about=found)
    return Answer(hold_json(found), version=found.version)


@speaks("release_hold", Act.HOLD, does=Does.REPEATS, answers={200: HoldJson}, refuses=("hold_over",))
def release(call: Call, hold_id: UUID) -> Answer[HoldJson]:
    """Give the time of a hold back."""
    found = find(Hold.objects.seen_by(call.by).select_related("plan"), uuid=hold_id)
    call.refuse_if_stale(version=found.version)
    release_hold(hold=found, by=call.by, now=database_now())
    shown = find(_holds(call.by), uuid=hold_id)
    return Answer(hold_json(shown), version=shown.version)


def _holds(by: Actor) -> HoldQuerySet:
    """Holds with what is shown of them. Two queries, however many."""
    sessions = Session.objects.of_clinic(by.clinic_id).select_related(
        "patient", "plan", "site", "session_type"
    )
    rows: HoldQuerySet = Hold.objects.seen_by(by)
    return rows.select_related("plan__patient").prefetch_related(
        Prefetch("sessions", queryset=sessions.order_by("number"))
    )
