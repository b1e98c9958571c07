"""Amending courses over REST: what they are meant to be, pausing, and what was done elsewhere."""

from uuid import UUID

from rest_framework import serializers

from clinic.audit_trail.write import AuditAction
from clinic.identity.permissions import Act
from clinic.lookup import find
from clinic.web.database_clock import database_now
from clinic.web.rest.contract import Answer, Call, Does, speaks
from clinic.web.rest.input_fields import Day, Described, Id, Text, WaivingShape, WholeNumber, YesNo
from clinic.web.rest.problems import problems_json
from clinic.web.trail import saw
from scheduling.api.answers import AmendedPlanJson, PlanJson, SessionJson
from scheduling.api.courses.plans import ElsewhereShape, shown_plan
from scheduling.api.output import session_json
from scheduling.api.refused import DONE_ELSEWHERE, PRESCRIBING, REASON
from scheduling.api.requested import named_plan, named_session, shown_sessions
from scheduling.api.telling import TellingShape, telling_in
from scheduling.course_changes.amend import Amendment, Interval, amend_course
from scheduling.course_changes.elsewhere import record_elsewhere
from scheduling.course_changes.pause import Pause, pause_course, resume_course
from scheduling.courses.done_elsewhere import Elsewhere
from scheduling.models import CancelledBy, Telling
from treatments.models import Protocol
from treatments.wishes import WISHES_SCHEMA, wishes_from


class AmendmentShape(WaivingShape, TellingShape):
    """What is to be otherwise. Without an interval of its own (null) a course keeps its protocol's.

    A `reason` sets aside what the key's scopes let it; with `on_word_of`, what that member may.
    """

    any_of = ("sessions", "interval_days", "protocol", "wishes", "indication", "harvest_site")

    sessions = WholeNumber(required=False)
    interval_days = WholeNumber(required=False, allow_null=True)
    protocol = Id(required=False)
    wishes = Described(schema=WISHES_SCHEMA, required=False)
    indication = Text(required=False, allow_blank=True)
    harvest_site = Text(required=False, allow_blank=True)


class PauseShape(TellingShape):
    """Why, until when (only shown), and what becomes of the times that are booked."""

    reason = Text(allow_blank=True)
    until = Day(required=False)
    give_back = YesNo(required=False, default=False)
    asked_by = serializers.ChoiceField(choices=CancelledBy.choices, default=CancelledBy.CLINIC)


class RecordedElsewhereShape(ElsewhereShape, TellingShape):
    """On which date, where, and how the patient hears that it is off here."""


@speaks(
    "amend_course",
    Act.AMEND,
    does=Does.CHANGES,
    body=AmendmentShape,
    answers={200: AmendedPlanJson},
    refuses=(
        *PRESCRIBING,
        "booked_otherwise",
        "course_changed",
        "interval_fixed",
        "interval_out_of_range",
        "protocol_differs",
        "state_forbids",
    ),
)
def amend(call: Call, plan_id: UUID) -> Answer[AmendedPlanJson]:
    """Amend what a course is meant to be.

    What is left out stays. No booked session moves: `problems` names those outside their windows now.
    """
    said, by = call.said, call.by
    plan = named_plan(plan_id, by=by)
    call.refuse_if_stale(version=plan.version)
    protocol = said.get("protocol")
    wishes = said.get("wishes")
    amendment = Amendment(
        session_count=said.get("sessions"),
        interval=Interval(said["interval_days"]) if "interval_days" in said else None,
        protocol=protocol and find(Protocol.objects.seen_by(by), uuid=protocol),
        wishes=None if wishes is None else wishes_from(wishes),
        indication=said.get("indication"),
        harvest_site=said.get("harvest_site"),
        reason=said.get("reason", ""),
        told=telling_in(said),
    )
    done = amend_course(plan=plan, amendment=amendment, by=by, now=database_now())
    shown = shown_plan(named_plan(plan_id, by=by))
    told: AmendedPlanJson = {
        **shown.body,
        "cancelled": [session_json(one) for one in shown_sessions(done.cancelled, by=by)],
        "problems": problems_json(done.warnings),
    }
    return Answer(told, version=shown.version)


@speaks(
    "pause_course",
    Act.AMEND,
    does=Does.CHANGES,
    body=PauseShape,
    answers={200: PlanJson},
    refuses=(*REASON, "pause_ends_in_the_past", "state_forbids", "visits_in_the_pause"),
)
def pause(call: Call, plan_id: UUID) -> Answer[PlanJson]:
    """Pause a course.

    Nothing of it is booked meanwhile. What is booked ahead is in the way unless `give_back` says that it is
    due again.
    """
    plan = named_plan(plan_id, by=call.by)
    call.refuse_if_stale(version=plan.version)
    pause = Pause(**{**call.said, "told": telling_in(call.said)})
    pause_course(plan=plan, pause=pause, by=call.by, now=database_now())
    return shown_plan(named_plan(plan_id, by=call.by))


@speaks("resume_course", Act.AMEND, does=Does.CHANGES, answers={200: PlanJson}, refuses=("state_forbids",))
def resume(call: Call, plan_id: UUID) -> Answer[PlanJson]:
    """Resume a paused course.

    Windows that closed meanwhile open today.
    """
    plan = named_plan(plan_id, by=call.by)
    call.refuse_if_stale(version=plan.version)
    resume_course(plan=plan, by=call.by, now=database_now())
    # A course that runs is shown and left as it is.
    saw(AuditAction.SAW_PLAN, [plan.patient.uuid], by=call.by, about=plan)
    return shown_plan(named_plan(plan_id, by=call.by))


@speaks(
    "record_elsewhere",
    Act.AMEND,
    does=Does.CHANGES,
    body=RecordedElsewhereShape,
    answers={200: SessionJson},
    refuses=(*DONE_ELSEWHERE, "done_here", "not_of_a_course", "state_forbids"),
)
def elsewhere(call: Call, session_id: UUID) -> Answer[SessionJson]:
    """Record that a session was done elsewhere.

    It counts, holds no time here, and the windows after it are counted from that date. Without `told` nothing
    goes out.
    """
    session = named_session(session_id, by=call.by)
    call.refuse_if_stale(version=session.version)
    done = Elsewhere(on=call.said["on"], place=call.said["place"])
    told = telling_in(call.said, unsaid=Telling.SILENT)
    record_elsewhere(session=session, done=done, told=told, by=call.by, now=database_now())
    [shown] = shown_sessions([session], by=call.by)
    return Answer(session_json(shown), version=shown.version)
