"""A course at two sites: each session that has to move goes to another time at its own site."""

import pytest

from clinic.models import Resource, Site
from scheduling.models import Session
from scheduling.moving.ripple import Destination
from tests.support.acts.attendance import again
from tests.support.acts.courses import a_booked_course, away, times_of
from tests.support.acts.moves import codes, later, look, move, preview, put
from tests.support.worlds import a_second_site
from treatments.wishes import Wishes

pytestmark = pytest.mark.django_db


@pytest.fixture
def east(world) -> Site:
    return a_second_site(world)


@pytest.fixture
def course(world, east) -> list[Session]:
    """Four treatments, two weeks apart; the third is at the second site."""
    course = a_booked_course(world=world, sessions=4, wishes=Wishes(site=world.site.uuid))
    put(world, course[2], Destination(later(course[2]), site=east))
    return [again(session) for session in course]


def test_a_session_moves_to_another_site_and_the_rest_stays(world, east, course):
    ripple = look(world, course[1], Destination(later(course[1]), site=east))

    assert [session.number for session, _ in ripple.moved] == [2]
    assert ripple.moved[0][1].site_id == east.pk
    assert codes(ripple) == set()


def test_every_session_that_follows_is_placed_at_its_own_site(world, east, course):
    ripple = preview(world, course[0], days=10)

    assert [(session.number, placed.site_id) for session, placed in ripple.moved] == [
        (1, world.site.pk),
        (2, world.site.pk),
        (3, east.pk),
        (4, world.site.pk),
    ]


def test_leave_at_one_site_says_nothing_of_the_other(world, east, course):
    dr_east = Resource.objects.get(clinic=world.clinic, name="Dr East")
    away(world, *world.doctors, first=times_of(course[2]).on)

    untouched = look(world, course[1], Destination(later(course[1], minutes=30)))
    away(world, dr_east, first=times_of(course[2]).on)
    rippled = look(world, course[1], Destination(later(course[1], minutes=30)))

    assert [session.number for session, _ in untouched.moved] == [2]
    assert [session.number for session, _ in rippled.moved] == [2, 3]


def test_all_of_it_is_written_in_one_act(world, east, course):
    moved = move(world, course[0], days=10)

    assert [session.site_id for session in moved] == [world.site.pk, world.site.pk, east.pk, world.site.pk]
    assert again(course[2]).site_id == east.pk
