"""The rota: hours, closures and leave as the search will see them, and the lock they take."""

from datetime import UTC, date, datetime, time, timedelta
from threading import Event, Thread

import pytest
from django.db import connection, transaction

from clinic.errors import Malformed, Refused, Unknown
from clinic.hours.locks import share_hours
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
from clinic.hours.working_time import bookable_resources, open_masks
from clinic.models import Closure, DayHours, Leave, Resource, Site, SiteHours, WeeklyHours
from tests.support.builders import a_clinic, a_practitioner, a_room, a_site, an_owner, hours_at
from tests.support.cast import NOW

pytestmark = pytest.mark.django_db

MONDAY = date(2027, 1, 4)
NINE, ONE, FIVE = time(9), time(13), time(17)
HOUR = 12


@pytest.fixture
def site() -> Site:
    """Open Monday to Friday from nine to five."""
    site = a_site(clinic=a_clinic())
    hours_at(site=site)
    return site


@pytest.fixture
def owner(site):
    return an_owner(clinic=site.clinic)


def span(weekday=1, *, opens=NINE, closes=FIVE, every_weeks=1, valid_from=MONDAY, valid_until=None):
    return WeeklySpan(weekday, opens, closes, every_weeks, valid_from, valid_until)


def open_cells(resource: Resource, site: Site, on: date) -> int:
    """How many cells of the date the resource can be booked at the site."""
    horizon = Horizon(site.tz, on, on)
    masks = open_masks(site=site, resources=bookable_resources(site=site), horizon=horizon)
    return masks[resource.diary_id].bit_count()


def version(site: Site) -> int:
    return SiteHours.objects.get(site=site).version


def test_hours_replace_those_before_from_their_first_day_on(site, owner):
    room = a_room(site=site)

    set_weekly_hours(rota=Rota(site), spans=[span(closes=ONE, valid_from=MONDAY)], by=owner, now=NOW)

    assert open_cells(room, site, MONDAY) == 4 * HOUR
    assert open_cells(room, site, MONDAY + timedelta(days=1)) == 0
    assert open_cells(room, site, MONDAY - timedelta(days=7)) == 8 * HOUR


def test_hours_set_twice_for_one_day_are_the_last_ones(site, owner):
    room = a_room(site=site)
    set_weekly_hours(rota=Rota(site), spans=[span(closes=ONE)], by=owner, now=NOW)

    set_weekly_hours(rota=Rota(site), spans=[span(), span(2)], by=owner, now=NOW)

    assert open_cells(room, site, MONDAY) == 8 * HOUR
    assert WeeklyHours.objects.filter(site=site, valid_from=MONDAY).count() == 2


def test_hours_of_one_resource_leave_the_sites_and_others_alone(site, owner):
    osei, room = a_practitioner(clinic=site.clinic, works_at=site), a_room(site=site)
    lindqvist = a_practitioner(clinic=site.clinic, name="Dr Lindqvist", works_at=site)

    set_weekly_hours(rota=Rota(site, osei), spans=[span(opens=ONE)], by=owner, now=NOW)

    cells = [open_cells(resource, site, MONDAY) for resource in (osei, lindqvist, room)]
    assert cells == [4 * HOUR, 8 * HOUR, 8 * HOUR]


def test_hours_every_other_week_alternate_from_their_first_week(site, owner):
    osei = a_practitioner(clinic=site.clinic)

    set_weekly_hours(rota=Rota(site, osei), spans=[span(every_weeks=2)], by=owner, now=NOW)

    cells = [open_cells(osei, site, MONDAY + timedelta(weeks=week)) for week in range(3)]
    assert cells == [8 * HOUR, 0, 8 * HOUR]


def test_the_last_night_of_hours_that_end_runs_on_past_midnight(site, owner):
    room, evening, night = a_room(site=site), time(20), time(2)
    last_night = span(opens=evening, closes=night, valid_until=MONDAY)

    set_weekly_hours(rota=Rota(site), spans=[last_night], by=owner, now=NOW)

    assert open_cells(room, site, MONDAY + timedelta(days=1)) == 2 * HOUR


@pytest.mark.parametrize(
    ("wrong", "code"),
    [
        ({"weekday": 0}, "malformed_weekday"),
        ({"weekday": 8}, "malformed_weekday"),
        ({"every_weeks": 0}, "malformed_weeks"),
    ],
)
def test_hours_that_mean_nothing_are_malformed(site, owner, wrong, code):
    before = version(site)

    with pytest.raises(Malformed) as malformed:
        set_weekly_hours(rota=Rota(site), spans=[span(**wrong)], by=owner, now=NOW)

    assert malformed.value.code == code
    assert version(site) == before


def test_hours_that_end_before_they_begin_or_are_none_are_refused(site, owner):
    reversed_span = span(valid_until=MONDAY - timedelta(days=1))

    for spans, code in (([], "no_hours"), ([reversed_span], "valid_until_reversed")):
        with pytest.raises(Refused) as refused:
            set_weekly_hours(rota=Rota(site), spans=spans, by=owner, now=NOW)
        assert refused.value.code == code


def test_one_date_may_have_hours_of_its_own_even_on_a_holiday(site, owner):
    room, new_years_day = a_room(site=site), date(2027, 1, 1)

    set_day_hours(
        rota=Rota(site), day=NewDayHours(new_years_day, [(NINE, ONE)], "Emergencies"), by=owner, now=NOW
    )

    assert open_cells(room, site, new_years_day) == 4 * HOUR


def test_one_date_without_a_span_is_closed_and_can_be_opened_again(site, owner):
    room = a_room(site=site)
    set_day_hours(rota=Rota(site), day=NewDayHours(MONDAY, []), by=owner, now=NOW)
    closed = open_cells(room, site, MONDAY)

    set_day_hours(rota=Rota(site), day=NewDayHours(MONDAY, [(NINE, ONE)]), by=owner, now=NOW)

    assert (closed, open_cells(room, site, MONDAY)) == (0, 4 * HOUR)
    assert DayHours.objects.count() == 1


def test_a_closure_shuts_everything_at_the_site(site, owner):
    osei = a_practitioner(clinic=site.clinic, works_at=site)
    noon = datetime(2027, 1, 4, 11, tzinfo=UTC)

    close_site(new=NewClosure(site, noon, noon + timedelta(hours=2), "Fire drill"), by=owner, now=NOW)

    assert open_cells(osei, site, MONDAY) == 6 * HOUR


def test_leave_without_an_end_lasts_until_further_notice(site, owner):
    osei = a_practitioner(clinic=site.clinic, works_at=site)

    grant_leave(new=NewLeave(osei, datetime(2027, 1, 4, 12, tzinfo=UTC)), by=owner, now=NOW)

    cells = [open_cells(osei, site, on) for on in (MONDAY, MONDAY + timedelta(days=200))]
    assert cells == [4 * HOUR, 0]


def test_an_absence_that_ends_before_it_begins_is_refused(site, owner):
    osei = a_practitioner(clinic=site.clinic)
    now = datetime(2027, 1, 4, 12, tzinfo=UTC)

    with pytest.raises(Refused) as leave:
        grant_leave(new=NewLeave(osei, now, now), by=owner, now=NOW)
    with pytest.raises(Refused) as closure:
        close_site(new=NewClosure(site, now, now - timedelta(hours=1)), by=owner, now=NOW)

    assert leave.value.code == closure.value.code == "absence_reversed"
    assert not Leave.objects.exists()
    assert not Closure.objects.exists()


def test_every_write_counts_up_the_version_of_the_hours_it_touches(site, owner):
    other = a_site(clinic=site.clinic, name="East")
    osei, room = a_practitioner(clinic=site.clinic), a_room(site=site)
    later = datetime(2027, 1, 5, tzinfo=UTC)
    before, before_there = version(site), version(other)

    set_weekly_hours(rota=Rota(site), spans=[span()], by=owner, now=NOW)
    set_day_hours(rota=Rota(site), day=NewDayHours(MONDAY, []), by=owner, now=NOW)
    close_site(new=NewClosure(site, later, later + timedelta(hours=1)), by=owner, now=NOW)
    grant_leave(new=NewLeave(room, later), by=owner, now=NOW)
    here_only = (version(site), version(other))
    grant_leave(new=NewLeave(osei, later), by=owner, now=NOW)

    assert here_only == (before + 4, before_there)
    assert (version(site), version(other)) == (before + 5, before_there + 1)


def test_a_site_or_resource_of_another_clinic_is_unknown(site, owner):
    strange = a_site(clinic=a_clinic())
    stranger = a_practitioner(clinic=strange.clinic)
    elsewhere = a_room(site=a_site(clinic=site.clinic, name="East"))
    now = datetime(2027, 1, 4, tzinfo=UTC)
    acts = (
        lambda: set_weekly_hours(rota=Rota(strange), spans=[span()], by=owner, now=NOW),
        lambda: set_weekly_hours(rota=Rota(site, stranger), spans=[span()], by=owner, now=NOW),
        lambda: set_weekly_hours(rota=Rota(site, elsewhere), spans=[span()], by=owner, now=NOW),
        lambda: set_day_hours(rota=Rota(strange), day=NewDayHours(MONDAY, []), by=owner, now=NOW),
        lambda: close_site(new=NewClosure(strange, now, now + timedelta(hours=1)), by=owner, now=NOW),
        lambda: grant_leave(new=NewLeave(stranger, now), by=owner, now=NOW),
    )

    codes = []
    for act in acts:
        with pytest.raises(Unknown) as unknown:
            act()
        codes.append(unknown.value.code)

    assert codes == [
        "unknown_site",
        "unknown_resource",
        "unknown_resource",
        "unknown_site",
        "unknown_site",
        "unknown_resource",
    ]


@pytest.mark.only_on("postgresql")
@pytest.mark.django_db(transaction=True)
def test_leave_waits_for_a_booking_that_holds_the_hours(site, owner):
    osei = a_practitioner(clinic=site.clinic)
    entered = Event()

    def enter_leave():
        grant_leave(new=NewLeave(osei, datetime(2027, 1, 4, tzinfo=UTC)), by=owner, now=NOW)
        entered.set()
        connection.close()

    leave = Thread(target=enter_leave)
    with transaction.atomic():
        share_hours(site_ids=[site.pk])
        leave.start()
        came_before_the_booking = entered.wait(0.5)
    leave.join(10)

    assert not came_before_the_booking
    assert entered.is_set()
