"""What patients wish for, and what becomes of it."""

from datetime import date, time, timedelta

import pytest

from clinic.errors import Unknown
from clinic.models import Resource, Site
from scheduling.engine.placed import PlacedSession
from scheduling.search.propose import Asked, propose
from tests.support.acts.courses import away, dates, names_in, offers
from tests.support.cast import NOW, OVER
from tests.support.worlds import a_plan, a_second_site
from treatments.wishes import Wishes

pytestmark = pytest.mark.django_db

TODAY = date(2027, 1, 4)


def keeps(placed: PlacedSession, wishes: Wishes) -> bool:
    start, end = placed.starts_at, placed.ends_at
    return (
        (not wishes.weekdays or start.isoweekday() in wishes.weekdays)
        and (wishes.after is None or start.time() >= wishes.after)
        and (wishes.before is None or end.time() <= wishes.before)
    )


@pytest.mark.parametrize(
    "wishes",
    [
        Wishes(weekdays=frozenset({2, 4}), hard=True),
        Wishes(after=time(15, 30), hard=True),
        Wishes(before=time(10), hard=True),
        Wishes(weekdays=frozenset({5}), after=time(11), before=time(13), hard=True),
    ],
)
def test_hard_wishes_are_kept_by_every_session(world, wishes):
    found = offers(plan=a_plan(world=world, wishes=wishes))

    assert all(keeps(placed, wishes) for proposal in found for placed in proposal.sessions)


def test_soft_wishes_are_kept_where_they_can_be_and_given_up_where_not(world):
    wishes = Wishes(weekdays=frozenset({2}))
    second = TODAY + timedelta(days=15)
    away(world, *world.doctors, first=second, days=1)

    best = offers(plan=a_plan(world=world, wishes=wishes), first_on=TODAY + timedelta(days=1))[0]

    assert dates(best)[0] == TODAY + timedelta(days=1)
    assert second not in dates(best)
    assert sum(keeps(placed, wishes) for placed in best.sessions) == 3


def test_wishes_said_for_one_search_stand_in_for_the_stored_ones(world):
    plan = a_plan(world=world, wishes=Wishes(weekdays=frozenset({2}), hard=True))

    stored = offers(plan=plan)
    said = offers(plan=plan, wishes=Wishes(weekdays=frozenset({3}), hard=True))

    assert {on.isoweekday() for proposal in stored for on in dates(proposal)} == {2}
    assert {on.isoweekday() for proposal in said for on in dates(proposal)} == {3}


def test_a_wished_doctor_is_asked_for_and_named_as_such(world):
    osei = world.doctors[1]

    best = offers(plan=a_plan(world=world, wishes=Wishes(practitioner=osei.uuid)))[0]

    doctors = [part for placed in best.sessions for part in placed.assignments if part.role == "doctor"]
    assert {part.resource.name for part in doctors} == {osei.name}
    assert all(part.asked_for for part in doctors)


def test_a_wished_doctor_on_leave_is_replaced_if_the_wish_is_soft_and_waited_for_if_it_is_hard(world):
    osei = world.doctors[1]
    away(world, osei, first=TODAY, days=14)
    back_on = TODAY + timedelta(days=14)
    plan = a_plan(world=world)

    soft = offers(plan=plan, wishes=Wishes(practitioner=osei.uuid))[0]
    hard = offers(plan=plan, wishes=Wishes(practitioner=osei.uuid, hard=True))[0]

    assert dates(soft)[0] == TODAY
    assert dates(hard)[0] == back_on
    assert all(osei.name in names_in(placed) for placed in hard.sessions)


def test_a_doctor_who_left_cannot_be_wished_for(world):
    Resource.objects.filter(pk=world.doctors[0].pk).update(valid_until=OVER)
    plan = a_plan(world=world, prescribed_by=world.doctors[1])

    with pytest.raises(Unknown) as unknown:
        propose(plan=plan, asked=Asked(wishes=Wishes(practitioner=world.doctors[0].uuid)), now=NOW)

    assert unknown.value.code == "unknown_practitioner"


@pytest.fixture
def east(world) -> Site:
    return a_second_site(world)


def test_a_wished_site_is_the_only_one_searched(world, east):
    found = offers(plan=a_plan(world=world, wishes=Wishes(site=east.uuid)))

    assert {placed.site_id for proposal in found for placed in proposal.sessions} == {east.pk}
    assert {name for p in found for placed in p.sessions for name in names_in(placed)} == {
        "Dr East",
        "Eve",
        "East room",
        "East chair",
        "East centrifuge",
    }


def test_a_course_stays_at_one_site(world, east):
    found = offers(plan=a_plan(world=world))

    assert all(len({placed.site_id for placed in proposal.sessions}) == 1 for proposal in found)


def test_a_site_that_is_closed_for_good_cannot_be_wished_for(world, east):
    Site.objects.filter(pk=east.pk).update(valid_until=OVER)

    with pytest.raises(Unknown) as unknown:
        propose(plan=a_plan(world=world), asked=Asked(wishes=Wishes(site=east.uuid)), now=NOW)

    assert unknown.value.code == "unknown_site"
