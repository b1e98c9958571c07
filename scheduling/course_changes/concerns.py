"""A course that a practitioner must look at before it goes on: raising a concern and clearing it."""

from datetime import datetime

from clinic.audit_trail.write import AuditAction, AuditRecord
from clinic.errors import refuse_if_any
from clinic.identity.actors import Actor
from clinic.identity.permissions import Act, refuse_unless_may
from clinic.lookup import refuse_foreign
from clinic.people.patients import erasure_problems
from clinic.plain_text import lines
from scheduling.courses.act import course_act
from scheduling.courses.scope import ActScope
from scheduling.courses.states import PLAN_STEPS, PlanAct, plan_leads_on
from treatments.concerns import (
    answer_problems,
    finding_problems,
    is_any_open,
    write_concern,
    write_finding,
)
from treatments.models import Concern, ConcernTopic, Plan, PlanState


def raise_concern(*, plan: Plan, topic: ConcernTopic, answer: str, by: Actor, now: datetime) -> Concern:
    """Note an answer that a practitioner must look at. The course awaits review until all are cleared.

    It may be held and booked meanwhile. One that awaits review already gets a further concern. Raises
    NotAllowed, Unknown (`unknown_plan`), StateForbids and Refused (`answer_too_long`, `patient_erased`).
    Locks: patient, plan, change counter.
    """
    refuse_unless_may(by=by, act=Act.RAISE_CONCERN)
    refuse_foreign(by=by, unknown_plan=plan)
    answer = lines(answer)
    with course_act(by=by, now=now, scope=ActScope.of_plan(plan)) as act:
        plan = act.plan(plan)
        patient = act.patient(plan)
        refuse_if_any([*erasure_problems(patient=patient), *answer_problems(answer)])
        is_first = plan_leads_on(plan=plan, act=PlanAct.ASK_REVIEW)
        concern = write_concern(plan=plan, topic=topic, answer=answer, now=now)
        # That one was raised, and nothing of what it says: the trail is read by more than practitioners.
        act.record(AuditRecord(AuditAction.RAISED_CONCERN, concern, [patient.uuid]))
        if is_first:
            _turn(plan, PlanAct.ASK_REVIEW)
    return concern


def clear_concern(*, concern: Concern, finding: str, by: Actor, now: datetime) -> Concern:
    """A practitioner looked. When nothing is left to look at, the course is active again.

    Clearing twice changes nothing. Raises NotAllowed, Unknown (`unknown_concern`) and Refused
    (`finding_missing`, `finding_too_long`, `patient_erased`). Locks: patient, plan, change counter.
    """
    refuse_unless_may(by=by, act=Act.CLEAR_CONCERN)
    refuse_foreign(by=by, unknown_concern=concern)
    finding = lines(finding)
    with course_act(by=by, now=now, scope=ActScope.of_plan(concern.plan)) as act:
        plan = act.plan(concern.plan)
        patient = act.patient(plan)
        # Concerns are written under the lock of their plan.
        concern = Concern.objects.of_clinic(by.clinic_id).select_related("plan").get(pk=concern.pk)
        if concern.cleared_at is not None:
            return concern
        refuse_if_any([*erasure_problems(patient=patient), *finding_problems(finding)])
        write_finding(concern=concern, finding=finding, by=by, now=now)
        act.record(AuditRecord(AuditAction.CLEARED_CONCERN, concern, [patient.uuid]))
        if plan.state == PlanState.AWAITING_REVIEW and not is_any_open(plan=plan):
            _turn(plan, PlanAct.CLEAR)
    return concern


def _turn(plan: Plan, act: PlanAct) -> None:
    plan.state = PLAN_STEPS[act].ends or plan.state
