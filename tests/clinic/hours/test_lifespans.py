"""A site and a resource are there from their first day to their last, and nowhere around them."""

from datetime import date, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from clinic.hours.opening import Horizon
from clinic.hours.working_time import working_at
from clinic.models import Resource, Site
from clinic.places.lifespans import Lifespan, set_lifespan
from tests.support.cast import NOW
from tests.support.worlds import World

pytestmark = pytest.mark.django_db(transaction=True)

MONDAY = date(2027, 1, 4)
DAYS = [MONDAY + timedelta(days=n) for n in range(4)]


def open_days(world: World, diary_id: int, *, last: date = DAYS[-1]) -> list[date]:
    """On which of the days the diary has an open hour, as the next search sees it."""
    site = Site.objects.get(pk=world.site.pk)
    horizon = Horizon(ZoneInfo("Europe/Amsterdam"), MONDAY, last)
    works = working_at(site=site, horizon=horizon).open.get(diary_id, 0)
    return [day.on for day in horizon.days if works & horizon.day_mask(day)]


def lasting(place: Site | Resource, world: World, first: date | None, last: date | None) -> None:
    set_lifespan(place=place, lifespan=Lifespan(first, last), by=world.owner, now=NOW)


@pytest.mark.parametrize(
    ("first", "last", "there"),
    [
        (None, None, DAYS),
        (DAYS[1], None, DAYS[1:]),
        (None, DAYS[1], DAYS[:2]),
        (DAYS[1], DAYS[2], DAYS[1:3]),
        (DAYS[3] + timedelta(days=1), None, []),
        (None, MONDAY - timedelta(days=1), []),
    ],
)
def test_a_resource_is_there_from_its_first_day_to_its_last(world, first, last, there):
    doctor = world.doctors[0]

    lasting(doctor, world, first, last)

    assert open_days(world, doctor.diary_id) == there


def test_nobody_is_at_a_site_after_its_last_day(world):
    lasting(world.site, world, None, DAYS[0])

    diaries = [world.doctors[0].diary_id, world.treatment_rooms[0].diary_id]
    assert [open_days(world, diary) for diary in diaries] == [DAYS[:1], DAYS[:1]]


def test_what_is_remembered_of_before_is_not_used_after(world):
    doctor = world.doctors[0]
    assert open_days(world, doctor.diary_id) == DAYS

    lasting(doctor, world, None, DAYS[1])

    assert open_days(world, doctor.diary_id) == DAYS[:2]


def test_who_is_brought_back_is_there_again(world):
    doctor = world.doctors[0]
    lasting(doctor, world, None, DAYS[1])
    assert open_days(world, doctor.diary_id) == DAYS[:2]

    lasting(doctor, world, None, None)

    assert open_days(world, doctor.diary_id) == DAYS


def test_a_shorter_look_at_what_is_remembered_finds_only_who_is_there_then(world):
    doctor = world.doctors[0]
    lasting(doctor, world, DAYS[2], None)
    open_days(world, doctor.diary_id)

    with CaptureQueriesContext(connection) as asked:
        found = working_at(
            site=Site.objects.get(pk=world.site.pk),
            horizon=Horizon(ZoneInfo("Europe/Amsterdam"), MONDAY, DAYS[1]),
        )

    assert doctor.diary_id not in {one.diary_id for one in found.resources} | {*found.open}
    # The site here, and the version of its hours.
    assert len(asked) == 2


def test_the_last_day_ends_at_midnight_on_the_clock_of_the_site(world):
    doctor = world.doctors[0]
    doctor.valid_until = MONDAY

    assert not doctor.is_retired(NOW)
    assert doctor.is_valid_on(MONDAY)
    assert not doctor.is_valid_on(DAYS[1])
