"""Booking a whole course, or nothing of it."""

from collections.abc import Iterator, Sequence
from datetime import datetime

from django.db import transaction

from clinic.actors import Actor
from clinic.errors import Conflict, Problem, ProblemKind, refuse_if_any
from clinic.open_hours import share_hours
from scheduling import messaging, rules
from scheduling.courses import due_treatments, key_of, rules_of_plan, sessions_of
from scheduling.models import Session, SessionStatus
from scheduling.proposal_tokens import stale
from scheduling.proposals import Proposal
from scheduling.taking_time import Booked, record, take_time
from treatments import cadence
from treatments.cadence import REVIEW, Key, Window
from treatments.models import Plan, PlanState

BOOKABLE = (PlanState.ACTIVE, PlanState.AWAITING_REVIEW)


class AlreadyBooked(Conflict):
    """The course has its times."""


def book_course(*, plan: Plan, proposal: Proposal, by: Actor, now: datetime) -> list[Session]:
    """Book every session of the proposal, or none.

    Raises AlreadyBooked, Conflict `proposal_stale` for another version of the plan, TimeTaken with
    what is taken, and Refused with every rule that says no. Locks: plan, site hours, sessions, pages,
    change counter.
    """
    with transaction.atomic():
        plan = lock_plan(plan)
        sessions = sessions_of(plan=plan)
        due = due_treatments(sessions)
        if not due:
            raise AlreadyBooked("already_booked", "This course is booked already. Open it to see its times.")
        if proposal.plan_version != plan.version:
            raise stale()
        share_hours(site_ids={placed.site_id for placed in proposal.sessions})
        due = lock_sessions(due)
        refuse_if_any(_course_problems(plan, proposal, sessions, now))
        booked = Booked(tuple(zip(due, proposal.sessions, strict=True)), plan.patient)
        take_time(booked, now=now)
        reviews = _reckon_reviews(plan, sessions, proposal, now)
        plan.version += 1
        plan.save(update_fields=["version"])
        messaging.plan_reminders(sessions=due, clinic=plan.clinic, now=now)
        record(booked, plan=plan, also=reviews, now=now)
    return due


def lock_plan(plan: Plan) -> Plan:
    """The plan as it stands now, locked until commit: the first lock of every act on a course."""
    rows = Plan.objects.select_for_update(no_key=True, of=("self",))
    return rows.select_related("patient", "clinic", "protocol").get(pk=plan.pk)


def lock_sessions(sessions: Sequence[Session]) -> list[Session]:
    """The sessions as they stand now, locked in the order of their ids; returned by number."""
    rows = Session.objects.select_for_update(no_key=True).filter(pk__in=[s.pk for s in sessions])
    return sorted(rows.order_by("pk"), key=lambda session: session.number)


def _course_problems(
    plan: Plan, proposal: Proposal, sessions: Sequence[Session], now: datetime
) -> Iterator[Problem]:
    calendar = proposal.sessions
    if plan.state not in BOOKABLE:
        yield Problem(
            "plan_not_active",
            ProblemKind.BLOCKER,
            f"This plan is {PlanState(plan.state).label.lower()}. Resume it first.",
        )
    numbers = [session.number for session in due_treatments(sessions)]
    wrong = list(rules.whole_course(calendar, due_numbers=numbers))
    yield from wrong
    yield from rules.in_the_past(calendar, now=now)
    yield from rules.one_a_day(calendar)
    if not wrong:
        yield from rules.window_kept(calendar, windows=_windows(plan, proposal, sessions))


def _windows(plan: Plan, proposal: Proposal, sessions: Sequence[Session]) -> dict[int, Window]:
    """The window of each session of the proposal, reckoned anew; one without an anchor keeps the search's."""
    happened = {key_of(s): s.local_date for s in sessions if s.local_date is not None}
    happened |= {Key(cadence.TREATMENT, placed.number): placed.local_date for placed in proposal.sessions}
    reckoned = cadence.windows(
        rules=rules_of_plan(plan=plan), starts_on=plan.prescribed_on, happened=happened
    )
    first = {placed.number: placed.window for placed in proposal.sessions}
    return {
        placed.number: first[1]
        if placed.number == 1 and first[1]
        else reckoned[Key(cadence.TREATMENT, placed.number)]
        for placed in proposal.sessions
    }


def _reckon_reviews(
    plan: Plan, sessions: Sequence[Session], proposal: Proposal, now: datetime
) -> list[Session]:
    """Count the windows of due reviews from the dates just booked; returns those that changed."""
    due = [s for s in sessions if s.kind == REVIEW and s.status == SessionStatus.DUE]
    if not due:
        return []
    happened = {key_of(s): s.local_date for s in sessions if s.local_date is not None}
    happened |= {Key(cadence.TREATMENT, placed.number): placed.local_date for placed in proposal.sessions}
    windows = cadence.windows(rules=rules_of_plan(plan=plan), starts_on=plan.prescribed_on, happened=happened)
    for review in due:
        window = windows[key_of(review)]
        review.earliest_on, review.target_on, review.latest_on = window.earliest, window.target, window.latest
        review.version += 1
        review.changed_at = now
    Session.objects.bulk_update(due, ["earliest_on", "target_on", "latest_on", "version", "changed_at"])
    return due
