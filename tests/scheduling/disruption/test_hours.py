"""Hours that change over booked time: told what they leave out, bookable at once, never in halves."""

from datetime import date, time

import pytest

from clinic.errors import Malformed, NotAllowed, Refused, Unknown
from clinic.hours.opening import WeeklySpan
from clinic.hours.rota import NewDayHours, Rota
from clinic.hours.standing import hours_of, version_of_hours
from clinic.identity.actors import Role
from clinic.models import AuditEntry, DayHours, WeeklyHours
from scheduling.disruption.hours import (
    NewWeek,
    preview_day,
    preview_week,
    set_day,
    set_week,
    take_back_day,
)
from scheduling.models import Session
from tests.support.acts.absences import TUESDAY, a_session, at
from tests.support.acts.holds import a_hold
from tests.support.builders import a_practitioner, an_actor
from tests.support.cast import NOW
from tests.support.worlds import a_course_world

pytestmark = pytest.mark.django_db

MONDAY = date(2027, 1, 4)
NINE, ONE, FIVE = time(9), time(13), time(17)


def week(*days, opens=NINE, closes=FIVE, first=MONDAY, **more):
    return [WeeklySpan(day, opens, closes, 1, first, None, **more) for day in days or range(1, 6)]


def test_a_shorter_week_lists_the_sessions_it_leaves_out_and_keeps_them_booked(world):
    early, late = a_session(world, "09:00"), a_session(world, "15:00")
    new = NewWeek(Rota(world.site), MONDAY, week(closes=ONE))

    preview = preview_week(week=new, by=world.owner, now=NOW)
    left_out = set_week(week=new, by=world.owner, now=NOW)

    assert preview.left_out == left_out == [late]
    assert set(Session.objects.values_list("pk", "status")) == {(early.pk, "booked"), (late.pk, "booked")}


def test_a_preview_writes_nothing(world):
    rota, before = Rota(world.site), version_of_hours(rota=Rota(world.site))

    preview_week(week=NewWeek(rota, MONDAY, []), by=world.owner, now=NOW)
    preview_day(rota=rota, on=TUESDAY, day=NewDayHours(TUESDAY), by=world.owner, now=NOW)

    assert version_of_hours(rota=rota) == before
    assert {span.valid_until for span in hours_of(rota=rota).weekly} == {None}


def test_only_the_sessions_of_who_works_less_are_left_out(world):
    osei, other = world.doctors[:2]
    hers, _ = a_session(world, "15:00", practitioner=osei), a_session(world, "15:00", practitioner=other)

    left_out = set_week(week=NewWeek(Rota(world.site, osei), MONDAY, []), by=world.owner, now=NOW)

    assert left_out == [hers]


def test_what_was_outside_the_hours_before_is_not_told_again(world):
    late = a_session(world, "15:00")
    short = NewWeek(Rota(world.site), MONDAY, week(closes=ONE))
    assert set_week(week=short, by=world.owner, now=NOW) == [late]

    assert preview_week(week=short, by=world.owner, now=NOW).left_out == []


def test_longer_hours_and_those_of_a_later_day_leave_nobody_out(world):
    a_session(world, "15:00")
    longer = NewWeek(Rota(world.site), MONDAY, week(closes=time(20)))
    later = NewWeek(Rota(world.site), date(2027, 1, 6), week(closes=ONE, first=date(2027, 1, 6)))

    assert preview_week(week=longer, by=world.owner, now=NOW).left_out == []
    assert preview_week(week=later, by=world.owner, now=NOW).left_out == []


def test_what_is_held_is_told_as_well_and_stays_held(world):
    a_hold(world=world)

    left_out = set_week(week=NewWeek(Rota(world.site), MONDAY, []), by=world.owner, now=NOW)

    assert len(left_out) == 4
    assert {session.status for session in left_out} == {"held"}


def test_who_leaves_a_site_has_no_hours_from_that_day_on(world):
    osei = world.doctors[0]
    rota = Rota(world.site, osei)

    set_week(week=NewWeek(rota, MONDAY, []), by=world.owner, now=NOW)

    assert {row.valid_until for row in WeeklyHours.objects.filter(resource=osei)} == {date(2027, 1, 3)}
    assert AuditEntry.objects.filter(act="set_weekly_hours", about=osei.uuid).count() == 1


def test_coming_weeks_that_are_replaced_and_nights_are_told_before(world):
    rota, march = Rota(world.site), date(2027, 3, 1)
    set_week(week=NewWeek(rota, march, week(first=march, closes=ONE)), by=world.owner, now=NOW)

    preview = preview_week(
        week=NewWeek(rota, MONDAY, week(2, opens=time(20), closes=time(2))), by=world.owner, now=NOW
    )

    assert [coming.begins_on for coming in preview.replaced] == [march]
    assert [span.weekday for span in preview.past_midnight] == [2]


def test_tuesday_evening_can_be_booked_right_after_it_is_entered(world):
    evening = a_practitioner(clinic=world.clinic, name="Dr Vos")

    def starts() -> Session:
        return a_session(world, "18:00", "consultation", practitioner=evening)

    with pytest.raises(Refused):
        starts()
    spans = week(2, opens=FIVE, closes=time(20))

    set_week(week=NewWeek(Rota(world.site), MONDAY, [*week(), *spans]), by=world.owner, now=NOW)
    set_week(week=NewWeek(Rota(world.site, evening), MONDAY, spans), by=world.owner, now=NOW)

    assert starts().starts_at == at("18:00")


def test_one_date_is_shortened_and_taken_back(world):
    late, rota = a_session(world, "15:00"), Rota(world.site)
    morning = NewDayHours(TUESDAY, [(NINE, ONE)], "  Training\nday ")

    assert preview_day(rota=rota, on=TUESDAY, day=morning, by=world.owner, now=NOW) == [late]
    assert set_day(rota=rota, day=morning, by=world.owner, now=NOW) == [late]
    assert DayHours.objects.get().note == "Training day"
    assert take_back_day(rota=rota, on=TUESDAY, by=world.owner, now=NOW) == []
    assert take_back_day(rota=rota, on=TUESDAY, by=world.owner, now=NOW) == []

    assert not DayHours.objects.exists()
    assert AuditEntry.objects.filter(act="took_back_day_hours").count() == 1


def test_taking_back_an_evening_tells_who_is_booked_in_it(world):
    rota, evening = Rota(world.site), NewDayHours(TUESDAY, [(NINE, time(20))])
    for one in (rota, Rota(world.site, world.doctors[0])):
        set_day(rota=one, day=evening, by=world.owner, now=NOW)
    late = a_session(world, "18:00", "consultation", practitioner=world.doctors[0])

    assert take_back_day(rota=rota, on=TUESDAY, by=world.owner, now=NOW) == [late]


@pytest.mark.parametrize(
    ("spans", "code"),
    [
        ([(NINE, ONE), (time(12), FIVE)], "hours_overlap"),
        ([(NINE, NINE)], "hours_empty"),
    ],
)
def test_hours_of_a_date_that_cannot_be_are_refused(world, spans, code):
    with pytest.raises(Refused) as refused:
        set_day(rota=Rota(world.site), day=NewDayHours(TUESDAY, spans), by=world.owner, now=NOW)

    assert refused.value.code == code
    assert not DayHours.objects.exists()


@pytest.mark.parametrize(
    ("spans", "code"),
    [
        ([*week(1), *week(1, opens=ONE)], "hours_overlap"),
        (week(1, opens=NINE, closes=NINE), "hours_empty"),
        ([WeeklySpan(1, NINE, FIVE, 1, MONDAY, date(2027, 1, 3))], "valid_until_reversed"),
        ([WeeklySpan(1, NINE, FIVE, 0, MONDAY, None)], "malformed_weeks"),
        ([WeeklySpan(1, NINE, FIVE, 53, MONDAY, None)], "malformed_weeks"),
        (week(8), "malformed_weekday"),
    ],
)
def test_a_week_that_cannot_be_is_refused_and_nothing_is_written(world, spans, code):
    before = set(WeeklyHours.objects.values_list("pk", "version"))
    new = NewWeek(Rota(world.site), MONDAY, spans)

    for act in (preview_week, set_week):
        with pytest.raises((Refused, Malformed)) as refused:
            act(week=new, by=world.owner, now=NOW)
        assert refused.value.code == code

    assert set(WeeklyHours.objects.values_list("pk", "version")) == before


def test_the_whole_day_and_a_night_are_hours(world):
    whole, night = week(1, opens=time(0), closes=time(0)), week(2, opens=time(20), closes=time(2))

    set_week(week=NewWeek(Rota(world.site), MONDAY, [*whole, *night]), by=world.owner, now=NOW)

    assert WeeklyHours.objects.filter(site=world.site, resource=None, valid_from=MONDAY).count() == 2


@pytest.mark.parametrize("role", [Role.RECEPTIONIST, Role.PRACTITIONER, Role.AUDITOR])
def test_who_does_not_manage_the_places_changes_no_hours(world, role):
    by, rota = an_actor(clinic=world.clinic, role=role), Rota(world.site)
    new, day = NewWeek(rota, MONDAY, week()), NewDayHours(TUESDAY)

    for act in (
        lambda: preview_week(week=new, by=by, now=NOW),
        lambda: set_week(week=new, by=by, now=NOW),
        lambda: preview_day(rota=rota, on=TUESDAY, day=None, by=by, now=NOW),
        lambda: set_day(rota=rota, day=day, by=by, now=NOW),
        lambda: take_back_day(rota=rota, on=TUESDAY, by=by, now=NOW),
    ):
        with pytest.raises(NotAllowed):
            act()


def test_hours_of_another_clinic_are_unknown(world):
    theirs = a_course_world(zone="Europe/Berlin")
    strange = Rota(theirs.site)
    for rota in (strange, Rota(world.site, theirs.doctors[0])):
        for act in (
            lambda rota=rota: set_week(week=NewWeek(rota, MONDAY, week()), by=world.owner, now=NOW),
            lambda rota=rota: set_day(rota=rota, day=NewDayHours(TUESDAY), by=world.owner, now=NOW),
            lambda rota=rota: take_back_day(rota=rota, on=TUESDAY, by=world.owner, now=NOW),
        ):
            with pytest.raises(Unknown):
                act()


def test_on_the_night_the_clock_springs_a_session_in_the_hour_that_stays_is_not_left_out(world):
    """Sunday 28 March 2027: 02:00 becomes 03:00 in Amsterdam."""
    sunday = date(2027, 3, 28)
    rotas = [Rota(world.site), *(Rota(world.site, one) for one in (world.doctors[0], *world.assistants))]
    night = NewDayHours(sunday, [(time(0), time(6))])
    for rota in rotas:
        set_day(rota=rota, day=night, by=world.owner, now=NOW)
    early = a_session(world, "03:00", "consultation", on=sunday, practitioner=world.doctors[0])

    shorter = NewDayHours(sunday, [(time(3), time(6))])
    longer_gone = NewDayHours(sunday, [(time(4), time(6))])

    assert preview_day(rota=rotas[0], on=sunday, day=shorter, by=world.owner, now=NOW) == []
    assert preview_day(rota=rotas[0], on=sunday, day=longer_gone, by=world.owner, now=NOW) == [early]


def test_a_room_with_hours_from_next_month_on_follows_its_site_until_then_and_after_them(world):
    room = world.treatment_rooms[0]
    march = date(2027, 3, 1)
    rota = Rota(world.site, room)
    set_week(week=NewWeek(rota, march, week(first=march, closes=ONE)), by=world.owner, now=NOW)

    session = a_session(world, "15:00")

    assert preview_week(week=NewWeek(rota, march, []), by=world.owner, now=NOW).left_out == []
    assert session.starts_at == at("15:00")
