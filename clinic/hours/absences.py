"""Back at work: leave and closures end early or are taken back, and leave that was asked for is granted.

Like every writer of leave these lock the hours that bookings share.
"""

from collections.abc import Iterator
from datetime import datetime
from typing import TypeVar

from clinic.audit_trail.write import AuditAction, AuditRecord, record_audit
from clinic.changelog.log import one_act, record_rows
from clinic.errors import Problem, ProblemKind, Unknown, refuse_if_any
from clinic.hours.rota import lock_hours
from clinic.identity.actors import Actor
from clinic.identity.permissions import Act, refuse_unless_may
from clinic.models import Closure, Leave, LeaveState
from clinic.sentences import sentence as _

Absence = TypeVar("Absence", Leave, Closure)


def grant_asked_leave(*, leave: Leave, by: Actor, now: datetime) -> Leave:
    """Leave that was asked for closes time from now on; granted leave stays as it is.

    Raises NotAllowed, and Unknown for leave of another clinic or that was taken back.
    """
    refuse_unless_may(by=by, act=Act.MANAGE_PLACES)
    with one_act():
        leave = _lock_leave(leave, by=by)
        if leave.state == LeaveState.ASKED:
            leave.state = LeaveState.GRANTED
            leave.save(update_fields=["state", *leave.touch(now)])
            record_audit(
                AuditRecord(AuditAction.GRANTED_LEAVE, leave.resource, after=_stretch(leave)), by=by, now=now
            )
            record_rows(changed=[leave], now=now)
    return leave


def end_leave(*, leave: Leave, at: datetime, by: Actor, now: datetime) -> Leave | None:
    """The resource is back from `at` (aware) on, and its time can be booked again.

    None if that takes the whole leave back: then the row is gone, and the trail keeps what it said. Raises
    NotAllowed, Refused (`absence_not_longer`), and Unknown for leave of another clinic or taken back.
    """
    refuse_unless_may(by=by, act=Act.MANAGE_PLACES)
    with one_act():
        leave = _lock_leave(leave, by=by)
        ended = AuditRecord(
            AuditAction.ENDED_LEAVE, leave.resource, before=_stretch(leave), after={"ends_at": at}
        )
        return _cut_short(leave, at, ended, by=by, now=now)


def reopen(*, closure: Closure, at: datetime, by: Actor, now: datetime) -> Closure | None:
    """The site is open again from `at` (aware) on. None if that takes the whole closure back.

    Raises NotAllowed, Refused (`absence_not_longer`), and Unknown for a closure of another clinic or taken
    back.
    """
    refuse_unless_may(by=by, act=Act.MANAGE_PLACES)
    with one_act():
        closure = _lock_closure(closure, by=by)
        ended = AuditRecord(
            AuditAction.REOPENED_SITE, closure.site, before=_stretch(closure), after={"ends_at": at}
        )
        return _cut_short(closure, at, ended, by=by, now=now)


def _cut_short(
    absence: Absence, at: datetime, ended: AuditRecord, *, by: Actor, now: datetime
) -> Absence | None:
    """The absence with its earlier end; None if nothing is left of it, and its row is gone."""
    refuse_if_any(_longer_problems(absence, at))
    record_audit(ended, by=by, now=now)
    if at <= absence.starts_at:
        record_rows(gone=[absence], now=now)
        absence.delete()
        return None
    absence.ends_at = at
    absence.save(update_fields=["ends_at", *absence.touch(now)])
    record_rows(changed=[absence], now=now)
    return absence


def _lock_leave(leave: Leave, *, by: Actor) -> Leave:
    """The leave as it stands now; whoever else would write it waits for the hours."""
    rows = Leave.objects.of_clinic(by.clinic_id).select_related("resource__site")
    if (found := rows.filter(pk=leave.pk).first()) is not None:
        lock_hours(clinic_id=by.clinic_id, site=found.resource.site)
        found = rows.filter(pk=leave.pk).first()
    if found is None:
        raise Unknown(
            "unknown_leave", _("There is no such leave in this clinic. It may have been taken back.")
        )
    return found


def _lock_closure(closure: Closure, *, by: Actor) -> Closure:
    rows = Closure.objects.of_clinic(by.clinic_id).select_related("site")
    if (found := rows.filter(pk=closure.pk).first()) is not None:
        lock_hours(clinic_id=by.clinic_id, site=found.site)
        found = rows.filter(pk=closure.pk).first()
    if found is None:
        raise Unknown(
            "unknown_closure", _("There is no such closure in this clinic. It may have been taken back.")
        )
    return found


def _stretch(absence: Leave | Closure) -> dict[str, datetime | None]:
    return {"starts_at": absence.starts_at, "ends_at": absence.ends_at}


def _longer_problems(absence: Leave | Closure, at: datetime) -> Iterator[Problem]:
    if absence.ends_at is not None and at > absence.ends_at:
        yield Problem(
            "absence_not_longer",
            ProblemKind.BLOCKER,
            _("That is later than it ends now. Enter another absence for the time after."),
        )
