"""Amending whatever protocol a course follows, and to another version of it."""

from datetime import timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from clinic.errors import Conflict
from clinic.identity.actors import Role
from scheduling.course_changes.amend import Interval
from scheduling.course_changes.cancel import Ending, cancel_session, stop_plan
from scheduling.models import Session, SessionStatus
from tests.support.acts.amendments import WEEKLY, amend, plan_of, refusal
from tests.support.acts.courses import times_of
from tests.support.acts.rhythm import as_it_is, assert_rhythm, book_first, give, windows_as_stored
from tests.support.cast import NOW
from tests.support.protocols import CARRIED, a_protocol
from tests.support.worlds import a_plan
from treatments.models import PlanState

pytestmark = pytest.mark.django_db

FLU = Ending(reason="Flu")
DAY = timedelta(days=1)


@pytest.mark.parametrize("name", CARRIED)
def test_every_protocol_is_amended_in_mid_course_around_what_is_done_off_and_pinned(world, name):
    steps, count = CARRIED[name]
    protocol = a_protocol(world=world, steps=steps)
    plan = a_plan(world=world, protocol=protocol.key, sessions=count)
    booked = book_first(world=world, plan=plan, count=min(count, 3))
    give(booked[0])
    if len(booked) == 3:
        cancel_session(session=booked[1], ending=FLU, by=world.reception, now=NOW)
        Session.objects.filter(pk=booked[2].pk).update(is_pinned=True)
    stood = {row.pk: (row.starts_at, row.cast) for row in (booked[0], booked[-1])}

    amended = amend(world, plan, session_count=count + 2)

    stands = {row.pk: (row.starts_at, row.cast) for row in Session.objects.filter(pk__in=stood)}
    assert stands == stood
    assert [session.number for session in amended.added] == [count + 1, count + 2]
    assert_rhythm(plan)


@pytest.mark.parametrize("name", CARRIED)
def test_every_protocol_is_amended_to_fewer_again(world, name):
    steps, count = CARRIED[name]
    plan = a_plan(world=world, protocol=a_protocol(world=world, steps=steps).key, sessions=count)
    before = windows_as_stored(plan, SessionStatus.DUE)
    amend(world, plan, session_count=count + 2)

    amended = amend(world, plan, session_count=count)

    assert [session.number for session in amended.cancelled] == [count + 1, count + 2]
    assert windows_as_stored(as_it_is(plan), SessionStatus.DUE) == before
    assert_rhythm(plan)


def test_reviews_after_the_last_session_follow_another_interval(world):
    steps, count = CARRIED["weekly with a review"]
    plan = a_plan(world=world, protocol=a_protocol(world=world, steps=steps).key, sessions=count)
    review = Session.objects.get(plan=plan, kind="review")
    assert review.target_on

    amend(world, plan, interval=Interval(10))

    later = Session.objects.get(pk=review.pk)
    assert later.target_on == review.target_on + 3 * 3 * DAY
    assert_rhythm(plan)


def test_sessions_counted_from_the_first_have_no_common_interval(world):
    steps, count = CARRIED["weeks 0 1 2 3 5 7 11 from the first"]
    plan = a_plan(world=world, protocol=a_protocol(world=world, steps=steps).key, sessions=count)

    assert refusal(world, plan, interval=Interval(10)) == "interval_fixed"


def test_what_is_due_follows_another_version_of_the_protocol(world):
    plan = a_plan(world=world, protocol=a_protocol(world=world, steps=WEEKLY).key)
    first, *_ = book_first(world=world, plan=plan, count=1)
    slower = [WEEKLY[0], WEEKLY[1] | {"interval_days": 10, "session_type": "prp"}]
    newer = a_protocol(world=world, steps=slower)

    amend(world, plan, protocol=newer, role=Role.PRACTITIONER)

    second = Session.objects.get(plan=plan, number=2)
    assert second.target_on == times_of(first).on + 10 * DAY
    assert second.session_type == world.session_types["prp"]
    assert second.step in newer.steps.all()
    assert_rhythm(plan)


def test_booked_sessions_of_another_type_stay_if_a_practitioner_says_so(world):
    plan = a_plan(world=world, protocol=a_protocol(world=world, steps=WEEKLY).key)
    booked = book_first(world=world, plan=plan, count=2)
    newer = a_protocol(world=world, steps=WEEKLY, session_type="prp")
    assert refusal(world, plan, protocol=newer, reason="New") == "booked_otherwise"

    amend(world, plan, protocol=newer, role=Role.PRACTITIONER, reason="New")

    kept = Session.objects.filter(pk__in=[session.pk for session in booked])
    assert {session.session_type for session in kept} == {world.session_types["mesotherapy"]}
    assert as_it_is(plan).waived[-1]["code"] == "booked_otherwise"


def test_another_treatment_is_another_course(world, course):
    other = world.protocols["mesotherapy"]

    assert refusal(world, plan_of(course), protocol=other) == "protocol_differs"


def test_an_outdated_version_is_no_choice(world):
    a_protocol(world=world, steps=WEEKLY)
    middle = a_protocol(world=world, steps=WEEKLY)
    first = world.protocols["carried"].__class__.objects.get(key="carried", version=1)
    a_protocol(world=world, steps=WEEKLY)
    world.protocols["carried"].__class__.objects.filter(pk=first.pk).update(is_current=False)
    plan = a_plan(world=world, protocol="carried")

    with pytest.raises(Conflict) as refused:
        amend(world, plan, protocol=middle)

    assert refused.value.code == "protocol_outdated"


AMENDMENTS = st.lists(
    st.one_of(
        st.builds(lambda count: {"session_count": count}, st.integers(4, 6)),
        st.builds(lambda days: {"interval": Interval(days)}, st.one_of(st.none(), st.integers(5, 40))),
    ),
    min_size=1,
    max_size=4,
)


@pytest.mark.slow
@settings(max_examples=12, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(booked=st.integers(0, 4), done=st.integers(0, 4), off=st.integers(1, 4), amendments=AMENDMENTS)
def test_after_any_amendments_windows_are_those_of_what_stands(world, booked, done, off, amendments):
    plan = a_plan(world=world)
    sessions = book_first(world=world, plan=plan, count=booked) if booked else []
    for session in sessions[:done]:
        give(session)
    if done < off <= booked:
        cancel_session(session=sessions[off - 1], ending=FLU, by=world.reception, now=NOW)

    for said in amendments:
        if as_it_is(plan).state == PlanState.ACTIVE:
            amend(world, plan, **said)

            assert_rhythm(plan)
    if as_it_is(plan).state != PlanState.COMPLETED:
        stop_plan(plan=plan, ending=FLU, by=world.reception, now=NOW)
