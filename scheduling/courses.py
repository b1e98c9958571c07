"""A course is a plan with its sessions: prescribe one."""

from datetime import datetime

from django.db import transaction

from clinic.actors import Actor
from scheduling import changes
from scheduling.course_sessions import rules_of_plan
from scheduling.models import Session
from treatments import cadence
from treatments.models import Plan
from treatments.prescribing import Prescription, prescribe


def prescribe_course(*, prescription: Prescription, by: Actor, now: datetime) -> Plan:
    """Write a prescription and its course: every session due, with a window and without a time.

    Raises what `treatments.prescribing.prescribe` raises. Nothing is half written.
    """
    with transaction.atomic():
        plan = prescribe(prescription=prescription, by=by, now=now)
        rules = rules_of_plan(plan=plan)
        windows = cadence.windows(rules=rules, starts_on=plan.prescribed_on)
        sessions = [
            Session(
                clinic_id=plan.clinic_id,
                patient_id=plan.patient_id,
                plan=plan,
                step_id=rule.step_id,
                session_type_id=rule.session_type_id,
                kind=rule.key.kind,
                number=rule.key.number,
                earliest_on=windows[rule.key].earliest,
                target_on=windows[rule.key].target,
                latest_on=windows[rule.key].latest,
                created_at=now,
                changed_at=now,
            )
            for rule in rules
        ]
        Session.objects.bulk_create(sessions)
        diary_id = plan.patient.diary_id
        written = [changes.of_session(session, after=[diary_id]) for session in sessions]
        plan_written = changes.of_plan(plan, patient_diary_id=diary_id)
        changes.record(clinic_id=plan.clinic_id, written=[plan_written, *written], now=now)
    return plan
