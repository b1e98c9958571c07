"""Retention of what a clinic holds: each rule, in the order in which they are applied."""

from collections.abc import Iterator
from datetime import datetime, timedelta

import structlog
from django.db.models import Exists, OuterRef, QuerySet

from clinic.audit_trail.retention import Gone, retain_records
from clinic.audit_trail.write import AuditAction, AuditRecord, record_audit
from clinic.changelog.log import one_act, record_rows
from clinic.identity.actors import Way, task_actor
from clinic.models import Clinic, Patient
from scheduling.diaries.left import KEPT_FOR
from scheduling.models import (
    CourseAct,
    LeftDiary,
    Message,
    MessageState,
    PhoneCall,
    Session,
    SpokenWaiver,
)
from scheduling.privacy.erasure import erase_patient
from scheduling.privacy.reapply_erasures import erase_again
from treatments.models import Plan

TASK = "retain"
_KEPT_TO_UNDO = timedelta(days=1)
_AT_ONCE = 500

log = structlog.get_logger(__name__)


def retain(*, clinic: Clinic, is_applied: bool, now: datetime) -> list[Gone]:
    """What is past its time in the clinic, by rule; with `is_applied` it goes, and the trail says so."""
    by = task_actor(clinic_id=clinic.pk, label=TASK, way=Way.TASK)
    gone = [
        _back_gone(clinic, is_applied, now),
        *retain_records(clinic=clinic, is_applied=is_applied, by=by, now=now),
        _messages_gone(clinic, is_applied, now),
        _words_gone(clinic, is_applied, now),
        _acts_gone(clinic, is_applied, now),
        _left_gone(clinic, is_applied, now),
        *_patients_gone(clinic, is_applied, now),
    ]
    if is_applied and any(one.count for one in gone):
        counted = {one.rule: one.count for one in gone if one.count}
        record_audit(AuditRecord(AuditAction.RETAINED, after=counted), by=by, now=now)
    return gone


def _back_gone(clinic: Clinic, is_applied: bool, now: datetime) -> Gone:
    by = task_actor(clinic_id=clinic.pk, label=TASK, way=Way.TASK)
    again = erase_again(by=by, is_applied=is_applied, now=now)
    if again.with_sessions:
        ids = [str(uuid) for uuid in again.with_sessions]
        log.error("erased patients are back and have sessions ahead", clinic=str(clinic.uuid), patients=ids)
    return Gone("patients of the ledger of erasures who were back", again.count, again.with_sessions)


def _messages_gone(clinic: Clinic, is_applied: bool, now: datetime) -> Gone:
    rows = Message.objects.of_clinic(clinic.pk).exclude(state=MessageState.WAITING)
    since = now - timedelta(clinic.keep_messages_days)
    rows = rows.filter(due_at__lt=since)
    calls = PhoneCall.objects.of_clinic(clinic.pk).filter(began_at__lt=since)
    count = sum(one.delete_in_slices() if is_applied else one.count() for one in (rows, calls))
    return Gone(f"messages and calls older than {clinic.keep_messages_days} days", count)


def _words_gone(clinic: Clinic, is_applied: bool, now: datetime) -> Gone:
    """They tell what the details of the trail tell, and go with them."""
    days = clinic.keep_audit_details_days
    rows = SpokenWaiver.objects.of_clinic(clinic.pk).filter(said_at__lt=now - timedelta(days))
    count = rows.count()
    while is_applied and (words := list(rows.select_related("patient").order_by("pk")[:_AT_ONCE])):
        with one_act():
            SpokenWaiver.objects.filter(pk__in=[word.pk for word in words]).delete()
            record_rows(gone=words, now=now)
    return Gone(f"what was said in somebody's name more than {days} days ago", count)


def _acts_gone(clinic: Clinic, is_applied: bool, now: datetime) -> Gone:
    """What stood before them is of no use once nobody can undo them."""
    rows = CourseAct.objects.of_clinic(clinic.pk).filter(undo_until__lt=now - _KEPT_TO_UNDO)
    count = rows.delete_in_slices() if is_applied else rows.count()
    return Gone("what stood before acts that nobody can undo any more", count)


def _left_gone(clinic: Clinic, is_applied: bool, now: datetime) -> Gone:
    """No feed shows them any more."""
    rows = LeftDiary.objects.of_clinic(clinic.pk).filter(left_at__lt=now - KEPT_FOR)
    count = rows.delete_in_slices() if is_applied else rows.count()
    return Gone("what left diaries so long ago that no feed shows it", count)


def _patients_gone(clinic: Clinic, is_applied: bool, now: datetime) -> Iterator[Gone]:
    if clinic.keep_patients_days is None:
        return
    by = task_actor(clinic_id=clinic.pk, label=TASK, way=Way.TASK)
    count = 0
    for patient in list(_long_gone(clinic, now - timedelta(clinic.keep_patients_days))):
        if is_applied:
            erase_patient(patient=patient, by=by, now=now)
        count += 1
    yield Gone(f"patients erased, last here more than {clinic.keep_patients_days} days ago", count)


def _long_gone(clinic: Clinic, since: datetime) -> "QuerySet[Patient]":
    """Registered before, and since then neither a session nor a prescription."""
    sessions = Session.objects.filter(patient=OuterRef("pk"), starts_at__gte=since)
    plans = Plan.objects.filter(patient=OuterRef("pk"), created_at__gte=since)
    rows = Patient.objects.of_clinic(clinic.pk).filter(erased_at__isnull=True, created_at__lt=since)
    return rows.exclude(Exists(sessions)).exclude(Exists(plans)).order_by("pk")
