"""A course is a plan with its sessions: prescribe one."""

from dataclasses import dataclass
from datetime import datetime

from django.db import transaction

from clinic.actors import Actor
from scheduling import changes
from scheduling.course_sessions import rules_of_plan
from scheduling.models import Session
from treatments import cadence
from treatments.cadence import Rule
from treatments.models import Plan
from treatments.prescribing import Prescription, prescribe


@dataclass(frozen=True, slots=True)
class WrittenCourse:
    """A plan, its rules, and its sessions in the order of the rules."""

    plan: Plan
    rules: list[Rule]
    sessions: list[Session]


def prescribe_course(*, prescription: Prescription, by: Actor, now: datetime) -> Plan:
    """Write a prescription and its course: every session due, with a window and without a time.

    Raises what `treatments.prescribing.prescribe` raises. Nothing is half written.
    """
    with transaction.atomic():
        course = write_course(prescription=prescription, by=by, now=now)
        diary_id = course.plan.patient.diary_id
        written = [changes.of_session(session, after=[diary_id]) for session in course.sessions]
        plan_written = changes.of_plan(course.plan, patient_diary_id=diary_id)
        changes.record(clinic_id=course.plan.clinic_id, written=[plan_written, *written], now=now)
    return course.plan


def write_course(*, prescription: Prescription, by: Actor, now: datetime) -> WrittenCourse:
    """The same inside a larger act, which tells the change log itself: that is its last act."""
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
    return WrittenCourse(plan, rules, Session.objects.bulk_create(sessions))
