"""Giving time back: sessions that were only held are due again, and their claims are gone.

Whoever calls has a transaction open. A held session is written by nobody who has not locked its hold.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime

from clinic.audit_trail.write import AuditAction, AuditRecord, record_audit
from clinic.identity.actors import Actor, Way, task_actor
from clinic.time.intervals import Stretch
from scheduling.diaries.claims import claims_of, unclaim
from scheduling.diaries.pages import LockedPages, lock_pages
from scheduling.models import Claim, Hold, Session, SessionStatus
from treatments.models import Plan

TASK = "holds"


def lock_time(
    *, clinic_id: int, stretches: Sequence[Stretch], given_up: Sequence[Session] = (), now: datetime
) -> LockedPages:
    """Lock the pages of the stretches, and of all that is given back for their sake.

    Given back is what the sessions `given_up` claim, whose hold the caller has ended, and every hold
    that ran out on one of the stretches. One query more than `lock_pages` while no hold ran out.
    """
    holds = _lock_expired(clinic_id, stretches, now)
    if not holds and not given_up:
        return lock_pages(clinic_id=clinic_id, stretches=stretches)
    sessions = _lock_sessions(holds)
    pages = _vacate(clinic_id, [*given_up, *sessions], stretches)
    by = task_actor(clinic_id=clinic_id, label=TASK, way=Way.TASK)
    _end(holds, sessions, by=by, now=now)
    return pages


def release(*, hold: Hold, by: Actor, now: datetime) -> None:
    """Give the time of a locked hold back. Locks: sessions, pages."""
    sessions = _lock_sessions([hold])
    _vacate(hold.clinic_id, sessions, ())
    _end([hold], sessions, by=by, now=now)


def unclaim_session(*, session: Session) -> None:
    """Take a locked session's claims away; its cast and times go on saying who and when. Locks: pages."""
    _vacate(session.clinic_id, [session], ())


def end_own_hold(*, plan: Plan, now: datetime) -> None:
    """End the hold of a locked plan, whose sessions are taken anew. Waits for whoever has it locked."""
    Hold.objects.standing().filter(plan=plan).update(released_at=now)


def lock_holds(*, keys: Iterable[int], skip_locked: bool = False) -> list[Hold]:
    """Those of the holds that still stand, locked by id, each with its plan and patient.

    With `skip_locked` those that somebody else has locked are passed over: they book or release them.
    """
    rows = Hold.objects.standing().select_for_update(no_key=True, of=("self",), skip_locked=skip_locked)
    return list(rows.filter(pk__in=keys).select_related("plan__patient").order_by("pk"))


def _lock_expired(clinic_id: int, stretches: Sequence[Stretch], now: datetime) -> list[Hold]:
    keys = list(Hold.objects.of_clinic(clinic_id).expired(now).values_list("pk", flat=True))
    if not keys:
        return []
    wanted: dict[int, list[Stretch]] = {}
    for stretch in stretches:
        wanted.setdefault(stretch.diary_id, []).append(stretch)
    claims = Claim.objects.filter(session__hold__in=keys, diary_id__in=wanted)
    rows = claims.values_list("session__hold_id", "diary_id", "start_cell", "end_cell")
    in_the_way = {
        hold_id
        for hold_id, *cells in rows
        if any(Stretch(*cells).overlaps(stretch) for stretch in wanted[cells[0]])
    }
    return lock_holds(keys=in_the_way, skip_locked=True)


def _lock_sessions(holds: Sequence[Hold]) -> list[Session]:
    rows = Session.objects.select_for_update(no_key=True).filter(hold_id__in=[hold.pk for hold in holds])
    return list(rows.order_by("pk"))


def _vacate(clinic_id: int, sessions: Sequence[Session], wanted: Sequence[Stretch]) -> LockedPages:
    keys = [session.pk for session in sessions]
    claimed = [stretch for of_session in claims_of(session_ids=keys).values() for stretch in of_session]
    pages = lock_pages(clinic_id=clinic_id, stretches=[*wanted, *claimed])
    unclaim(pages=pages, session_ids=keys, stretches=claimed)
    return pages


_NO_TIME = [
    "site", "status", "hold", "local_date", "local_time", "starts_at", "ends_at", "cast",
    "version", "changed_at",
]  # fmt: skip


def reset_to_due(sessions: Sequence[Session], *, now: datetime) -> None:
    """Sessions without claims, and held no more, have no time either; what stood for another one goes."""
    if not sessions:
        return
    Session.objects.filter(pk__in=[session.pk for session in sessions if session.stands_for_id]).delete()
    sessions = [session for session in sessions if not session.stands_for_id]
    for session in sessions:
        session.status, session.hold, session.site = SessionStatus.DUE, None, None
        session.local_date = session.local_time = session.starts_at = session.ends_at = None
        session.cast = []
        session.version += 1
        session.changed_at = now
    Session.objects.rewrite(sessions, fields=_NO_TIME)


def _end(holds: Sequence[Hold], sessions: Sequence[Session], *, by: Actor, now: datetime) -> None:
    reset_to_due(sessions, now=now)
    Hold.objects.filter(pk__in=[hold.pk for hold in holds]).update(released_at=now)
    for hold in holds:
        patients = [hold.plan.patient.uuid] if hold.plan else []
        record_audit(AuditRecord(AuditAction.RELEASED_HOLD, hold, patients), by=by, now=now)
