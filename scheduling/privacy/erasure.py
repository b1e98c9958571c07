"""A patient's right to be forgotten: erased in place, so that the calendar's past still counts."""

import secrets
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import QuerySet

from clinic.audit_trail.write import AuditAction, AuditRecord
from clinic.changelog.log import record_rows
from clinic.errors import Problem, ProblemKind, refuse_if_any
from clinic.identity.actors import Actor
from clinic.identity.permissions import Act, refuse_unless_may
from clinic.lookup import refuse_foreign
from clinic.models import AuditDetail, Erasure, ExternalId, IdempotentReply, MessageConsent, Patient
from clinic.people.erased_names import remember_names
from clinic.people.patients import write_patient
from clinic.sentences import sentence as _
from scheduling.courses.act import course_act
from scheduling.courses.scope import ActScope
from scheduling.messages.heard import forget_heard
from scheduling.models import (
    AHEAD,
    Feed,
    Hold,
    Message,
    MessageState,
    PhoneCall,
    Session,
    SpokenWaiver,
    Wait,
)
from scheduling.undoing.forgetting import forget_acts
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
    with course_act(by=by, now=now, scope=ActScope(patients=frozenset([patient.pk]), is_whole=True)) as act:
        patient = act.rows.patients[patient.pk]
        if patient.erased_at is not None:
            return patient
        course = _Course(list(act.rows.plans.values()), list(act.rows.sessions.values()))
        refuse_if_any(_problems(course, now))
        _forget_person(patient, now)
        _forget_course(course, now)
        _forget_traces(patient, now)
        remember_names(patient=patient, now=now)
        _forget_names_elsewhere(patient, course)
        own = {session.pk for session in course.sessions}
        forget_acts(patient_id=patient.pk, session_ids=own, clinic_id=patient.clinic_id)
        Erasure.objects.get_or_create(
            clinic_id=patient.clinic_id,
            patient_uuid=patient.uuid,
            defaults={"erased_by": str(by)[:100], "erased_at": now},
        )
        act.record(AuditRecord(AuditAction.ERASED_PATIENT, patient, [patient.uuid]))
        for plan in course.plans:
            act.touch(plan)
        # Feeds and deltas read the change log: without this phones would go on showing the old name.
        act.touch_sessions(course.sessions)
    return patient


def _problems(course: _Course, now: datetime) -> list[Problem]:
    ahead = [
        session
        for session in course.sessions
        if session.is_held or (session.status in AHEAD and session.starts_at and session.starts_at >= now)
    ]
    if not ahead:
        return []
    sentence = _(
        "The patient still has booked or held sessions ({count}). Cancel or release them first, then erase.",
        count=len(ahead),
    )
    return [Problem("has_future_visits", ProblemKind.BLOCKER, sentence)]


_PERSON = (
    "given_name", "family_name", "born_on", "email", "phone", "zone", "mail_problem", "mail_server_said",
    "desk_note", "intake_facts", "message_consent", "consent_on", "consent_how", "erased_at",
)  # fmt: skip


def _forget_person(patient: Patient, now: datetime) -> None:
    # Random: nothing about the patient can be reckoned back from it.
    patient.given_name, patient.family_name = ERASED_LABEL, secrets.token_hex(_MARK_BYTES)
    patient.born_on = patient.consent_on = None
    patient.email = patient.phone = patient.zone = patient.mail_problem = patient.mail_server_said = ""
    patient.desk_note = patient.consent_how = ""
    patient.intake_facts = {}
    patient.message_consent = MessageConsent.NO
    patient.erased_at = now
    write_patient(patient=patient, columns=_PERSON, now=now)


def _forget_course(course: _Course, now: datetime) -> None:
    for plan in course.plans:
        # When someone can come, by whom they like to be treated, where fat was taken: a person, not a count.
        plan.indication = plan.harvest_site = ""
        plan.wishes = {}
        plan.waived = _without_reasons(plan.waived)
    held = Hold.objects.filter(plan__in=course.plans).exclude(reason="").select_related("plan__patient")
    _forget(held, now, reason="")
    for session in course.sessions:
        session.desk_note = session.outcome_reason = session.cancel_reason = session.done_at = ""
        session.record = {}
        session.waived = _without_reasons(session.waived)
    concerns = Concern.objects.filter(plan__in=course.plans).select_related("plan__patient")
    _forget(concerns, now, answer="", finding="")


def _forget(rows: QuerySet[Any], now: datetime, **columns: object) -> None:
    """Write these columns of the rows, which tell nobody anything from here on, and log it."""
    found = list(rows.order_by("pk"))
    rows.model.objects.filter(pk__in=[row.pk for row in found]).touch(now, **columns)
    for row in found:
        row.version += 1
    record_rows(changed=found, now=now)


def _without_reasons(waived: list[object]) -> list[object]:
    return [{**one, "reason": ""} if isinstance(one, dict) else one for one in waived]


def _forget_traces(patient: Patient, now: datetime) -> None:
    feeds = Feed.objects.filter(diary_id=patient.diary_id)
    # A feed of one patient is often named after them.
    _forget(feeds.filter(revoked_at__isnull=False), now, label=ERASED_LABEL, last_program="")
    open_ones = feeds.filter(revoked_at__isnull=True)
    _forget(open_ones, now, label=ERASED_LABEL, last_program="", revoked_at=now)
    messages = Message.objects.filter(patient=patient)
    messages.filter(state=MessageState.WAITING).update(state=MessageState.VOID, lease_until=None)
    # A mail server's answer may repeat the address.
    messages.exclude(server_said="").update(server_said="")
    messages.update(about={})
    forget_heard(patient=patient)
    PhoneCall.objects.filter(patient=patient).delete()
    _forget(Wait.objects.filter(patient=patient).exclude(note="").select_related("patient"), now, note="")
    # That it was set aside, by whom and on whose word, stays; why may tell of the patient.
    words = SpokenWaiver.objects.filter(patient=patient).exclude(reason="")
    _forget(words.select_related("patient"), now, reason="")
    AuditDetail.objects.of_clinic(patient.clinic_id).filter(patient_uuid=patient.uuid).delete()
    replies = IdempotentReply.objects.of_clinic(patient.clinic_id)
    replies.filter(body__icontains=str(patient.uuid)).delete()


def _forget_names_elsewhere(patient: Patient, course: _Course) -> None:
    """What others call the patient, their courses and sessions leads to the same person there."""
    named = [patient.uuid, *(row.uuid for row in (*course.plans, *course.sessions))]
    ExternalId.objects.of_clinic(patient.clinic_id).filter(named__in=named).delete()
