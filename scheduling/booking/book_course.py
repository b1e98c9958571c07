"""Booking a whole course, or nothing of it."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction

from clinic.audit_trail.write import AuditAction
from clinic.errors import Conflict, Problem, ProblemKind, refuse_if_any
from clinic.hours.working_time import share_hours
from clinic.identity.actors import Actor
from clinic.identity.permissions import Act, refuse_unless_may
from clinic.lookup import refuse_foreign
from clinic.people.patients import erasure_problems, lock_patient
from scheduling.booking.release import end_own_hold
from scheduling.booking.reserve import Reservation, record, take_time, tell
from scheduling.courses.course import Course, key_of, lock_plan, lock_sessions, outline_of
from scheduling.courses.windows import write_windows
from scheduling.engine import booking_rules
from scheduling.engine.proposal import Proposal
from scheduling.messages.reminders import plan_reminders
from scheduling.models import Hold, Session
from scheduling.search.tokens import stale
from treatments.cadence import REVIEW, TREATMENT, Key, Window
from treatments.models import Plan, PlanState

BOOKABLE = (PlanState.ACTIVE, PlanState.AWAITING_REVIEW)


class AlreadyBooked(Conflict):
    """The course has its times."""


@dataclass(frozen=True, slots=True)
class LockedCourse:
    """A plan, its treatments and reviews that are due, locked like it; windows as the calendar makes them."""

    plan: Plan
    due: list[Session]
    reviews: list[Session]
    windows: Mapping[Key, Window]

    def booked(self, proposal: Proposal, hold: Hold | None = None) -> Reservation:
        """The first of the sessions that are due, where the proposal places them; others are held no more."""
        count = len(proposal.sessions)
        pairs = tuple(zip(self.due[:count], proposal.sessions, strict=True))
        given_up = tuple(session for session in self.due[count:] if session.is_held)
        return Reservation(pairs, self.plan.patient, hold, given_up)

    def others(self, booked: Sequence[Session]) -> list[Session]:
        """Treatments and reviews that stay due."""
        taken = {session.pk for session in booked}
        return [session for session in (*self.due, *self.reviews) if session.pk not in taken]


def book_course(*, plan: Plan, proposal: Proposal, by: Actor, now: datetime) -> list[Session]:
    """Book every session of the proposal, or none. What it leaves out stays due, with new windows.

    Raises NotAllowed, AlreadyBooked, Conflict `proposal_stale` for another version of the plan, TimeTaken
    with what is taken, Refused with every rule that says no, and Unknown for another clinic's plan. Locks:
    patient, plan, site hours, hold, sessions, those that change seats for it, pages, change counter.
    """
    refuse_unless_may(by=by, act=Act.BOOK)
    with transaction.atomic():
        course = lock_course(plan=plan, proposal=proposal, by=by, now=now)
        plan, booked = course.plan, course.booked(proposal)
        taken = take_time(booked, by=by, now=now)
        tell(AuditAction.BOOKED_COURSE, booked, about=plan, by=by, now=now)
        booked_now = [session for session, _ in booked.pairs]
        also_due = [session for session in course.others(booked_now) if session.is_due]
        still_due = write_windows(also_due, course.windows, now=now)
        plan.version += 1
        plan.save(update_fields=["version"])
        plan_reminders(sessions=booked_now, clinic=plan.clinic, now=now)
        record(booked, plan=plan, also=still_due, taken=taken, now=now)
    return booked_now


def lock_course(*, plan: Plan, proposal: Proposal, by: Actor, now: datetime) -> LockedCourse:
    """Lock a course for a calendar of its own and ask every rule that looks at no diary.

    A hold of the course ends here: whoever books or holds for this plan means this plan. Raises what
    `book_course` raises, but for TimeTaken. Locks: patient, plan, site hours, hold, sessions.
    """
    refuse_foreign(by=by, unknown_plan=plan)
    # Before the version: an erasure is a new version too, and no search mends it.
    refuse_if_any(erasure_problems(patient=lock_patient(patient_id=plan.patient_id)))
    plan = lock_plan(plan)
    course = outline_of(plan=plan)
    if not course.due:
        raise AlreadyBooked("already_booked", "This course is booked already. Open it to see its times.")
    if proposal.plan_version != plan.version:
        raise stale()
    share_hours(site_ids={placed.site_id for placed in proposal.sessions})
    if any(session.is_held for session in course.due):
        end_own_hold(plan=plan, now=now)
    # All that is due: sessions that are not booked get their windows counted anew.
    reviews = [session for session in course.sessions if session.kind == REVIEW and session.is_due]
    locked = lock_sessions([*course.due, *reviews])
    windows = _windows_by(proposal, course, locked)
    refuse_if_any(_course_problems(course, proposal, windows, now))
    treatments = [session for session in locked if session.kind == TREATMENT]
    return LockedCourse(plan, treatments, [session for session in locked if session.kind == REVIEW], windows)


def _course_problems(
    course: Course, proposal: Proposal, windows: Mapping[Key, Window], now: datetime
) -> Iterator[Problem]:
    calendar = proposal.sessions
    if course.plan.state not in BOOKABLE:
        state = PlanState(course.plan.state).label.lower()
        yield Problem("plan_not_active", ProblemKind.BLOCKER, f"This plan is {state}. Resume it first.")
    yield from booking_rules.first_of_course(calendar, due=[key_of(session) for session in course.due])
    yield from booking_rules.in_the_past(calendar, now=now)
    yield from booking_rules.one_a_day(calendar, standing=course.treatment_dates)
    yield from booking_rules.window_kept(calendar, windows=windows, now=now)


def _windows_by(proposal: Proposal, course: Course, due: Sequence[Session]) -> dict[Key, Window]:
    """The windows of what is due, counted from the dates that stand and those of the proposal."""
    dates = course.dates | {placed.key: placed.local_date for placed in proposal.sessions}
    searched = {placed.key: placed.window for placed in proposal.sessions if placed.window is not None}
    return course.windows_of(due, dates=dates, searched=searched)
