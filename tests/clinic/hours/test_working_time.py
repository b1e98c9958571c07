"""Who works when is read again as soon as anybody changed it, and not before."""

from datetime import date, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

from clinic.hours.opening import Horizon, WeeklySpan
from clinic.hours.rota import (
    NewClosure,
    NewDayHours,
    NewLeave,
    Rota,
    close_site,
    grant_leave,
    set_day_hours,
    set_weekly_hours,
)
from clinic.hours.working_time import Working, working_at
from clinic.models import ResourceKind
from clinic.places.resources_changed import NewResource, add_resource
from clinic.time.wall_clock import day_starts_at
from tests.support.cast import NOW
from tests.support.worlds import World

pytestmark = pytest.mark.django_db(transaction=True)

MONDAY = date(2027, 1, 4)
TUESDAY = MONDAY + timedelta(days=1)


def working(world: World) -> Working:
    return working_at(site=world.site, horizon=Horizon(ZoneInfo("Europe/Amsterdam"), MONDAY, MONDAY))


def queries(world: World) -> int:
    with CaptureQueriesContext(connection) as captured:
        working(world)
    return len(captured)


def on_monday(world: World) -> tuple:
    return tuple(day_starts_at(on, world.site.tz) for on in (MONDAY, TUESDAY))


def take_leave(world: World) -> None:
    grant_leave(new=NewLeave(world.doctors[0], *on_monday(world)), by=world.owner, now=NOW)


def shut(world: World) -> None:
    close_site(new=NewClosure(world.site, *on_monday(world)), by=world.owner, now=NOW)


def open_late(world: World) -> None:
    day = NewDayHours(MONDAY, [(time(18), time(20))])
    set_day_hours(rota=Rota(world.site), day=day, by=world.owner, now=NOW)


def work_less(world: World) -> None:
    spans = [WeeklySpan(1, time(9), time(10), 1, MONDAY, None)]
    set_weekly_hours(rota=Rota(world.site, world.doctors[0]), spans=spans, by=world.owner, now=NOW)


def hire(world: World) -> None:
    new = NewResource(ResourceKind.ROOM, "Another room", world.site, ["treatment-room"])
    add_resource(new=new, by=world.owner, now=NOW)


def test_what_nobody_changed_is_read_once(world):
    assert [queries(world) for _ in range(3)] == [7, 1, 1]


@pytest.mark.parametrize("change", [take_leave, shut, open_late, work_less, hire])
def test_every_change_is_seen_by_the_next_search(world, change):
    before = working(world)

    change(world)

    after = working(world)
    assert (after.resources, after.open) != (before.resources, before.open)
    assert queries(world) == 1


def test_whoever_books_goes_by_what_is_remembered_and_remembers_nothing_itself(world):
    with transaction.atomic():
        assert queries(world) == 7
        assert queries(world) == 7
    working(world)

    with transaction.atomic():
        assert queries(world) == 1
