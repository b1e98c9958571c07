"""A course as one value: its sessions, its rules, and what follows from them."""

from dataclasses import FrozenInstanceError
from operator import attrgetter

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from scheduling.course_changes.cancel import Ending, cancel_session
from scheduling.courses.course import Course, course_of, courses_of, key_of, outline_of
from scheduling.models import Session
from tests.support.acts.attendance import done
from tests.support.acts.courses import a_booked_course, times_of
from tests.support.acts.holds import a_hold
from tests.support.acts.rhythm import as_it_is, book_first
from tests.support.builders import a_patient
from tests.support.cast import NOW
from tests.support.protocols import CARRIED, a_protocol
from tests.support.worlds import a_plan, a_second_site
from treatments.cadence import REVIEW, TREATMENT, Key
from treatments.models import Plan, PlanState
from treatments.wishes import Wishes

pytestmark = pytest.mark.django_db

T, R = TREATMENT, REVIEW
STEPS, _ = CARRIED["weekly with a review"]


@pytest.fixture
def plan(world) -> Plan:
    """Four treatments and a review; the first two have their times."""
    plan = a_plan(world=world, protocol=a_protocol(world=world, steps=STEPS).key)
    book_first(world=world, plan=plan, count=2)
    return as_it_is(plan)


def statements(read) -> int:
    with CaptureQueriesContext(connection) as captured:
        read()
    return len(captured)


def keys(sessions) -> list[tuple[str, int]]:
    return [(session.kind, session.number) for session in sessions]


def test_treatments_come_before_reviews_and_each_by_number(plan):
    in_order = [(T, 1), (T, 2), (T, 3), (T, 4), (R, 1)]

    assert keys(course_of(plan=plan).sessions) == in_order
    assert keys(outline_of(plan=plan).sessions) == in_order
    assert keys(Course.among(Session.objects.order_by("-pk"), plan=plan).sessions) == in_order


def test_of_several_attempts_the_live_one_stands_in_the_course(world, plan):
    second = course_of(plan=plan).by_key[Key(T, 2)]
    [again] = cancel_session(session=second, ending=Ending(reason="Flu"), by=world.reception, now=NOW).due

    among = Course.among(Session.objects.all(), plan=plan)

    for course in (course_of(plan=plan), outline_of(plan=plan), among):
        assert course.by_key[Key(T, 2)] == again


def test_an_outline_says_the_same_as_the_whole(world, plan):
    a_hold(world=world, plan=plan)
    plan = as_it_is(plan)

    whole, outline = course_of(plan=plan), outline_of(plan=plan)

    assert (outline.dates, outline.treatment_dates) == (whole.dates, whole.treatment_dates)
    assert keys(outline.due) == keys(whole.due)
    assert outline.windows() == whole.windows()


def test_one_course_or_many_take_one_statement_and_none_takes_none(world, plan):
    plans = [plan, a_plan(world=world, patient=a_patient(clinic=world.clinic)), a_plan(world=world)]

    courses = courses_of(plans=plans)

    assert {key: course.plan.pk for key, course in courses.items()} == {one.pk: one.pk for one in plans}
    assert [len(course.sessions) for course in courses.values()] == [5, 4, 4]
    assert statements(lambda: courses_of(plans=plans)) == 1
    # What is booked together the rules say, which are remembered outside of a transaction.
    assert statements(lambda: outline_of(plan=plan).due) == 2
    assert statements(lambda: courses_of(plans=[])) == 0


def test_rules_are_read_once_and_not_before_they_are_asked_for(plan):
    course = course_of(plan=plan)

    def ask() -> None:
        assert course.windows()
        assert course.session_types
        assert course.with_sessions(course.treatments).following(course.dates)

    assert statements(lambda: (course.untimed, course.dates)) == 0
    assert statements(ask) == 1
    assert statements(ask) == 0
    assert statements(lambda: (course.due, course.has_gap)) == 0


def test_a_course_with_other_sessions_has_them_in_order_and_leaves_the_first_as_it_is(plan):
    course = course_of(plan=plan)
    rules = course.rules

    fewer = course.with_sessions([course.by_key[Key(R, 1)], *reversed(course.treatments[2:])])

    assert keys(fewer.sessions) == [(T, 3), (T, 4), (R, 1)]
    assert len(course.sessions) == 5
    assert fewer.rules is rules


def test_a_course_is_a_value(plan):
    course = course_of(plan=plan)

    assert course == course_of(plan=plan)
    with pytest.raises(FrozenInstanceError):
        course.sessions = ()  # type: ignore[misc]  # what is tested


def test_a_hold_is_no_date_and_is_still_to_be_booked(world, plan):
    a_hold(world=world, plan=plan)

    course = course_of(plan=plan)

    assert [session.status for session in course.treatments] == ["booked", "booked", "held", "held"]
    assert list(course.dates) == [Key(T, 1), Key(T, 2)]
    assert keys(course.due) == [(T, 3), (T, 4)]


def test_windows_are_counted_from_other_dates_if_those_are_given(plan):
    course = course_of(plan=plan)
    later = {key: on.replace(year=on.year + 1) for key, on in course.dates.items()}

    moved, as_it_stands = course.windows(later), course.windows()

    assert moved[Key(T, 3)].target.year == as_it_stands[Key(T, 3)].target.year + 1
    assert as_it_stands == course.windows(course.dates)
    assert set(as_it_stands) - set(course.following(later)) == {Key(T, 1)}


def test_a_session_beyond_the_rules_has_no_window_and_no_type(plan):
    course = course_of(plan=plan)
    plan.session_count = 3

    shorter = Course(plan, course.sessions)

    assert Key(T, 4) not in shorter.windows_of(shorter.sessions)
    assert Key(T, 4) not in shorter.session_types
    assert Key(T, 3) in shorter.session_types


def test_a_gap_is_a_treatment_without_time_before_one_that_has_its_time(world):
    booked = a_booked_course(world=world)
    plan = booked[0].plan
    assert plan is not None
    whole = course_of(plan=as_it_is(plan))
    cancel_session(session=booked[1], ending=Ending(reason="Flu"), by=world.reception, now=NOW)

    with_gap = course_of(plan=as_it_is(plan))

    assert (whole.wants_times, whole.has_gap) == (False, False)
    assert (with_gap.wants_times, with_gap.has_gap) == (True, True)


def test_what_is_due_at_the_end_is_no_gap(plan):
    course = course_of(plan=plan)

    assert (course.wants_times, course.has_gap) == (True, False)


@pytest.mark.parametrize("state", [PlanState.PAUSED, PlanState.STOPPED, PlanState.COMPLETED])
def test_a_course_that_does_not_go_on_wants_no_times(plan, state):
    plan.state = state

    assert not course_of(plan=plan).wants_times


def test_what_is_due_for_someone_who_was_erased_is_not_meant_any_more(plan):
    plan.patient.erased_at = NOW

    course = course_of(plan=plan)

    assert keys(course.still_meant) == [(T, 1), (T, 2)]
    assert not course.wants_times


def test_home_is_where_most_of_the_course_is(world, plan):
    a_second_site(world)

    assert course_of(plan=plan).home_site(NOW) == world.site


def test_home_is_where_it_is_wished_while_the_course_is_nowhere_yet(world):
    east = a_second_site(world)
    nowhere, wished = a_plan(world=world), a_plan(world=world, wishes=Wishes(site=east.uuid))

    # The clinic's first.
    assert course_of(plan=nowhere).home_site(NOW) == min(world.site, east, key=attrgetter("pk"))
    assert course_of(plan=wished).home_site(NOW) == east


def test_what_is_shown_of_a_course_is_read_with_it(plan):
    course = course_of(plan=plan)

    def show() -> None:
        for session in course.to_show():
            assert (session.patient, session.plan) == (plan.patient, plan)
            assert session.session_type.name
            assert session.site is None or session.site.name

    assert statements(show) == 0


def test_the_rows_say_what_stands(world, plan):
    course = course_of(plan=plan)
    [first, *_] = course.sessions
    was = course.dates[key_of(first)]

    done(first, world)

    assert course_of(plan=plan).dates[key_of(first)] == was == times_of(first).on
