"""How much of everyone's time is open, claimed and expected in the weeks ahead."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from clinic.models import Resource
from scheduling.booking.single_session import SingleSession, book_session
from scheduling.models import Session
from scheduling.reports.capacity import Capacity, PoolTime, ResourceTime, committed_capacity
from tests.support.acts.courses import away
from tests.support.acts.holds import a_hold
from tests.support.builders import a_patient, a_site, hours_at
from tests.support.cast import NOW, OVER
from tests.support.worlds import World, a_course_world, a_plan
from treatments.models import Plan, PlanState

pytestmark = pytest.mark.django_db

A_WEEK = timedelta(days=7)
FULL_WEEK = 5 * 8 * 60


def capacity(world: World, *, weeks: int = 4, now=NOW) -> Capacity:
    return committed_capacity(by=world.reception, weeks=weeks, now=now)


def of_resource(found: Capacity, resource: Resource) -> ResourceTime:
    [one] = [one for one in found.resources if one.resource.uuid == resource.uuid]
    return one


def of_pool(found: Capacity, label: str) -> PoolTime:
    [one] = [pool for pool in found.pools if pool.label == label]
    return one


def test_weeks_are_iso_weeks_from_this_one(world):
    weeks = of_resource(capacity(world), world.doctors[0]).weeks

    assert [week.name for week in weeks] == ["2027-W01", "2027-W02", "2027-W03", "2027-W04"]


def test_of_this_week_the_rest_is_open(world):
    on_wednesday_noon = NOW + timedelta(days=2, hours=3)

    first, second, *_ = of_resource(capacity(world, now=on_wednesday_noon), world.doctors[0]).weeks

    assert (first.open_minutes, second.open_minutes) == ((5 + 16) * 60, FULL_WEEK)


def test_leave_is_not_open(world):
    away(world, world.doctors[0], first=(NOW + A_WEEK).date(), days=2)

    _, second, *_ = of_resource(capacity(world), world.doctors[0]).weeks

    assert second.open_minutes == FULL_WEEK - 2 * 8 * 60


def test_booked_and_held_time_is_claimed(world):
    consultation = world.session_types["consultation"]
    session = SingleSession(world.patient, consultation, NOW + A_WEEK, practitioner=world.doctors[0])
    book_session(wanted=session, by=world.reception, now=NOW)
    a_hold(world=world)

    found = capacity(world)

    assert of_resource(found, world.doctors[0]).weeks[1].claimed_minutes >= consultation.patient_minutes
    assert sum(one.weeks[0].claimed_minutes for one in found.resources) > 0
    later = capacity(world, now=NOW + timedelta(days=1))
    assert sum(week.claimed_minutes for one in later.resources for week in one.weeks) == 2 * 30


def test_what_is_due_is_expected_of_its_pool_in_its_week_and_shared_evenly(world):
    a_plan(world=world, protocol="mesotherapy", sessions=4)
    due = Session.objects.filter(kind="treatment").order_by("number")
    targets = [session.target_on for session in due if session.target_on]
    weeks = {target_on - timedelta(days=target_on.weekday()) for target_on in targets}

    found = capacity(world, weeks=8)

    doctors = of_pool(found, "Doctor")
    expected = {week.starts_on: week.expected_minutes for week in doctors.weeks if week.expected_minutes}
    assert expected == dict.fromkeys(weeks, 10)
    shares = {of_resource(found, doctor).weeks[0].expected_minutes for doctor in world.doctors}
    assert shares == {5}


def test_what_is_overdue_is_expected_this_week(world):
    a_plan(world=world, protocol="mesotherapy", now=NOW - timedelta(days=200))

    first, *others = of_pool(capacity(world), "Doctor").weeks

    assert first.expected_minutes == 4 * 10
    assert {week.expected_minutes for week in others} == {0}


def test_reviews_are_expected_too(world):
    a_plan(world=world, protocol="svf-combination", sessions=1)
    Session.objects.filter(kind="treatment").update(target_on=None, earliest_on=None, latest_on=None)

    assert sum(week.expected_minutes for week in of_pool(capacity(world, weeks=52), "Doctor").weeks) > 0


def test_nothing_is_expected_of_a_paused_course(world):
    a_plan(world=world)
    Plan.objects.update(state=PlanState.PAUSED)

    assert capacity(world).pools == ()


def test_a_role_that_nothing_can_play_is_expected_of_an_empty_pool(world):
    a_plan(world=world)
    Resource.objects.filter(uuid__in=[one.uuid for one in world.centrifuges]).update(valid_until=OVER)

    pool = of_pool(capacity(world), "Centrifuge")

    assert (pool.resources, pool.weeks[0].open_minutes) == ((), 0)
    assert pool.weeks[0].expected_minutes > 0


def test_whoever_works_at_two_sites_at_once_is_open_once(world):
    other = a_site(clinic=world.clinic, name="Lisbon", zone="Europe/Lisbon", country="PT")
    hours_at(site=other)
    hours_at(site=other, resource=world.doctors[0])

    _, second, *_ = of_resource(capacity(world), world.doctors[0]).weeks

    # Lisbon is an hour behind: one hour a day is there alone.
    assert second.open_minutes == FULL_WEEK + 5 * 60


def test_as_many_queries_however_much_is_due(world):
    def queries() -> int:
        with CaptureQueriesContext(connection) as asked:
            capacity(world, weeks=12)
        return len(asked)

    a_plan(world=world)
    few = queries()
    for protocol in ("mesotherapy", "prp", "prp-mesotherapy"):
        for _ in range(3):
            a_plan(world=world, protocol=protocol, patient=a_patient(clinic=world.clinic))
        a_hold(world=world)

    assert queries() <= few


def test_another_clinics_time_is_not_told(world):
    theirs = a_course_world(zone="Europe/Lisbon")
    a_plan(world=theirs)

    found = capacity(world)

    assert found.pools == ()
    assert {one.resource.uuid for one in found.resources}.isdisjoint({one.uuid for one in theirs.doctors})
