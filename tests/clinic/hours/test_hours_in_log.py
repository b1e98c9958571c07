"""Whoever syncs hears of every row of hours, leave and closures: new, changed and gone."""

from datetime import UTC, date, datetime, time, timedelta

import pytest

from clinic.errors import Refused
from clinic.hours.absences import end_leave, grant_asked_leave, reopen
from clinic.hours.opening import WeeklySpan
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
from clinic.models import DayHours, Leave, LeaveState, Resource, Site, WeeklyHours
from tests.support.builders import a_clinic, a_practitioner, a_room, a_site, an_owner
from tests.support.cast import NOW
from tests.support.database.log import logged, reach, told

pytestmark = pytest.mark.django_db

LATER = NOW + timedelta(hours=1)
MONDAY = date(2027, 1, 4)
NINE, ONE, FIVE = time(9), time(13), time(17)
HOUR = timedelta(hours=1)
AT = datetime(2027, 1, 5, 8, tzinfo=UTC)


@pytest.fixture
def site() -> Site:
    return a_site(clinic=a_clinic())


@pytest.fixture
def owner(site):
    return an_owner(clinic=site.clinic)


@pytest.fixture
def osei(site) -> Resource:
    return a_practitioner(clinic=site.clinic)


def span(weekday=1, *, closes=FIVE, valid_from=MONDAY):
    return WeeklySpan(weekday, NINE, closes, 1, valid_from, None)


def test_each_span_of_a_week_is_one_change(site, owner, osei):
    with logged(site.clinic) as written:
        rows = set_weekly_hours(rota=Rota(site, osei), spans=[span(1), span(2)], by=owner, now=NOW)

    assert [told(change) for change in written] == [("weekly_hours", row.uuid, 1) for row in rows]
    assert {str(reach(change)) for change in written} == {str((([], [osei.diary_id]), ([], [site.pk]), None))}
    assert set(WeeklyHours.objects.values_list("version", "changed_at")) == {(1, NOW)}


def test_a_new_week_tells_of_the_spans_it_shortens_and_of_those_it_replaces(site, owner, osei):
    [goes_on] = set_weekly_hours(rota=Rota(site, osei), spans=[span()], by=owner, now=NOW)
    from_next_week, later = (span(closes=ONE, valid_from=MONDAY + timedelta(weeks=weeks)) for weeks in (1, 2))
    [replaced] = set_weekly_hours(rota=Rota(site, osei), spans=[later], by=owner, now=NOW)

    with logged(site.clinic) as written:
        [new] = set_weekly_hours(rota=Rota(site, osei), spans=[from_next_week], by=owner, now=LATER)

    assert [told(change) for change in written] == [
        ("weekly_hours", replaced.uuid, 2),
        ("weekly_hours", goes_on.uuid, 3),
        ("weekly_hours", new.uuid, 1),
    ]
    its, there = [osei.diary_id], [site.pk]
    assert [reach(change) for change in written] == [
        ((its, []), (there, []), None),
        ((its, its), (there, there), None),
        (([], its), ([], there), None),
    ]
    goes_on.refresh_from_db()
    assert (goes_on.version, goes_on.changed_at) == (3, LATER)


def test_hours_of_a_site_are_in_no_diary(site, owner):
    with logged(site.clinic) as written:
        set_weekly_hours(rota=Rota(site), spans=[span()], by=owner, now=NOW)

    assert [reach(change) for change in written] == [(([], []), ([], [site.pk]), None)]


def test_hours_of_a_date_take_the_place_of_those_before(site, owner):
    [before] = set_day_hours(rota=Rota(site), day=NewDayHours(MONDAY, [(NINE, ONE)]), by=owner, now=NOW)

    with logged(site.clinic) as written:
        [after] = set_day_hours(rota=Rota(site), day=NewDayHours(MONDAY), by=owner, now=LATER)

    assert [told(change) for change in written] == [
        ("day_hours", before.uuid, 2),
        ("day_hours", after.uuid, 1),
    ]
    assert [reach(change)[1] for change in written] == [([site.pk], []), ([], [site.pk])]
    assert DayHours.objects.get().changed_at == LATER


def test_a_closure_is_told_of_when_it_is_entered_ends_early_and_is_taken_back(site, owner):
    with logged(site.clinic) as written:
        closure = close_site(new=NewClosure(site, AT, AT + 2 * HOUR), by=owner, now=NOW)
        shorter = reopen(closure=closure, at=AT + HOUR, by=owner, now=LATER)
        reopen(closure=closure, at=AT, by=owner, now=LATER)

    assert shorter is not None
    assert [told(change) for change in written] == [("closure", closure.uuid, n) for n in (1, 2, 3)]
    there = [site.pk]
    assert [reach(change)[1] for change in written] == [([], there), (there, there), (there, [])]
    assert (shorter.version, shorter.changed_at) == (2, LATER)


def test_leave_is_told_of_in_the_diary_of_who_is_away(site, owner, osei):
    with logged(site.clinic) as written:
        leave = grant_leave(new=NewLeave(osei, AT), by=owner, now=NOW)
        shorter = end_leave(leave=leave, at=AT + HOUR, by=owner, now=LATER)
        end_leave(leave=leave, at=AT, by=owner, now=LATER)

    assert shorter is not None
    assert [told(change) for change in written] == [("leave", leave.uuid, n) for n in (1, 2, 3)]
    its = [osei.diary_id]
    assert [reach(change)[0] for change in written] == [([], its), (its, its), (its, [])]
    assert (shorter.version, shorter.changed_at) == (2, LATER)


def test_a_room_that_is_out_of_order_is_so_at_its_site(site, owner):
    room = a_room(site=site)

    with logged(site.clinic) as written:
        grant_leave(new=NewLeave(room, AT), by=owner, now=NOW)

    assert [reach(change) for change in written] == [(([], [room.diary_id]), ([], [site.pk]), None)]


def test_leave_that_was_asked_for_is_a_change_when_it_is_granted_and_none_when_it_was(site, owner, osei):
    asked = Leave.objects.create(
        clinic=site.clinic, resource=osei, starts_at=AT, state=LeaveState.ASKED, changed_at=NOW
    )

    with logged(site.clinic) as written:
        granted = grant_asked_leave(leave=asked, by=owner, now=LATER)
        grant_asked_leave(leave=asked, by=owner, now=LATER)

    assert [told(change) for change in written] == [("leave", asked.uuid, 2)]
    assert (granted.version, granted.changed_at) == (2, LATER)


def test_what_is_refused_leaves_no_change(site, owner, osei):
    leave = grant_leave(new=NewLeave(osei, AT, AT + HOUR), by=owner, now=NOW)

    with logged(site.clinic) as written:
        with pytest.raises(Refused):
            set_weekly_hours(rota=Rota(site), spans=[], by=owner, now=NOW)
        with pytest.raises(Refused):
            grant_leave(new=NewLeave(osei, AT, AT), by=owner, now=NOW)
        with pytest.raises(Refused):
            end_leave(leave=leave, at=AT + 2 * HOUR, by=owner, now=LATER)

    assert written == []
    assert Leave.objects.get().version == 1
