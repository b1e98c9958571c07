"""Cancelling over REST: one session, the rest of a course, or the whole plan."""

from typing import Any
from uuid import UUID

from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from clinic.identity.permissions import Act
from clinic.web.database_clock import database_now
from clinic.web.rest.auth import actor_of, needs
from clinic.web.rest.idempotency import idempotent
from clinic.web.rest.input_fields import Shape, Text, YesNo, parsed
from clinic.web.rest.problems import problems_json
from clinic.web.rest.versions import etag_of, refuse_if_stale
from scheduling.api.output import plan_json, session_json
from scheduling.api.requested import named_plan, named_session, shown_sessions
from scheduling.course_changes.cancel import LATE, Ending, cancel_rest, cancel_session, stop_plan
from scheduling.courses.course import course_of
from scheduling.models import CancelledBy

REST, PLAN = "rest", "plan"


class EndingShape(Shape):
    cancelled_by = serializers.ChoiceField(choices=CancelledBy.choices)
    reason = Text(allow_blank=True)
    waive = serializers.ListField(child=serializers.ChoiceField(choices=[LATE]), required=False, default=list)
    tell = YesNo(required=False, default=True)


class SessionEndingShape(EndingShape):
    without_replacement = YesNo(required=False, default=False)


class CourseEndingShape(EndingShape):
    """The rest of the treatments, or everything that is not done; `keep_due` gives back times alone."""

    what = serializers.ChoiceField(choices=[REST, PLAN])
    keep_due = YesNo(required=False, default=False)

    def validate(self, said: dict[str, Any]) -> dict[str, Any]:
        if said["keep_due"] and said["what"] == PLAN:
            raise serializers.ValidationError("A plan that is stopped has nothing due: cancel the rest.")
        return said


@needs(Act.CANCEL)
@idempotent
def cancel(request: Request, session_id: UUID) -> Response:
    said, by = parsed(SessionEndingShape, request.data), actor_of(request)
    session = named_session(session_id, by=by)
    refuse_if_stale(request, version=session.version)
    ending = _ending(said, without_replacement=said["without_replacement"])
    done = cancel_session(session=session, ending=ending, by=by, now=database_now())
    rows = {row.pk: row for row in shown_sessions([*done.sessions, *done.due], by=by)}
    cancelled = rows[session.pk]
    due = [session_json(rows[one.pk]) for one in done.due]
    warnings = problems_json(done.warnings)
    return Response(
        {**session_json(cancelled), "replacement": due[0] if due else None, "warnings": warnings},
        headers={"ETag": etag_of(cancelled.version)},
    )


@needs(Act.CANCEL)
@idempotent
def cancel_course(request: Request, plan_id: UUID) -> Response:
    said, by, at = parsed(CourseEndingShape, request.data), actor_of(request), database_now()
    plan = named_plan(plan_id, by=by)
    refuse_if_stale(request, version=plan.version)
    ending = _ending(said)
    if said["what"] == REST:
        done = cancel_rest(plan=plan, ending=ending, keep_due=said["keep_due"], by=by, now=at)
    else:
        done = stop_plan(plan=plan, ending=ending, by=by, now=at)
    plan = named_plan(plan_id, by=by)
    return Response(
        {
            **plan_json(plan, sessions=shown_sessions(course_of(plan=plan).sessions, by=by)),
            "cancelled": [session_json(one) for one in shown_sessions(done.sessions, by=by)],
            "warnings": problems_json(done.warnings),
        },
        headers={"ETag": etag_of(plan.version)},
    )


def _ending(said: dict[str, Any], *, without_replacement: bool = False) -> Ending:
    return Ending(
        reason=said["reason"],
        cancelled_by=said["cancelled_by"],
        waive=frozenset(said["waive"]),
        tell=said["tell"],
        without_replacement=without_replacement,
    )
