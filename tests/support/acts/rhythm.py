"""Whether a course keeps its rhythm: what is due has the windows that what stands gives it."""

from datetime import date

from scheduling.booking.book_course import book_course
from scheduling.courses.course import course_of, key_of
from scheduling.models import Session, SessionStatus
from scheduling.search.propose import Asked, propose
from tests.support.cast import NOW
from tests.support.worlds import World
from treatments import cadence
from treatments.cadence import Window
from treatments.models import Plan

FAR = date(2028, 1, 31)


def as_it_is(plan: Plan) -> Plan:
    """The plan read anew, with what a search asks of it."""
    return Plan.objects.select_related("patient", "clinic", "protocol").get(pk=plan.pk)


def book_first(*, world: World, plan: Plan, count: int) -> list[Session]:
    """Book the first so many of the sessions that are due."""
    plan = as_it_is(plan)
    found = propose(plan=plan, asked=Asked(last_on=FAR, sessions=count, most=1), now=NOW)
    assert found.proposals, found.problems
    return book_course(plan=plan, proposal=found.proposals[0], by=world.reception, now=NOW)


def give(session: Session) -> None:
    """Given, as the day went."""
    Session.objects.filter(pk=session.pk).update(status=SessionStatus.COMPLETED, outcome="given")


def windows_as_stored(plan: Plan, *statuses: str) -> dict[cadence.Key, Window]:
    """Of the live sessions with such a status, without those that begin the course."""
    course = course_of(plan=plan)
    begins = {rule.key for rule in course.rules if rule.anchor_key is None}
    found = {}
    for session in course.sessions:
        if session.status in statuses and key_of(session) not in begins:
            assert session.earliest_on
            assert session.target_on
            assert session.latest_on
            found[key_of(session)] = Window(session.earliest_on, session.target_on, session.latest_on)
    return found


def assert_rhythm(plan: Plan) -> None:
    """The sessions are those of the plan's rules, and what is due has the windows of what stands."""
    plan = as_it_is(plan)
    course = course_of(plan=plan)
    sessions, rules = course.sessions, course.rules
    assert {key_of(session) for session in sessions} == {rule.key for rule in rules}
    counted = cadence.windows(rules=rules, starts_on=plan.prescribed_on, happened=course.dates)
    stored = windows_as_stored(plan, SessionStatus.DUE)
    assert stored == {key: counted[key] for key in stored}
    of_rule = {rule.key: rule for rule in rules}
    due = [session for session in sessions if session.is_due]
    assert all(session.session_type_id == of_rule[key_of(session)].session_type_id for session in due)
