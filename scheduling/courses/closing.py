"""Closing an act: what follows from it is written once, and in one order.

Windows of what is due, versions and sequences, waits, plans, reminders and notices, freed time, the trail,
and the change log as the last.
"""

from collections.abc import Iterable, Sequence
from typing import Any

from django.db.models import F

from clinic.audit_trail.write import record_audit
from clinic.changelog.log import Written, plan_written, record_changes, record_rows, session_written
from scheduling.courses.open_act import Freed, OpenAct
from scheduling.courses.telling import tell
from scheduling.diaries.claims import diaries_of
from scheduling.models import SCHEDULED, FreedTime, Session, SessionStatus, Wait, WaitState
from treatments.models import Plan

# Beyond all numbers: no two sessions of a course may share one, not even while they change places.
_ASIDE = 1000
_OVER = (SessionStatus.CANCELLED, SessionStatus.COMPLETED)
_SHOWN = (*SCHEDULED, SessionStatus.MISSED)
_COUNTED = {"version", "sequence", "changed_at"}


def close(act: OpenAct) -> None:
    """Write what follows from the act; what it logs is numbered when the outermost act ends."""
    plans = [plan for plan in act.rows.plans.values() if _is_changed_course(act, plan)]
    for plan in plans:
        act.count_windows(plan)
    sessions = [session for session in act.rows.sessions.values() if _changed(act, session)]
    sessions = [session for session in sessions if session not in act.gone]
    _write_sessions(act, sessions)
    _write_waits(act, sessions)
    _write_plans(act, plans)
    act.write_ended_holds()
    tell(act, sessions)
    _free_time(act, sessions)
    for record, by in act.records:
        record_audit(record, by=by, now=act.now)
    record_changes(clinic_id=act.by.clinic_id, written=list(_told_of(act, plans, sessions)), now=act.now)


def _columns(row: Session | Plan, was: Session | Plan) -> list[str]:
    """The names of the fields that differ."""
    return [
        field.name
        for field in row._meta.concrete_fields
        if getattr(row, field.attname) != getattr(was, field.attname)
    ]


def _changed(act: OpenAct, session: Session) -> bool:
    if session.version == 0 or session.pk in act.touched_sessions:
        return True
    return bool(_columns(session, act.stood[session.pk]))


def _is_changed_course(act: OpenAct, plan: Plan) -> bool:
    own = [session for session in act.rows.sessions.values() if session.plan_id == plan.pk]
    return (
        plan.pk in act.touched | act.begun
        or bool(_columns(plan, act.plans_stood[plan.pk]))
        or any(session.plan_id == plan.pk for session in (*act.new, *act.gone))
        or any(_changed(act, session) for session in own)
    )


def _write_sessions(act: OpenAct, sessions: Sequence[Session]) -> None:
    fields: set[str] = set()
    for session in sessions:
        was = act.stood[session.pk]
        fields.update(_columns(session, was))
        session.version = was.version + 1
        session.sequence += _is_another_time(session, was)
        session.changed_at = act.now
    Session.objects.filter(pk__in=[session.pk for session in act.gone]).delete()
    if fields & {"number", "attempt"}:
        moved = [one.pk for one in sessions if one.number != act.stood[one.pk].number]
        Session.objects.filter(pk__in=moved).update(number=F("number") + _ASIDE)
    # What stands for its number no more makes way for what does.
    ordered = sorted(sessions, key=lambda session: (session.is_live, session.pk))
    Session.objects.rewrite(ordered, fields=sorted(fields | _COUNTED))
    Session.objects.bulk_create(act.new)


def _is_another_time(session: Session, was: Session) -> bool:
    """Whether what was promised is at another time or place, or off: RFC 5545, 3.8.7.4."""
    if was.status not in _SHOWN or was.starts_at is None:
        return False
    return _time_and_place(session) != _time_and_place(was)


def _time_and_place(session: Session) -> tuple[Any, ...]:
    is_off = session.status == SessionStatus.CANCELLED
    return session.site_id, session.starts_at, session.ends_at, is_off


def _write_waits(act: OpenAct, sessions: Sequence[Session]) -> None:
    """Who waits for what is replaced waits for what replaces it, and nobody for what is off or done.

    Its patient is locked, and so nobody offers a time.
    """
    replaced = {of.pk: by for of, by in act.replaced}
    ended = {session.pk for session in sessions if session.status in _OVER}
    if not replaced and not ended:
        return
    standing = Wait.objects.of_clinic(act.by.clinic_id).standing().select_related("patient")
    waits = list(standing.filter(session__in=replaced.keys() | ended).order_by("pk"))
    for wait in waits:
        wait.touch(act.now)
        if wait.session_id in replaced:
            wait.session = replaced[wait.session_id]
        else:
            wait.state = WaitState.WITHDRAWN
    Wait.objects.rewrite(waits, fields=["session", "state", "version", "changed_at"])
    record_rows(changed=waits, now=act.now)


def _write_plans(act: OpenAct, plans: Sequence[Plan]) -> None:
    fields = {"version"}
    for plan in plans:
        fields.update(_columns(plan, act.plans_stood[plan.pk]))
        # One that was begun in the act has its first version.
        plan.version += plan.pk not in act.begun
    changed = [plan for plan in plans if _columns(plan, act.plans_stood[plan.pk])]
    Plan.objects.rewrite(changed, fields=sorted(fields))


def _free_time(act: OpenAct, sessions: Sequence[Session]) -> None:
    """Hours to come that sessions gave back: the next tick offers them to who waits."""
    freed = list(act.freed)
    for session in sessions:
        was = act.stood[session.pk]
        if was.site_id is None or was.starts_at is None or was.ends_at is None:
            continue
        has_given_back = bool(act.shown_before.get(was.pk)) and _hours(session) != _hours(was)
        if has_given_back and not was.stands_for_id:
            freed.append(Freed(was.site_id, was.starts_at, was.ends_at))
    FreedTime.objects.insert(
        [
            FreedTime(
                clinic_id=act.by.clinic_id,
                site_id=one.site_id,
                starts_at=one.starts_at,
                ends_at=one.ends_at,
                due_at=act.now,
            )
            for one in freed
            if one.starts_at > act.now
        ]
    )


def _hours(session: Session) -> tuple[Any, ...] | None:
    """Where and when it holds time; None if it holds none."""
    if session.status not in (*SCHEDULED, SessionStatus.HELD):
        return None
    return session.site_id, session.starts_at, session.ends_at


def _shown_in(session: Session, diaries: set[int]) -> set[int]:
    """The diaries that show the session: while it is held, the patient alone may know of it."""
    return set() if session.is_held else diaries


def _told_of(act: OpenAct, plans: Sequence[Plan], sessions: Sequence[Session]) -> Iterable[Written]:
    for plan in plans:
        yield plan_written(plan, patient_diary_id=plan.patient.diary_id)
    known = act.shown_before.keys() | act.shown_after.keys()
    standing = diaries_of(
        session_ids=[one.pk for one in sessions if one.starts_at is not None and one.pk not in known]
    )
    for session in sessions:
        if session.stands_for_id:
            # What it stands for is what anybody sees.
            continue
        was, diary = act.stood[session.pk], {act.patient(session).diary_id}
        before = act.shown_before.get(session.pk, standing.get(session.pk, set()))
        after = act.shown_after.get(session.pk, standing.get(session.pk, set()))
        yield session_written(
            session,
            before=_shown_in(was, before) | diary if was.version else set(),
            after=_shown_in(session, after) | diary,
            sites_before=() if was.site_id is None else (was.site_id,),
        )
    for session in act.new:
        yield session_written(session, after=[act.patient(session).diary_id])
    for session in act.gone:
        if not session.stands_for_id:
            session.version += 1
            yield session_written(session, before=[act.patient(session).diary_id])
