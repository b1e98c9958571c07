"""Closing an act: what follows from it is written once, and in one order.

Rest between courses is asked first. Then what was set aside on a word, windows of what is due, versions and
sequences, waits, plans, holds that ended, what stood before, reminders, notices and what was heard, freed
time, the trail, the change log.
"""

from collections.abc import Iterable, Sequence
from copy import copy
from typing import Any

from django.db.models import F

from clinic.audit_trail.write import record_audit
from clinic.changelog.log import (
    Written,
    last_number,
    plan_written,
    record_changes,
    record_rows,
    session_written,
)
from scheduling.courses.kept import Before, Freed, KeptRow, KeptSession, changed_columns, said_of
from scheduling.courses.open_act import OpenAct
from scheduling.courses.telling import as_told, tell
from scheduling.diaries.claims import diaries_of
from scheduling.diaries.left import Seen, note_left
from scheduling.models import (
    SCHEDULED,
    CourseAct,
    CourseActKind,
    FreedTime,
    Session,
    SessionStatus,
    Wait,
    WaitState,
)
from scheduling.models.course_acts import text_of
from scheduling.rest.check import keep_rest
from scheduling.words.use import write_words
from treatments.models import Plan

# Beyond all numbers: no two sessions of a course may share one, not even while they change places.
_ASIDE = 1000
_OVER = (SessionStatus.CANCELLED, SessionStatus.COMPLETED)
# What was cancelled may be put back.
_SHOWN = (*SCHEDULED, SessionStatus.MISSED, SessionStatus.CANCELLED)
_COUNTED = {"version", "sequence", "changed_at"}
_WINDOW = {"earliest_on", "target_on", "latest_on"}


def close(act: OpenAct) -> None:
    """Write what follows from the act; what it logs is numbered when the outermost act ends."""
    keep_rest(act)
    write_words(act)
    plans = [plan for plan in act.rows.plans.values() if _is_changed_course(act, plan)]
    for plan in plans:
        act.count_windows(plan)
    sessions = act.changed
    _write_sessions(act, sessions)
    if not act.puts_back:
        note_left(sessions=sessions, seen=Seen(act.stood, act.shown_before, act.shown_after), now=act.now)
    _write_waits(act, sessions)
    _write_plans(act, plans)
    act.write_ended_holds()
    freed = _freed(act, sessions)
    kept = _keep(act, plans, sessions, freed)
    tell(act, sessions)
    _free_time(act, freed, kept)
    for record, by in act.records:
        record_audit(as_told(act, record), by=by, now=act.now)
    record_changes(clinic_id=act.by.clinic_id, written=list(_told_of(act, plans, sessions)), now=act.now)


def _is_changed_course(act: OpenAct, plan: Plan) -> bool:
    own = [session for session in act.rows.sessions.values() if session.plan_id == plan.pk]
    return (
        plan.pk in act.touched | act.begun
        or bool(changed_columns(plan, act.plans_stood[plan.pk]))
        or any(session.plan_id == plan.pk for session in (*act.new, *act.gone))
        or any(act.is_changed(session) for session in own)
    )


def _write_sessions(act: OpenAct, sessions: Sequence[Session]) -> None:
    fields: set[str] = set()
    for session in sessions:
        was = act.stood[session.pk]
        fields.update(changed_columns(session, was))
        session.version = was.version + (act.leap or 1)
        session.sequence += act.leap or _is_another_time(session, was)
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
    is_off = session.status in (SessionStatus.CANCELLED, SessionStatus.HELD)
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
        act.waits_written.append((wait, copy(wait)))
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
        fields.update(changed_columns(plan, act.plans_stood[plan.pk]))
        # One that was begun in the act has its first version.
        plan.version += (plan.pk not in act.begun) * (act.leap or 1)
    changed = [plan for plan in plans if changed_columns(plan, act.plans_stood[plan.pk])]
    Plan.objects.rewrite(changed, fields=sorted(fields))


def _keep(
    act: OpenAct, plans: Sequence[Plan], sessions: Sequence[Session], freed: Sequence[Freed]
) -> CourseAct | None:
    """What stood before the act, if it can be undone and did anything. One statement."""
    undoable = act.undoable
    if undoable is None or not (plans or sessions or act.new or undoable.entered):
        return None
    about = undoable.about
    plan_id = about.plan_id if isinstance(about, Session) else about.pk if about else None
    kept = CourseAct(
        clinic_id=act.by.clinic_id,
        kind=undoable.kind,
        by=text_of(act.by),
        at=act.now,
        patient_id=about.patient_id if about else None,
        plan_id=plan_id,
        session=about if isinstance(about, Session) else None,
        before=_before(act, plans, sessions).as_json(),
        goes_out_at=act.goes_out_at,
        undo_until=undoable.until,
    )
    after_change = last_number(clinic_id=act.by.clinic_id)
    if freed:
        # It is named by its key.
        kept.after_change = after_change
        kept.save(force_insert=True)
    else:
        CourseAct.objects.insert([kept], reckoned={"after_change": after_change})
    return kept


def _before(act: OpenAct, plans: Sequence[Plan], sessions: Sequence[Session]) -> Before:
    undoable = act.undoable
    assert undoable is not None, "asked of acts that can be undone"
    # A hold that ran out would have ended anyhow.
    ran_out = {hold.pk for hold in act.ended_holds} - act.rows.holds.keys()
    mine = [session for session in sessions if act.stood[session.pk].hold_id not in ran_out]
    gone = [act.stood[session.pk] for session in act.gone]
    # What is done with one session at the desk says nothing of the others of its course.
    is_of_one = undoable.kind == CourseActKind.ATTENDED
    stood = [(plan, changed_columns(plan, act.plans_stood[plan.pk])) for plan in plans]
    return Before(
        sessions=tuple(_kept_session(act, one) for one in mine if not _is_counted_alone(act, one)),
        gone=tuple(
            KeptSession(one.pk, one.version, said_of(one), tuple(act.claims_stood.get(one.pk, ())))
            for one in gone
            if one.hold_id not in ran_out
        ),
        added=tuple(KeptRow(one.pk, one.version) for one in act.new),
        plans=tuple(
            KeptRow(plan.pk, plan.version, said_of(act.plans_stood[plan.pk], {*names} - {"version"}))
            for plan, names in stood
            if {*names} - {"version"} or not is_of_one
        ),
        holds=tuple(KeptRow(one.pk, one.version) for one in act.ended_holds if one.pk not in ran_out),
        waits=tuple(
            KeptRow(wait.pk, wait.version, said_of(was, {"session", "state"}))
            for wait, was in act.waits_written
        ),
        absences=(KeptRow(undoable.entered.pk, undoable.entered.version),) if undoable.entered else (),
        care=tuple(act.new_care),
        told=act.told,
    )


def _kept_session(act: OpenAct, session: Session) -> KeptSession:
    was = act.stood[session.pk]
    changes_claims = session.pk in act.shown_before.keys() | act.shown_after.keys()
    return KeptSession(
        session.pk,
        session.version,
        said_of(was, {*changed_columns(session, was)} - _COUNTED),
        tuple(act.claims_stood.get(session.pk, ())) if changes_claims else None,
        is_new=was.version == 0,
    )


def _is_counted_alone(act: OpenAct, session: Session) -> bool:
    """What is due has the window that follows from the others: it is counted anew when they are put back."""
    return session.is_due and {*changed_columns(session, act.stood[session.pk])} <= _WINDOW | _COUNTED


def _freed(act: OpenAct, sessions: Sequence[Session]) -> list[Freed]:
    """Hours to come that the act, or its sessions, gave back."""
    freed = list(act.freed)
    for session in sessions:
        was = act.stood[session.pk]
        hours = _hours(was)
        if hours is not None and hours != _hours(session) and not was.stands_for_id:
            freed.append(hours)
    return [one for one in freed if one.starts_at > act.now]


def _free_time(act: OpenAct, freed: Sequence[Freed], kept: CourseAct | None) -> None:
    """The next tick offers them to who waits."""
    FreedTime.objects.insert(
        [
            FreedTime(
                clinic_id=act.by.clinic_id,
                site_id=one.site_id,
                starts_at=one.starts_at,
                ends_at=one.ends_at,
                act=kept,
                due_at=act.goes_out_at,
            )
            for one in freed
        ]
    )


def _hours(session: Session) -> Freed | None:
    """Where and when it holds time; None if it holds none."""
    if session.status not in (*SCHEDULED, SessionStatus.HELD):
        return None
    if session.site_id is None or session.starts_at is None or session.ends_at is None:
        return None
    return Freed(session.site_id, session.starts_at, session.ends_at)


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
        if not session.stands_for_id:
            yield session_written(session, after=[act.patient(session).diary_id])
    for session in act.gone:
        if not session.stands_for_id:
            session.version += 1
            yield session_written(session, before=[act.patient(session).diary_id])
