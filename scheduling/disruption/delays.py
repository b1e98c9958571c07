"""Running late: what remains of one diary's day is pushed by some minutes, all of it or nothing."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.db import IntegrityError

from clinic.audit_trail.write import AuditAction, AuditRecord
from clinic.errors import Conflict, NotAllowed, Problem, ProblemKind, refuse_if_any
from clinic.identity.actors import Actor
from clinic.identity.permissions import Act, refuse_unless_may, set_aside, waived_entry
from clinic.lookup import refuse_foreign
from clinic.plain_text import one_line, text_problems
from clinic.sentences import joined
from clinic.sentences import sentence as _
from clinic.time.cells import CELL_MINUTES
from scheduling.booking.reserve import TimeTaken, taken_by_someone
from scheduling.courses.act import course_act
from scheduling.courses.open_act import OpenAct
from scheduling.courses.scope import ActScope
from scheduling.diaries.claims import shift_claims
from scheduling.diaries.pages import LockedPages
from scheduling.disruption.delay_preview import Delay, Shift, looked_at, pushes, remaining, taken_details
from scheduling.models import AHEAD, Session, SessionStatus, Telling

LONGEST_DELAY_MINUTES = 240
LONGEST_REASON = 200


class DayChanged(Conflict):
    """The sessions are not those that were looked at."""


@dataclass(frozen=True, slots=True)
class Agreed:
    """What was looked at – session id → version –, how patients hear of it, why hours are set aside."""

    expected: Mapping[UUID, int]
    told: Telling = Telling.BY_MAIL
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
    seen = remaining(resource=delay.resource, now=now)
    with course_act(by=by, now=now, scope=_scope(seen)) as act:
        found = _pushed(act, delay, agreed, seen)
        if not found:
            return []
        pages = _lock_pages(act, delay, seen, found)
        found = looked_at(found, now=now)
        _refuse_clashes(found)
        set_aside(problems=[one for push in found for one in push.problems], waiver=reason, by=by)
        _write_claims(pages, found)
        for push in found:
            act.record(_noted(push))
            waived = [waived_entry(code=one.code, reason=reason, by=by, now=now) for one in push.problems]
            _set_later(push, waived)
        # Who sits in the waiting room hears it from the desk.
        act.told = agreed.told
    return [push.session for push in found]


def _refuse(delay: Delay, by: Actor) -> None:
    refuse_unless_may(by=by, act=Act.PUSH_DAY)
    refuse_foreign(by=by, unknown_resource=delay.resource)
    # Whose sessions one may not see, one does not move unseen.
    if by.sees_only_own_patients and delay.resource.pk != by.practitioner_id:
        raise NotAllowed("not_own_diary", _("You push your own day. Ask reception to push somebody else’s."))
    refuse_if_any(_minutes_problems(delay.minutes))


def _minutes_problems(minutes: int) -> Iterator[Problem]:
    if minutes % CELL_MINUTES or not CELL_MINUTES <= minutes <= LONGEST_DELAY_MINUTES:
        yield Problem(
            "delay_out_of_range",
            ProblemKind.BLOCKER,
            _(
                "A day is pushed by {step} to {most} minutes, in steps of {step}. Choose such a number.",
                step=CELL_MINUTES,
                most=LONGEST_DELAY_MINUTES,
            ),
        )


def _scope(sessions: Sequence[Session]) -> ActScope:
    return ActScope(
        patients=frozenset(session.patient_id for session in sessions),
        plans=frozenset(session.plan_id for session in sessions if session.plan_id is not None),
        sites=frozenset(session.site_id for session in sessions if session.site_id is not None),
        sessions=frozenset(session.pk for session in sessions),
    )


def _pushed(act: OpenAct, delay: Delay, agreed: Agreed, seen: Sequence[Session]) -> list[Shift]:
    """What comes later of the sessions, which are those that were looked at."""
    _refuse_others(seen, remaining(resource=delay.resource, now=act.now))
    found = pushes(delay=delay, sessions=[act.session(session) for session in seen])
    if {push.session.uuid: push.session.version for push in found} != dict(agreed.expected):
        raise _changed()
    return found


def _lock_pages(act: OpenAct, delay: Delay, seen: Sequence[Session], found: Sequence[Shift]) -> LockedPages:
    """Old and new time in one go. A session that was booked a moment ago is seen after it."""
    pages = act.lock_pages([stretch for push in found for stretch in (*push.leaves, *push.takes)])
    _refuse_others(seen, remaining(resource=delay.resource, now=act.now))
    return pages


def _refuse_others(known: Sequence[Session], sessions: Sequence[Session]) -> None:
    if {session.pk for session in sessions} != {session.pk for session in known}:
        raise _changed()


def _changed() -> DayChanged:
    return DayChanged(
        "day_changed", _("The sessions of this day have changed since. Look again at what would be pushed.")
    )


def _refuse_clashes(found: Sequence[Shift]) -> None:
    if not any(push.taken for push in found):
        return
    problems = [problem for push in found for problem in push.problems]
    raise TimeTaken(
        "time_taken",
        joined(problem.sentence for problem in problems),
        {"taken": taken_details(found), "problems": [problem.as_dict() for problem in problems]},
    )


def _write_claims(pages: LockedPages, found: Sequence[Shift]) -> None:
    try:
        shift_claims(pages=pages, shifts=[(claim, push.cells) for push in found for claim in push.claims])
    except IntegrityError as error:
        # Pages and claims disagree: the database has the last word.
        raise taken_by_someone() from error


def _set_later(push: Shift, waived: Sequence[dict[str, str]]) -> None:
    session, later = push.session, timedelta(minutes=push.cells * CELL_MINUTES)
    assert session.ends_at is not None, "it has a start"
    local = push.new_starts_at.astimezone(push.site.tz)
    session.starts_at, session.ends_at = push.new_starts_at, session.ends_at + later
    session.local_date, session.local_time = local.date(), local.time()
    if session.status in AHEAD:
        # Whoever agreed to the old time has not agreed to the new one.
        session.status = SessionStatus.BOOKED
    session.waived = [*session.waived, *(one for one in waived if one not in session.waived)]


def _noted(push: Shift) -> AuditRecord:
    """One entry a session: each is about another patient."""
    return AuditRecord(
        AuditAction.PUSHED_SESSION,
        push.session,
        [push.session.patient.uuid],
        before={"starts_at": push.old_starts_at},
        after={"starts_at": push.new_starts_at},
    )
