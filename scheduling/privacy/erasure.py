"""A patient's right to be forgotten: erased in place, so that the calendar's past still counts."""

import secrets
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction

from clinic.audit_trail.write import AuditAction, AuditRecord, record_audit
from clinic.changelog.log import plan_written, record_changes, session_written
from clinic.errors import Problem, ProblemKind, refuse_if_any
from clinic.identity.actors import Actor
from clinic.identity.permissions import Act, refuse_unless_may
from clinic.lookup import refuse_foreign
from clinic.models import AuditDetail, Erasure, ExternalId, IdempotentReply, MessageConsent, Patient
from clinic.people.patients import lock_patient
from scheduling.models import AHEAD, Claim, Feed, Hold, Message, MessageState, Session, Wait
from treatments.models import Concern, Plan

_MARK_BYTES = 3
ERASED_LABEL = "Erased patient"


@dataclass(frozen=True, slots=True)
class _Course:
    """The patient's locked plans and sessions."""

    plans: list[Plan]
    sessions: list[Session]


def erase_patient(*, patient: Patient, by: Actor, now: datetime) -> Patient:
    """Take out whatever tells who the patient was. Sessions, courses and counts stay, nobody’s.

    Again changes nothing. Raises NotAllowed, Unknown (`unknown_patient`) and Refused (`has_future_visits`).
    Locks: patient, plans, sessions, change counter.
    """
    refuse_unless_may(by=by, act=Act.ERASE_PATIENT)
    refuse_foreign(by=by, unknown_patient=patient)
    with transaction.atomic():
        patient = lock_patient(patient_id=patient.pk)
        if patient.erased_at is not None:
            return patient
        course = _locked_course(patient)
        refuse_if_any(_problems(course, now))
        _forget_person(patient, now)
        _forget_course(course, now)
        _forget_traces(patient, now)
        _forget_names_elsewhere(patient, course)
        Erasure.objects.get_or_create(
            clinic_id=patient.clinic_id,
            patient_uuid=patient.uuid,
            defaults={"erased_by": str(by)[:100], "erased_at": now},
        )
        record_audit(AuditRecord(AuditAction.ERASED_PATIENT, patient, [patient.uuid]), by=by, now=now)
        _tell_readers(patient, course, now)
    return patient


def _locked_course(patient: Patient) -> _Course:
    plans = Plan.objects.filter(patient=patient).order_by("pk").select_for_update(no_key=True)
    plans_there = list(plans)
    sessions = Session.objects.filter(patient=patient).order_by("pk").select_for_update(no_key=True)
    return _Course(plans_there, list(sessions))


def _problems(course: _Course, now: datetime) -> list[Problem]:
    ahead = [
        session
        for session in course.sessions
        if session.is_held or (session.status in AHEAD and session.starts_at and session.starts_at >= now)
    ]
    if not ahead:
        return []
    sentence = (
        f"The patient still has booked or held sessions ({len(ahead)}). "
        "Cancel or release them first, then erase."
    )
    return [Problem("has_future_visits", ProblemKind.BLOCKER, sentence)]


def _forget_person(patient: Patient, now: datetime) -> None:
    # Random: nothing about the patient can be reckoned back from it.
    patient.given_name, patient.family_name = ERASED_LABEL, secrets.token_hex(_MARK_BYTES)
    patient.born_on = None
    patient.email = patient.phone = patient.zone = patient.mail_problem = ""
    patient.desk_note = patient.search_key = ""
    patient.intake_facts = {}
    patient.message_consent = MessageConsent.NO
    patient.erased_at = now
    patient.save()


def _forget_course(course: _Course, now: datetime) -> None:
    for plan in course.plans:
        # When someone can come, by whom they like to be treated, where fat was taken: a person, not a count.
        plan.indication = plan.harvest_site = ""
        plan.wishes = {}
        plan.waived = _without_reasons(plan.waived)
        plan.version += 1
        plan.save(update_fields=["indication", "harvest_site", "wishes", "waived", "version"])
    Hold.objects.filter(plan__in=course.plans).update(reason="")
    for session in course.sessions:
        session.desk_note = session.outcome_reason = session.cancel_reason = session.done_at = ""
        session.record, session.undoable = {}, {}
        session.waived = _without_reasons(session.waived)
        session.version += 1
        session.changed_at = now
        session.save(update_fields=_FORGOTTEN)
    Concern.objects.filter(plan__in=course.plans).update(answer="", finding="")


_FORGOTTEN = [
    "desk_note", "outcome_reason", "cancel_reason", "done_at", "record", "undoable", "waived", "version",
    "changed_at",
]  # fmt: skip


def _without_reasons(waived: list[object]) -> list[object]:
    return [{**one, "reason": ""} if isinstance(one, dict) else one for one in waived]


def _forget_traces(patient: Patient, now: datetime) -> None:
    feeds = Feed.objects.filter(diary_id=patient.diary_id)
    feeds.filter(revoked_at__isnull=True).update(revoked_at=now)
    # A feed of one patient is often named after them.
    feeds.update(label=ERASED_LABEL)
    messages = Message.objects.filter(patient=patient)
    messages.filter(state=MessageState.WAITING).update(state=MessageState.VOID, lease_until=None)
    # A mail server's answer may repeat the address.
    messages.exclude(last_problem="").update(last_problem="")
    messages.update(about={})
    Wait.objects.filter(patient=patient).update(note="")
    AuditDetail.objects.of_clinic(patient.clinic_id).filter(patient_uuid=patient.uuid).delete()
    replies = IdempotentReply.objects.of_clinic(patient.clinic_id)
    replies.filter(body__icontains=str(patient.uuid)).delete()


def _forget_names_elsewhere(patient: Patient, course: _Course) -> None:
    """What others call the patient, their courses and sessions leads to the same person there."""
    named = [patient.uuid, *(row.uuid for row in (*course.plans, *course.sessions))]
    ExternalId.objects.of_clinic(patient.clinic_id).filter(named__in=named).delete()


def _tell_readers(patient: Patient, course: _Course, now: datetime) -> None:
    """Feeds and deltas read the change log: without this phones would go on showing the old name."""
    diaries: dict[int, set[int]] = {session.pk: set() for session in course.sessions}
    claims = Claim.objects.filter(session__in=list(diaries))
    for session_id, diary_id in claims.values_list("session_id", "diary_id"):
        diaries[session_id].add(diary_id)
    written = [plan_written(plan, patient_diary_id=patient.diary_id) for plan in course.plans]
    for session in course.sessions:
        seen_in = {*diaries[session.pk], patient.diary_id}
        written.append(session_written(session, before=seen_in, after=seen_in))
    if written:
        record_changes(clinic_id=patient.clinic_id, written=written, now=now)
