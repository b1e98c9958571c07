"""The trail of long ago: what the database lets nobody cut unless it is old by its own clock."""

from datetime import datetime, timedelta

from clinic.audit_trail.cuts import cut_after, days_kept
from clinic.audit_trail.seals import seal
from clinic.audit_trail.write import AuditAction, AuditRecord, record_audit
from clinic.identity.actors import task_actor
from clinic.models import AuditCut, AuditDetail, AuditEntry, Clinic, Seal
from tests.support.builders import a_clinic, an_owner
from tests.support.cast import NOW

LONG_AGO = NOW - timedelta(12 * 365)
TASK = "retain"


def a_clinic_of_three_seals(*, keep_audit_days: int) -> Clinic:
    """Three seals of two entries each, and one entry that is in none yet."""
    clinic = a_clinic(keep_audit_days=keep_audit_days)
    first = AuditEntry.objects.of_clinic(clinic.pk).count()
    for _ in range(6 - first):
        record_audit(
            AuditRecord(AuditAction.SET_CLINIC, after={"name": "New"}),
            by=an_owner(clinic=clinic),
            now=LONG_AGO,
        )
    AuditDetail.objects.of_clinic(clinic.pk).update(written_at=LONG_AGO)
    while seal(clinic_id=clinic.pk, now=LONG_AGO, most=2):
        pass
    record_audit(AuditRecord(AuditAction.SET_CLINIC), by=an_owner(clinic=clinic), now=LONG_AGO)
    return clinic


def a_sealed_entry(*, clinic: Clinic, sealed_at: datetime = LONG_AGO) -> Seal:
    """One more entry; it and all that was in no seal yet goes into the seal returned."""
    by = an_owner(clinic=clinic)
    record_audit(AuditRecord(AuditAction.SET_CLINIC, after={"name": "New"}), by=by, now=sealed_at)
    AuditDetail.objects.of_clinic(clinic.pk).filter(written_at__gt=sealed_at).update(written_at=sealed_at)
    made = seal(clinic_id=clinic.pk, now=sealed_at)
    assert made is not None
    return made


def a_cut(*, clinic: Clinic, last: Seal) -> AuditCut:
    """Retention's own, made the day after that seal is past its time."""
    now = last.sealed_at + timedelta(days_kept(clinic) + 1)
    return cut_after(last=last, clinic=clinic, by=task_actor(clinic_id=clinic.pk, label=TASK), now=now)
