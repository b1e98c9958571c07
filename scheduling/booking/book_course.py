"""Booking a whole course, or nothing of it."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from clinic.audit_trail.write import AuditAction, AuditRecord
from clinic.errors import Conflict, Problem, ProblemKind, refuse_if_any
from clinic.identity.actors import Actor
from clinic.identity.permissions import Act, refuse_unless_may
from clinic.lookup import refuse_foreign
from clinic.people.patients import erasure_problems
from clinic.sentences import sentence as _
from scheduling.booking.reserve import Reservation, take_time
from scheduling.courses.act import course_act
from scheduling.courses.course import Course, key_of
from scheduling.courses.open_act import OpenAct
from scheduling.courses.scope import ActScope
from scheduling.engine import booking_rules
from scheduling.engine.proposal import Proposal
from scheduling.models import CourseActKind, Hold, Session, Telling
from scheduling.search.tokens import stale
from treatments.cadence import TREATMENT
from treatments.models import Plan, PlanState

BOOKABLE = (PlanState.ACTIVE, PlanState.AWAITING_REVIEW)


class AlreadyBooked(Conflict):
    """The course has its times."""


@dataclass(frozen=True, slots=True)
class CourseToBook:
    """A course and a calendar for it that keeps every rule which looks at no diary."""

    course: Course
    proposal: Proposal

    def booked(self, act: OpenAct, hold: Hold | None = None) -> Reservation:
        """The first of the sessions that are due, where the proposal places them; others are held no more."""
        plan, due, count = self.course.plan, self.course.due, len(self.proposal.sessions)
        pairs = tuple(zip(due[:count], self.proposal.sessions, strict=True))
        given_up = tuple(session for session in due[count:] if session.is_held)
        return Reservation(pairs, act.patient(plan), hold, given_up)


def book_course(
    *, plan: Plan, proposal: Proposal, told: Telling = Telling.BY_MAIL, by: Actor, now: datetime
) -> list[Session]:
    """Book every session of the proposal, or none. What it leaves out stays due, with new windows.

    `told` is how the patient hears of what they took to be off.
    Raises NotAllowed, AlreadyBooked, Conflict `proposal_stale` for another version of the plan, TimeTaken
    with what is taken, Refused with every rule that says no, and Unknown for another clinic's plan. Locks:
    patient, plan, site hours, hold, sessions, those that change seats for it, pages, change counter.
    """
    refuse_unless_may(by=by, act=Act.BOOK)
    refuse_foreign(by=by, unknown_plan=plan)
    with course_act(by=by, now=now, scope=scope_of(plan, proposal)) as act:
        act.told = told
        booked = course_to_book(act, plan, proposal).booked(act)
        take_time(act, booked)
        act.can_be_undone(CourseActKind.BOOKED, act.plan(plan))
        booking = AuditRecord(
            AuditAction.BOOKED_COURSE, act.plan(plan), [booked.patient.uuid], after={"sessions": booked.times}
        )
        act.record(booking)
    return [session for session, _ in booked.pairs]


def scope_of(plan: Plan, proposal: Proposal) -> ActScope:
    """The course, and the hours of every site that the proposal goes to."""
    return ActScope.of_plan(plan, sites={placed.site_id for placed in proposal.sessions})


def course_to_book(act: OpenAct, plan: Plan, proposal: Proposal) -> CourseToBook:
    """Ask every rule that looks at no diary, and end the hold of the course: whoever books or holds for this
    plan means this plan. Raises what `book_course` raises, but for TimeTaken.
    """
    # Before the version: an erasure is a new version too, and no search mends it.
    refuse_if_any(erasure_problems(patient=act.patient(plan)))
    course = act.course(plan)
    if not course.due:
        raise AlreadyBooked("already_booked", _("This course is booked already. Open it to see its times."))
    if proposal.plan_version != course.plan.version:
        raise stale()
    refuse_if_any(_course_problems(course, proposal, act.now))
    if (hold := act.hold_of(plan)) is not None:
        act.end_hold(hold)
    return CourseToBook(course, proposal)


def _course_problems(course: Course, proposal: Proposal, now: datetime) -> Iterator[Problem]:
    calendar = proposal.sessions
    if course.plan.state not in BOOKABLE:
        state = PlanState(course.plan.state).label.lower()
        yield Problem(
            "plan_not_active", ProblemKind.BLOCKER, _("This plan is {state}. Resume it first.", state=state)
        )
    yield from booking_rules.first_of_course(calendar, due=[key_of(session) for session in course.due])
    yield from booking_rules.in_the_past(calendar, now=now)
    treatments = [placed for placed in calendar if placed.key.kind == TREATMENT]
    yield from booking_rules.one_a_day(treatments, standing=course.treatment_dates)
    # What is counted from the start of the course is to be in the window that it was searched in.
    dates = course.dates | {placed.key: placed.local_date for placed in calendar}
    searched = {placed.key: placed.window for placed in calendar if placed.window is not None}
    windows = course.windows_of(course.sessions, dates=dates, searched=searched)
    yield from booking_rules.window_kept(calendar, windows=windows, now=now)
