"""Holding a calendar for a patient who has not decided yet; booking and releasing what is held."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from clinic.audit_trail.write import AuditAction, AuditRecord
from clinic.changelog.log import record_rows
from clinic.errors import Conflict, Problem, ProblemKind, Unknown, refuse_if_any
from clinic.identity.actors import Actor, Way, task_actor
from clinic.identity.permissions import Act, longest_hold, refuse_unless_may
from clinic.lookup import refuse_foreign
from clinic.plain_text import one_line, text_problems
from clinic.sentences import Sentence, counted
from clinic.sentences import sentence as _
from scheduling.booking.book_course import book_course, course_to_book, scope_of
from scheduling.booking.reserve import take_time
from scheduling.courses.act import course_act
from scheduling.courses.expired_holds import lock_holds
from scheduling.courses.open_act import HOLDS_TASK
from scheduling.courses.scope import ActScope
from scheduling.engine.proposal import Proposal
from scheduling.models import Hold, Session, Telling
from scheduling.search.tokens import renewed, token_of
from treatments.models import Plan

LONGEST_REASON = 200
MOST_HOLDS = 10


class HoldExpired(Conflict):
    """The hold ran out; `details["proposal"]` is a token of the same calendar, good for another try."""


class HoldOver(Conflict):
    """The hold was released, or its course was booked or held anew."""


@dataclass(frozen=True, slots=True)
class HoldAsked:
    """Until when, an aware instant or else as long as the clinic holds time; and why."""

    until: datetime | None = None
    reason: str = ""


def hold_course(*, plan: Plan, proposal: Proposal, asked: HoldAsked, by: Actor, now: datetime) -> Hold:
    """Hold every session of the proposal, or none. A hold that the plan has already ends.

    Raises what `scheduling.booking.book_course.book_course` raises, and Refused (`hold_ends_in_the_past`,
    `hold_too_long`, `hold_outlives_its_start`, `reason_too_long`, `too_many_holds`). No reminder is written.
    Locks: patient, plan, site hours, hold, sessions, those that change seats for it, pages, change counter.
    """
    refuse_unless_may(by=by, act=Act.HOLD)
    refuse_foreign(by=by, unknown_plan=plan)
    reason = one_line(asked.reason)
    with course_act(by=by, now=now, scope=scope_of(plan, proposal)) as act:
        to_book = course_to_book(act, plan, proposal)
        plan = to_book.course.plan
        # One that ends by this counts no more.
        act.write_ended_holds()
        expires_at = asked.until or now + timedelta(minutes=plan.clinic.hold_minutes)
        refuse_if_any(
            [
                *_end_problems(asked, proposal, by, now),
                *text_problems(reason, "reason", most=LONGEST_REASON),
                *_count_problems(by, now),
            ]
        )
        hold = Hold.objects.create(
            clinic_id=plan.clinic_id,
            plan=plan,
            held_by=holder(by),
            reason=reason,
            proposal=token_of(proposal, now=now),
            expires_at=expires_at,
            created_at=now,
            changed_at=now,
        )
        record_rows(added=[hold], now=now)
        booked = to_book.booked(act, hold)
        take_time(act, booked)
        said = {"expires_at": expires_at, "reason": reason, "sessions": booked.times}
        act.record(AuditRecord(AuditAction.HELD_COURSE, hold, [booked.patient.uuid], after=said))
    return hold


def book_hold(*, hold: Hold, told: Telling = Telling.BY_MAIL, by: Actor, now: datetime) -> list[Session]:
    """Book the course exactly as it is held.

    Raises what `book_course` raises, HoldExpired and HoldOver. A hold that runs out while this waits for its
    locks is booked if its time is still free.
    """
    refuse_unless_may(by=by, act=Act.BOOK)
    plan = _plan_of(hold, by=by)
    if hold.has_run_out(now):
        raise _expired(hold, plan, now)
    if hold.released_at is not None:
        raise _over()
    # Made for the plan as it was read: whatever happens to the hold before the lock makes it stale.
    proposal = renewed(hold.proposal, plan=plan)
    return book_course(plan=plan, proposal=proposal, told=told, by=by, now=now)


def release_hold(*, hold: Hold, by: Actor, now: datetime) -> None:
    """Give the time of the hold back. Raises NotAllowed, Unknown and HoldOver.

    Locks: plan, hold, sessions, pages, change counter.
    """
    refuse_unless_may(by=by, act=Act.HOLD)
    plan = _plan_of(hold, by=by)
    with course_act(by=by, now=now, scope=ActScope(plans=frozenset([plan.pk]))) as act:
        standing = act.rows.holds.get(hold.pk)
        if standing is None:
            raise _over()
        act.release(standing)


def release_expired(*, now: datetime) -> int:
    """Give back every hold that ran out, each in an act of its own; returns how many.

    A hold that somebody has locked is left to them. The version of the plan stays: the end of a hold
    is known from its beginning, and calendars found meanwhile go on being good. Locks: hold, sessions,
    pages, change counter.
    """
    released = 0
    expired = Hold.objects.expired(now).order_by("expires_at")
    for key, clinic_id in list(expired.values_list("pk", "clinic_id")):
        by = task_actor(clinic_id=clinic_id, label=HOLDS_TASK, way=Way.TASK)
        with course_act(by=by, now=now, scope=ActScope()) as act:
            for hold in lock_holds(keys=[key], skip_locked=True):
                if not hold.has_run_out(now):
                    # It was given more time a moment ago.
                    continue
                act.release(hold)
                released += 1
    return released


def _plan_of(hold: Hold, *, by: Actor) -> Plan:
    if hold.plan is None or hold.clinic_id != by.clinic_id:
        raise Unknown("unknown_hold", _("There is no such hold in this clinic."))
    return hold.plan


def holder(by: Actor) -> str:
    """Who holds, as a hold keeps it."""
    return str(by)[:60]


def _expired(hold: Hold, plan: Plan, now: datetime) -> HoldExpired:
    token = token_of(renewed(hold.proposal, plan=plan), now=now)
    return HoldExpired(
        "hold_expired",
        _(
            "This hold ran out. Its time may still be free: book the same calendar again, or "
            "search for others."
        ),
        {"proposal": token},
    )


def _over() -> HoldOver:
    return HoldOver(
        "hold_over", _("This hold is over: it was released, or its course was booked. Open the course.")
    )


def _end_problems(asked: HoldAsked, proposal: Proposal, by: Actor, now: datetime) -> Iterator[Problem]:
    """Of an end that somebody named."""
    if asked.until is None:
        return
    longest = longest_hold(by=by)
    if asked.until <= now:
        yield Problem(
            "hold_ends_in_the_past", ProblemKind.BLOCKER, _("That end is in the past. Choose a later one.")
        )
    elif asked.until > now + longest:
        yield Problem(
            "hold_too_long",
            ProblemKind.BLOCKER,
            _(
                "You may hold time for {length} at most. Choose an earlier end.",
                length=_length_words(longest),
            ),
        )
    elif asked.until > proposal.sessions[0].starts_at:
        yield Problem(
            "hold_outlives_its_start",
            ProblemKind.BLOCKER,
            _("The first session begins before the hold ends. Choose an earlier end, or another calendar."),
        )


def _length_words(length: timedelta) -> Sentence:
    if length.days:
        return counted("{count} day", "{count} days", count=length.days)
    return counted("{count} hour", "{count} hours", count=length // timedelta(hours=1))


def _count_problems(by: Actor, now: datetime) -> Iterator[Problem]:
    """No lock around the count: of two holds at the same moment both may be the last one allowed."""
    mine = Hold.objects.of_clinic(by.clinic_id).standing().filter(held_by=holder(by), expires_at__gt=now)
    if mine.count() >= MOST_HOLDS:
        yield Problem(
            "too_many_holds",
            ProblemKind.BLOCKER,
            _("You hold {most} calendars already. Release or book one of them first.", most=MOST_HOLDS),
        )
