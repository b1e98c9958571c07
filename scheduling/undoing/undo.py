"""Undoing an act: exactly what stood before it stands again."""

from collections.abc import Mapping
from datetime import datetime
from types import MappingProxyType
from typing import Any

from clinic.audit_trail.write import AuditAction, AuditRecord
from clinic.identity.actors import Actor
from clinic.identity.permissions import Act, refuse_unless_may
from clinic.lookup import refuse_foreign
from scheduling.booking.freed_time import take_back
from scheduling.courses.act import course_act
from scheduling.courses.kept import Before, said_of
from scheduling.courses.open_act import OpenAct
from scheduling.courses.scope import ActScope
from scheduling.models import CourseAct, CourseActKind, Hold, Message, MessageState, Session, Telling
from scheduling.undoing.as_left import nothing_kept, refuse_if_over
from scheduling.undoing.put_back import put_all_back

# Whoever may do it may undo it.
RIGHTS: Mapping[str, Act] = MappingProxyType(
    {
        CourseActKind.BOOKED: Act.BOOK,
        CourseActKind.MOVED: Act.MOVE,
        CourseActKind.CANCELLED: Act.CANCEL,
        CourseActKind.LEAVE: Act.MANAGE_PLACES,
        CourseActKind.ATTENDED: Act.ATTEND,
    }
)


def undo(*, act: CourseAct, by: Actor, now: datetime) -> CourseAct:
    """Put back all that stood before the act, or nothing. It is an act of its own, which nobody undoes.

    Hours that it freed are taken back, and those that it had taken are free. What patients have heard by now
    is put right by a message. Raises NotAllowed, Unknown (`unknown_act`), UndoOver, and TimeTaken for time
    that somebody else has by now, or that leave or a closure closed since. Locks: patient, plans, site hours
    (alone if it was leave), waits, sessions, the act, pages, change counter.
    """
    refuse_unless_may_undo(act, by)
    if not act.before:
        raise nothing_kept()
    before = Before.from_json(act.before)
    with course_act(by=by, now=now, scope=_scope(act, before)) as undoing:
        rows = CourseAct.objects.of_clinic(by.clinic_id).select_for_update(of=("self",))
        locked = rows.select_related("patient", "plan", "session").filter(pk=act.pk).first()
        refuse_if_over(undoing, locked, before)
        assert locked is not None, "refused if nothing is kept"
        stood = _values(undoing, before)
        undoing.puts_back = True
        undoing.told = Telling.BY_MAIL if _is_heard(locked, before, now) else Telling.SILENT
        put_all_back(undoing, locked, before)
        take_back(act=locked)
        locked.undone_at = now
        locked.save(update_fields=["undone_at"])
        undoing.record(_record(undoing, locked, before, stood))
    return locked


def refuse_unless_may_undo(act: CourseAct, by: Actor) -> None:
    """Raises Unknown (`unknown_act`) and NotAllowed."""
    refuse_foreign(by=by, unknown_act=act)
    refuse_unless_may(by=by, act=RIGHTS[act.kind])


def _scope(act: CourseAct, before: Before) -> ActScope:
    """All that is put back; of the course that the act was about the whole, and the hours of every site.

    Of a hold that leave ended its course and patient are locked too: it may be held anew at this moment.
    """
    keys = frozenset(kept.pk for kept in (*before.sessions, *before.added))
    holds = Hold.objects.filter(pk__in=[kept.pk for kept in before.holds], plan__isnull=False)
    held = list(holds.values_list("plan_id", "plan__patient_id"))
    timed = [kept.pk for kept in before.sessions if kept.claims is not None]
    sites = {kept.was.get("site") for kept in (*before.sessions, *before.gone)}
    sites |= set(Session.objects.filter(pk__in=timed).values_list("site_id", flat=True))
    return ActScope(
        patients=frozenset(filter(None, [act.patient_id, *(patient for _, patient in held)])),
        plans=frozenset(filter(None, [act.plan_id, *(plan for plan, _ in held)])),
        absences=frozenset(kept.pk for kept in before.absences),
        sites=frozenset(site for site in sites if site is not None),
        waits=frozenset(kept.pk for kept in before.waits),
        sessions=keys,
    )


def _is_heard(act: CourseAct, before: Before, now: datetime) -> bool:
    """Whether patients may know of it. A booking that no reminder has told of is told by nobody.

    A slip of the desk is put right while the patient is on the phone; later whoever knew of it believes it.
    """
    is_over = now >= act.goes_out_at
    if act.kind != CourseActKind.BOOKED or (before.told is not Telling.BY_MAIL and is_over):
        return True
    rows = Message.objects.filter(session__in=[kept.pk for kept in before.sessions])
    return rows.filter(state=MessageState.SENT, sent_at__gte=act.at).exists()


def _values(undoing: OpenAct, before: Before) -> dict[str, Any]:
    """Of the patient's own sessions, what is put back of them as it stands."""
    rows = undoing.rows.sessions
    own = [kept for kept in before.sessions if rows[kept.pk].patient_id in undoing.rows.patients]
    return {str(rows[kept.pk].uuid): said_of(rows[kept.pk], kept.was) for kept in own}


def _record(undoing: OpenAct, act: CourseAct, before: Before, stood: dict[str, Any]) -> AuditRecord:
    patients = [patient.uuid for patient in undoing.rows.patients.values()]
    after = {"act": act.uuid, "kind": act.kind, "sessions": _values(undoing, before)}
    about = act.session or act.plan or act
    return AuditRecord(AuditAction.UNDID_ACT, about, patients, {"sessions": stood}, after)
