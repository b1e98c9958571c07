"""Concerns over REST: raise one, and see that there are some. What they say never leaves by a key."""

from typing import TypedDict
from uuid import UUID

from rest_framework import serializers

from clinic.audit_trail.write import AuditAction
from clinic.identity.permissions import Act
from clinic.lookup import find
from clinic.web.database_clock import database_now
from clinic.web.rest.contract import Answer, Call, Does, speaks
from clinic.web.rest.input_fields import Shape, Text
from clinic.web.rest.json_types import Instant, Page, Uuid
from clinic.web.rest.lists import ListShape, piece_of
from clinic.web.trail import saw
from scheduling.course_changes.concerns import raise_concern
from treatments.models import Concern, ConcernTopic, Plan


class ConcernShape(Shape):
    """What the answer is about, and what was answered."""

    topic = serializers.ChoiceField(choices=ConcernTopic.choices)
    answer = Text(required=False, allow_blank=True)


class ConcernFilter(ListShape):
    """The oldest first, in the order `raised`."""

    orders = {"raised": ("raised_at",)}


class ConcernJson(TypedDict):
    """That a doctor must look. What was answered never leaves by a key."""

    id: Uuid
    plan: Uuid
    raised_at: Instant
    cleared_at: Instant | None


@speaks("list_concerns", Act.SEE_CALENDAR, query=ConcernFilter, answers={200: Page[ConcernJson]})
def list_concerns(call: Call, plan_id: UUID) -> Answer[Page[ConcernJson]]:
    """List what a doctor must look at, or looked at."""
    plan = find(Plan.objects.seen_by(call.by).select_related("patient"), uuid=plan_id)
    concerns = Concern.objects.seen_by(call.by).filter(plan=plan).select_related("plan")
    piece = piece_of(call, concerns)
    saw(AuditAction.SAW_PLAN, [plan.patient.uuid], by=call.by, about=plan)
    return piece.answer(_concern_json)


@speaks(
    "raise_concern",
    Act.RAISE_CONCERN,
    does=Does.CHANGES,
    body=ConcernShape,
    answers={201: ConcernJson},
    refuses=("answer_too_long", "patient_erased", "state_forbids"),
)
def ask_review(call: Call, plan_id: UUID) -> Answer[ConcernJson]:
    """Ask a doctor to look at a course.

    No treatment of it starts until every concern is cleared.
    """
    plan = find(Plan.objects.seen_by(call.by), uuid=plan_id)
    call.refuse_if_stale(version=plan.version)
    concern = raise_concern(
        plan=plan,
        topic=ConcernTopic(call.said["topic"]),
        answer=call.said.get("answer", ""),
        by=call.by,
        now=database_now(),
    )
    # There is no path of one concern.
    return Answer(_concern_json(concern), status=201, version=concern.plan.version, location=call.path)


def _concern_json(concern: Concern) -> ConcernJson:
    """That there is one. Its plan must be loaded."""
    return {
        "id": str(concern.uuid),
        "plan": str(concern.plan.uuid),
        "raised_at": concern.raised_at.isoformat(),
        "cleared_at": concern.cleared_at.isoformat() if concern.cleared_at else None,
    }
