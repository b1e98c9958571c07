"""Sending now what an act leaves to be sent, though it could be undone unheard for a while."""

from datetime import datetime

from clinic.audit_trail.write import AuditAction, AuditRecord, record_audit
from clinic.changelog.log import one_act
from clinic.identity.actors import Actor
from scheduling.booking.freed_time import offer_at_once
from scheduling.messages.notices import send_at_once, waiting_notices
from scheduling.models import CourseAct
from scheduling.undoing.undo import refuse_unless_may_undo


def is_waiting(act: CourseAct, *, now: datetime) -> bool:
    """Whether mails, or the offer of freed time, wait until the act cannot be undone unheard. Two queries."""
    if act.undone_at is not None or act.goes_out_at <= now:
        return False
    is_told = act.patient is not None and waiting_notices(of=act.patient, plan=act.plan, now=now).exists()
    return is_told or act.freed.filter(due_at=act.goes_out_at).exists()


def send_now(*, act: CourseAct, by: Actor, now: datetime) -> CourseAct:
    """End the wait: mails and offers of freed time go out with the next tick. Without a wait nothing is done.

    The act can be undone all the same; then what was sent is put right. Raises NotAllowed and Unknown
    (`unknown_act`). Locks: the act.
    """
    refuse_unless_may_undo(act, by)
    with one_act():
        rows = CourseAct.objects.of_clinic(by.clinic_id).select_related("patient", "plan", "session")
        locked = rows.select_for_update(of=("self",)).filter(pk=act.pk).first() or act
        if not is_waiting(locked, now=now):
            return locked
        if locked.patient is not None:
            send_at_once(of=locked.patient, plan=locked.plan, now=now)
        offer_at_once(act=locked, now=now)
        locked.goes_out_at = now
        locked.save(update_fields=["goes_out_at"])
        patients = [locked.patient.uuid] if locked.patient else []
        about = locked.session or locked.plan or locked
        record_audit(AuditRecord(AuditAction.SENT_AT_ONCE, about, patients), by=by, now=now)
    return locked
