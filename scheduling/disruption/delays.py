"""Running late: what remains of one diary's day is pushed by some minutes, all of it or nothing."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.db import IntegrityError, transaction

from clinic.audit_trail.write import AuditAction, AuditRecord, record_audit
from clinic.changelog.log import plan_written, record_changes, session_written
from clinic.errors import Conflict, NotAllowed, Problem, ProblemKind, refuse_if_any
from clinic.hours.working_time import share_hours
from clinic.identity.actors import Actor
from clinic.identity.permissions import Act, refuse_unless_may, set_aside
from clinic.lookup import refuse_foreign
from clinic.models import Patient
from clinic.plain_text import one_line, text_problems
from clinic.time.cells import CELL_MINUTES
from scheduling.booking.release import lock_time
from scheduling.booking.reserve import TimeTaken, taken_by_someone
from scheduling.courses.course import lock_sessions
from scheduling.diaries.claims import shift_claims
from scheduling.diaries.pages import LockedPages
from scheduling.disruption.delay_preview import Delay, Shift, looked_at, pushes, remaining, taken_details
from scheduling.messages.notices import TimeChange, tell_moved
from scheduling.messages.reminders import plan_reminders, void_reminders
from scheduling.models import AHEAD, Session, SessionStatus
from treatments.models import Plan

LONGEST_DELAY_MINUTES = 240
LONGEST_REASON = 200


class DayChanged(Conflict):
    """The sessions are not those that were looked at."""


@dataclass(frozen=True, slots=True)
class Agreed:
    """What was looked at – session id → version –, whether patients are told, why hours are set aside."""

    expected: Mapping[UUID, int]
    is_told: bool = True
    reason: str = ""


def preview_delay(*, delay: Delay, by: Actor, now: datetime) -> list[Shift]:
    """The sessions that would come later, each with what speaks against it. Nothing is written.

    Raises NotAllowed (`not_own_diary` too), Unknown (`unknown_resource`) and Refused
    (`delay_out_of_range`).
    """
    _refuse(delay, by)
    sessions = remaining(resource=delay.resource, now=now)
    return looked_at(pushes(delay=delay, sessions=sessions), now=now)


def push_day(*, delay: Delay, agreed: Agreed, by: Actor, now: datetime) -> list[Session]:
    """Push every session of the preview, or none: all claims of a session come later by the same minutes.

    Raises what `preview_delay` raises, DayChanged when the sessions are others by now, TimeTaken with every
    clash, and Refused (`outside_hours` unless waived with a reason, `reason_too_long`). Locks: patients and
    plans by id, site hours, sessions by id, pages, change counter.
    """
    _refuse(delay, by)
    reason = one_line(agreed.reason)
    refuse_if_any(text_problems(reason, "reason", most=LONGEST_REASON))
    with transaction.atomic():
        day = _lock_day(delay, agreed, now)
        if not day.found:
            return []
        pages = _lock_pages(delay, day, now)
        found = looked_at(day.found, now=now)
        _refuse_clashes(found)
        set_aside(problems=[one for push in found for one in push.problems], waiver=reason, by=by)
        _write_claims(pages, found)
        were = [push.old_starts_at for push in found]
        for push in found:
            record_audit(_noted(push, agreed), by=by, now=now)
            waived = [{"code": one.code, "reason": reason, "by": str(by)} for one in push.problems]
            _set_later(push, waived, now)
        sessions = [push.session for push in found]
        Session.objects.rewrite(sessions, fields=_FIELDS)
        for plan in day.plans:
            plan.version += 1
        Plan.objects.rewrite(day.plans, fields=["version"])
        _tell(sessions, were, agreed, now=now)
        _record(day.plans, found, now)
    return sessions


def _refuse(delay: Delay, by: Actor) -> None:
    refuse_unless_may(by=by, act=Act.PUSH_DAY)
    refuse_foreign(by=by, unknown_resource=delay.resource)
    # Whose sessions one may not see, one does not move unseen.
    if by.sees_only_own_patients and delay.resource.pk != by.practitioner_id:
        raise NotAllowed("not_own_diary", "You push your own day. Ask reception to push somebody else’s.")
    refuse_if_any(_minutes_problems(delay.minutes))


def _minutes_problems(minutes: int) -> Iterator[Problem]:
    if minutes % CELL_MINUTES or not CELL_MINUTES <= minutes <= LONGEST_DELAY_MINUTES:
        yield Problem(
            "delay_out_of_range",
            ProblemKind.BLOCKER,
            f"A day is pushed by {CELL_MINUTES} to {LONGEST_DELAY_MINUTES} minutes, in steps of "
            f"{CELL_MINUTES}. Choose such a number.",
        )


@dataclass(frozen=True, slots=True)
class _Day:
    """What remains of the day, what of it is pushed, and the plans of that; all but the pages is locked."""

    sessions: list[Session]
    found: list[Shift]
    plans: list[Plan]


def _lock_day(delay: Delay, agreed: Agreed, now: datetime) -> _Day:
    seen = remaining(resource=delay.resource, now=now)
    patient_ids = {session.patient_id for session in seen}
    list(Patient.objects.select_for_update(no_key=True).filter(pk__in=patient_ids).order_by("pk"))
    plan_ids = {session.plan_id for session in seen if session.plan_id is not None}
    plans = {
        plan.pk: plan
        for plan in Plan.objects.select_for_update(no_key=True).filter(pk__in=plan_ids).order_by("pk")
    }
    share_hours(site_ids={session.site_id for session in seen if session.site_id is not None})
    locked = lock_sessions(seen)
    sessions = remaining(resource=delay.resource, now=now)
    _refuse_others(locked, sessions)
    found = pushes(delay=delay, sessions=sessions)
    if {push.session.uuid: push.session.version for push in found} != dict(agreed.expected):
        raise _changed()
    touched = {push.session.plan_id for push in found}
    return _Day(sessions, found, [plan for pk, plan in plans.items() if pk in touched])


def _lock_pages(delay: Delay, day: _Day, now: datetime) -> LockedPages:
    """Old and new time in one go. A session that was booked a moment ago is seen after it."""
    stretches = [stretch for push in day.found for stretch in (*push.leaves, *push.takes)]
    pages = lock_time(clinic_id=delay.resource.clinic_id, stretches=stretches, now=now)
    _refuse_others(day.sessions, remaining(resource=delay.resource, now=now))
    return pages


def _refuse_others(known: Sequence[Session], sessions: Sequence[Session]) -> None:
    if {session.pk for session in sessions} != {session.pk for session in known}:
        raise _changed()


def _changed() -> DayChanged:
    return DayChanged(
        "day_changed", "The sessions of this day have changed since. Look again at what would be pushed."
    )


def _refuse_clashes(found: Sequence[Shift]) -> None:
    if not any(push.taken for push in found):
        return
    problems = [problem for push in found for problem in push.problems]
    raise TimeTaken(
        "time_taken",
        " ".join(problem.sentence for problem in problems),
        {"taken": taken_details(found), "problems": [problem.as_dict() for problem in problems]},
    )


def _write_claims(pages: LockedPages, found: Sequence[Shift]) -> None:
    try:
        shift_claims(pages=pages, shifts=[(claim, push.cells) for push in found for claim in push.claims])
    except IntegrityError as error:
        # Pages and claims disagree: the database has the last word.
        raise taken_by_someone() from error


_FIELDS = [
    "status", "local_date", "local_time", "starts_at", "ends_at", "waived", "sequence", "version",
    "changed_at",
]  # fmt: skip


def _set_later(push: Shift, waived: Sequence[dict[str, str]], now: datetime) -> None:
    session, later = push.session, timedelta(minutes=push.cells * CELL_MINUTES)
    assert session.ends_at is not None, "it has a start"
    local = push.new_starts_at.astimezone(push.site.tz)
    session.starts_at, session.ends_at = push.new_starts_at, session.ends_at + later
    session.local_date, session.local_time = local.date(), local.time()
    if session.status in AHEAD:
        # Whoever agreed to the old time has not agreed to the new one.
        session.status = SessionStatus.BOOKED
    session.waived = [*session.waived, *waived]
    session.sequence += 1
    session.version += 1
    session.changed_at = now


def _noted(push: Shift, agreed: Agreed) -> AuditRecord:
    """One entry a session: each is about another patient."""
    return AuditRecord(
        AuditAction.PUSHED_SESSION,
        push.session,
        [push.session.patient.uuid],
        before={"starts_at": push.old_starts_at},
        after={"starts_at": push.new_starts_at, "is_told": agreed.is_told},
    )


def _tell(sessions: Sequence[Session], were: Sequence[datetime], agreed: Agreed, *, now: datetime) -> None:
    """One mail a patient and course, if the desk wants it; reminders go with the sessions anyhow.

    Who sits in the waiting room hears it from the desk.
    """
    if not agreed.is_told:
        ahead = [session for session in sessions if session.status in AHEAD]
        void_reminders(sessions=ahead, now=now)
        plan_reminders(sessions=ahead, clinic=sessions[0].clinic, is_told=True, now=now)
        return
    of_course: dict[tuple[int, int | None], list[TimeChange]] = {}
    for session, was_at in zip(sessions, were, strict=True):
        if session.status not in AHEAD:
            continue
        of_course.setdefault((session.patient_id, session.plan_id), []).append(TimeChange(session, was_at))
    for moved in of_course.values():
        session = moved[0].session
        tell_moved(patient=session.patient, plan=session.plan, moved=moved, now=now)


def _record(plans: Sequence[Plan], found: Sequence[Shift], now: datetime) -> None:
    """Everything is numbered once: the transaction's last act."""
    diary_of = {push.session.plan_id: push.session.patient.diary_id for push in found}
    written = [plan_written(plan, patient_diary_id=diary_of[plan.pk]) for plan in plans]
    for push in found:
        diaries = {claim.diary_id for claim in push.claims}
        written.append(session_written(push.session, before=diaries, after=diaries))
    record_changes(clinic_id=found[0].session.clinic_id, written=written, now=now)
