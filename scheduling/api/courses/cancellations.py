"""Cancelling over REST: one session, the rest of a course, or the whole plan."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from rest_framework import serializers

from clinic.identity.permissions import Act
from clinic.web.database_clock import database_now
from clinic.web.rest.contract import Answer, Call, Does, speaks
from clinic.web.rest.input_fields import Text, WaivingShape, YesNo
from clinic.web.rest.problems import problems_json
from scheduling.api.answers import CancelledPlanJson, CancelledSessionJson
from scheduling.api.courses.plans import shown_plan
from scheduling.api.output import act_json, session_json
from scheduling.api.refused import CANCEL
from scheduling.api.requested import named_plan, named_session, shown_sessions
from scheduling.api.telling import MailedOrNotShape, telling_in
from scheduling.course_changes.cancel import LATE, Ending, cancel_rest, cancel_session, stop_plan
from scheduling.models import CancelledBy
from scheduling.undoing.last_acts import undoable_by

REST, PLAN = "rest", "plan"


class EndingShape(WaivingShape, MailedOrNotShape):
    """Who cancels, why, which rules are set aside and on whose word, and how the patient hears of it."""

    cancelled_by = serializers.ChoiceField(choices=CancelledBy.choices)
    reason = Text(allow_blank=True)
    waive = serializers.ListField(child=serializers.ChoiceField(choices=[LATE]), required=False, default=list)


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


@speaks(
    "cancel_session",
    Act.CANCEL,
    does=Does.CHANGES,
    body=SessionEndingShape,
    answers={200: CancelledSessionJson},
    refuses=CANCEL,
)
def cancel(call: Call, session_id: UUID) -> Answer[CancelledSessionJson]:
    """Cancel a session.

    It gives its time back and goes on saying who, where and when. In a course its number goes to
    `replacement`, which is due. Cancelling twice changes nothing.
    """
    said, by, at = call.said, call.by, database_now()
    session = named_session(session_id, by=by)
    call.refuse_if_stale(version=session.version)
    ending = _ending(said, without_replacement=said["without_replacement"])
    done = cancel_session(session=session, ending=ending, by=by, now=at)
    rows = {row.pk: row for row in shown_sessions([*done.sessions, *done.due], by=by)}
    cancelled = rows[session.pk]
    told: CancelledSessionJson = {
        **session_json(cancelled),
        "replacement": next((session_json(rows[one.pk]) for one in done.due), None),
        "warnings": problems_json(done.warnings),
        "act": act_json(undoable_by(by=by, at=at)),
    }
    return Answer(told, version=cancelled.version)


@speaks(
    "cancel_course",
    Act.CANCEL,
    does=Does.CHANGES,
    body=CourseEndingShape,
    answers={200: CancelledPlanJson},
    refuses=CANCEL,
)
def cancel_course(call: Call, plan_id: UUID) -> Answer[CancelledPlanJson]:
    """Cancel the rest of a course, or the plan.

    Where nothing is left to do the plan is stopped; reviews of what was done go on.
    """
    said, by, at = call.said, call.by, database_now()
    plan = named_plan(plan_id, by=by)
    call.refuse_if_stale(version=plan.version)
    ending = _ending(said)
    if said["what"] == REST:
        done = cancel_rest(plan=plan, ending=ending, keep_due=said["keep_due"], by=by, now=at)
    else:
        done = stop_plan(plan=plan, ending=ending, by=by, now=at)
    plan = named_plan(plan_id, by=by)
    told: CancelledPlanJson = {
        **shown_plan(plan).body,
        "cancelled": [session_json(one) for one in shown_sessions(done.sessions, by=by)],
        "warnings": problems_json(done.warnings),
        "act": act_json(undoable_by(by=by, at=at)),
    }
    return Answer(told, version=plan.version)


def _ending(said: Mapping[str, Any], *, without_replacement: bool = False) -> Ending:
    return Ending(
        reason=said["reason"],
        cancelled_by=said["cancelled_by"],
        waive=frozenset(said["waive"]),
        told=telling_in(said),
        without_replacement=without_replacement,
    )
