"""When a resource is busy elsewhere, as another system says: its time is closed, and nobody is told why.

That is no leave. Like every writer of hours these lock the hours that bookings share.
"""

from dataclasses import dataclass
from datetime import datetime

from clinic.audit_trail.write import AuditAction, AuditRecord, record_audit
from clinic.changelog.log import one_act, record_rows
from clinic.errors import Malformed, Unknown, refuse_if_any
from clinic.hours.rota import lock_hours
from clinic.hours.span_problems import absence_problems
from clinic.identity.actors import Actor
from clinic.identity.permissions import Act, refuse_unless_may
from clinic.lookup import UNKNOWN, refuse_foreign
from clinic.models import BusyTime, Resource
from clinic.plain_text import one_line
from clinic.sentences import sentence as _

LONGEST_EXTERNAL_ID = 200


@dataclass(frozen=True, slots=True)
class NewBusyTime:
    """From when until when (aware) the resource is busy, and what the other system calls that."""

    resource: Resource
    external_id: str
    starts_at: datetime
    ends_at: datetime


@dataclass(frozen=True, slots=True)
class Noted:
    """The busy time, and whether it was not known before."""

    busy: BusyTime
    is_new: bool


def note_busy(*, new: NewBusyTime, by: Actor, now: datetime) -> Noted:
    """Close the resource's time, or move what the same name closed before. The same twice is once.

    What is booked stays. Raises NotAllowed, Malformed (`malformed_external_id`), Refused (`absence_reversed`)
    and Unknown for a resource of another clinic.
    """
    refuse_unless_may(by=by, act=Act.MANAGE_PLACES)
    refuse_foreign(by=by, unknown_resource=new.resource)
    _refuse_malformed(new.external_id)
    refuse_if_any(absence_problems(new.starts_at, new.ends_at))
    with one_act():
        lock_hours(clinic_id=by.clinic_id, site=new.resource.site)
        busy = _known(new.resource, new.external_id)
        if busy is None:
            return Noted(_added(new, by=by, now=now), is_new=True)
        if (busy.starts_at, busy.ends_at) != (new.starts_at, new.ends_at):
            _change(busy, new, by=by, now=now)
        return Noted(busy, is_new=False)


def forget_busy(*, resource: Resource, external_id: str, by: Actor, now: datetime) -> BusyTime:
    """The resource's time can be booked again.

    Raises NotAllowed, and Unknown (`unknown_resource`, `unknown_busy_time`): it may have been forgotten.
    """
    refuse_unless_may(by=by, act=Act.MANAGE_PLACES)
    refuse_foreign(by=by, unknown_resource=resource)
    with one_act():
        lock_hours(clinic_id=by.clinic_id, site=resource.site)
        busy = _known(resource, external_id)
        if busy is None:
            raise Unknown("unknown_busy_time", UNKNOWN["unknown_busy_time"])
        record_audit(
            AuditRecord(AuditAction.FORGOT_BUSY, resource, before=_stretch(busy)),
            by=by,
            now=now,
        )
        record_rows(gone=[busy], now=now)
        busy.delete()
    return busy


def _known(resource: Resource, external_id: str) -> BusyTime | None:
    rows = BusyTime.objects.of_clinic(resource.clinic_id).select_related("resource__site")
    return rows.filter(resource=resource, external_id=external_id).first()


def _added(new: NewBusyTime, *, by: Actor, now: datetime) -> BusyTime:
    busy = BusyTime.objects.create(
        clinic_id=by.clinic_id,
        resource=new.resource,
        external_id=new.external_id,
        starts_at=new.starts_at,
        ends_at=new.ends_at,
        changed_at=now,
    )
    noted = AuditRecord(AuditAction.NOTED_BUSY, new.resource, after=_stretch(busy))
    record_audit(noted, by=by, now=now)
    record_rows(added=[busy], now=now)
    return busy


def _change(busy: BusyTime, new: NewBusyTime, *, by: Actor, now: datetime) -> None:
    before = _stretch(busy)
    busy.starts_at, busy.ends_at = new.starts_at, new.ends_at
    busy.save(update_fields=["starts_at", "ends_at", *busy.touch(now)])
    noted = AuditRecord(AuditAction.NOTED_BUSY, busy.resource, before=before, after=_stretch(busy))
    record_audit(noted, by=by, now=now)
    record_rows(changed=[busy], now=now)


def _stretch(busy: BusyTime) -> dict[str, datetime]:
    return {"starts_at": busy.starts_at, "ends_at": busy.ends_at}


def _refuse_malformed(external_id: str) -> None:
    if not external_id or external_id != one_line(external_id) or len(external_id) > LONGEST_EXTERNAL_ID:
        raise Malformed(
            "malformed_external_id",
            _("A name has 1 to {most} characters on one line.", most=LONGEST_EXTERNAL_ID),
        )
