"""A week at the desk: as it stands, typed in, looked over, saved; copied from others and from other days."""

from datetime import date, time
from typing import Any

import pytest
from django.urls import reverse

from clinic.hours.opening import WeeklySpan
from clinic.hours.rota import Rota, set_weekly_hours
from clinic.hours.standing import hours_of
from clinic.hours.weeks import week_on
from clinic.identity.actors import Role
from clinic.models import AuditEntry, WeeklyHours
from tests.support.acts.absences import a_session
from tests.support.builders import a_practitioner, a_user
from tests.support.cast import NOW
from tests.support.desk import Desk, reception
from tests.support.worlds import a_course_world

pytestmark = pytest.mark.django_db

SAVE, SHOW = "Look over and save", "Show it"
MONDAY = date(2027, 1, 4)


@pytest.fixture
def boss(world) -> Desk:
    return Desk(a_user(clinic=world.clinic, role=Role.ADMINISTRATOR))


def page_of(desk: Desk, site, resource=None, **asked):
    if resource is None:
        return desk.get(reverse("site-hours", args=[site.uuid]), **asked)
    return desk.get(reverse("resource-hours", args=[site.uuid, resource.uuid]), **asked)


def typed(*spans: tuple[int, str, str], first="2027-01-04", **more: Any) -> dict[str, Any]:
    """The rows as a browser sends them."""
    fields = {"begins_on": first, "hours-TOTAL_FORMS": str(len(spans)), "hours-INITIAL_FORMS": "0"}
    for number, (weekday, opens, closes) in enumerate(spans):
        fields |= {
            f"hours-{number}-weekday": str(weekday),
            f"hours-{number}-opens": opens,
            f"hours-{number}-closes": closes,
        }
    return fields | more


def clocks(rota: Rota, on: date = MONDAY) -> list[tuple[int, str, str]]:
    return [
        (span.weekday, f"{span.opens:%H:%M}", f"{span.closes:%H:%M}")
        for span in week_on(hours_of(rota=rota).weekly, on)
    ]


WORKING_WEEK = [(day, "09:00", "17:00") for day in range(1, 6)]


def test_the_week_stands_in_rows_that_can_be_sent_as_they_are(world, boss):
    page = page_of(boss, world.site, on="2027-01-04")

    sent = boss.send(page, SAVE)

    assert sent.status == 302
    assert clocks(Rota(world.site)) == WORKING_WEEK


def test_an_evening_is_added_and_holds_from_that_day_on(world, boss):
    url = reverse("resource-hours", args=[world.site.uuid, world.doctors[0].uuid])

    page = boss.follow(boss.post(url, typed(*WORKING_WEEK, (2, "17:00", "20:00"))))

    assert "These hours hold from 4 Jan 2027 on." in page.text
    assert (2, "17:00", "20:00") in clocks(Rota(world.site, world.doctors[0]))
    assert "Tuesday 17:00–20:00" in page.text


def test_shorter_hours_are_looked_over_first_and_saved_with_what_is_booked(world, boss):
    session = a_session(world, "15:00")
    url = reverse("site-hours", args=[world.site.uuid])
    morning = [(day, "09:00", "13:00") for day in range(1, 6)]

    looked_over = boss.post(url, typed(*morning))

    assert "1 session in the way" in looked_over.text
    assert "Nothing is saved yet." in looked_over.text
    assert clocks(Rota(world.site)) == WORKING_WEEK
    assert AuditEntry.objects.filter(act="saw_sessions", about=world.site.uuid).exists()
    boss.send(looked_over, "keep them as they are", confirmed="yes")
    assert clocks(Rota(world.site)) == morning
    session.refresh_from_db()
    assert session.status == "booked"


def test_going_back_keeps_what_was_typed_and_saves_nothing(world, boss):
    a_session(world, "15:00")
    looked_over = boss.post(reverse("site-hours", args=[world.site.uuid]), typed((1, "09:00", "13:00")))

    back = boss.send(looked_over, "keep them as they are", back="yes")

    assert back.form(SAVE).fields["hours-0-closes"] == ["13:00"]
    assert clocks(Rota(world.site)) == WORKING_WEEK


def test_a_night_and_coming_weeks_are_told_before_they_are_saved(world, boss):
    march = WeeklySpan(1, time(9), time(13), 1, date(2027, 3, 1), None)
    set_weekly_hours(rota=Rota(world.site), spans=[march], by=world.owner, now=NOW)

    page = boss.post(reverse("site-hours", args=[world.site.uuid]), typed((2, "20:00", "02:00")))

    assert "Tuesday 20:00–02:00 runs past midnight" in page.text
    assert "The hours that begin on 1 Mar 2027 are replaced." in page.text


def test_hours_end_for_who_works_there_no_more(world, boss):
    url = reverse("resource-hours", args=[world.site.uuid, world.doctors[0].uuid])

    asked = boss.post(url, typed())
    boss.send(asked, "Save it", confirmed="yes")

    assert "From 4 Jan 2027 on there are no hours at all." in asked.text
    assert clocks(Rota(world.site, world.doctors[0])) == []
    assert clocks(Rota(world.site, world.doctors[0]), date(2027, 1, 3)) == WORKING_WEEK


def test_the_week_of_another_is_shown_in_the_rows(world, boss):
    new = a_practitioner(clinic=world.clinic, name="Dr Vos")
    page = page_of(boss, world.site, new)

    copied = boss.send(page, SHOW, on="2027-01-04", like=str(world.doctors[0].uuid))
    boss.send(copied, SAVE)

    assert clocks(Rota(world.site, new)) == WORKING_WEEK


def test_who_works_every_second_week_is_copied_in_the_same_weeks(world, boss):
    osei, new = world.doctors[0], a_practitioner(clinic=world.clinic, name="Dr Vos")
    alternate = WeeklySpan(1, time(9), time(17), 2, MONDAY, None)
    set_weekly_hours(rota=Rota(world.site, osei), spans=[alternate], by=world.owner, now=NOW)

    page = page_of(boss, world.site, new, on="2027-01-12", like=str(osei.uuid))
    boss.send(page, SAVE)

    [span] = hours_of(rota=Rota(world.site, new)).weekly
    assert (span.valid_from, span.counted_from) == (date(2027, 1, 12), MONDAY)
    assert [span.is_on(date(2027, 1, day)) for day in (18, 25)] == [True, False]


def test_the_hours_of_a_day_are_copied_into_the_rows_of_others_and_nothing_is_saved(world, boss):
    url = reverse("site-hours", args=[world.site.uuid])
    said = typed((1, "10:00", "12:00"), (2, "09:00", "17:00"), copy="yes", copy_from="1", copy_to=["2", "3"])

    page = boss.post(url, said)

    fields = page.form(SAVE).fields
    rows = [(fields[f"hours-{n}-weekday"], fields[f"hours-{n}-opens"]) for n in range(3)]
    assert rows == [([day], ["10:00"]) for day in "123"]
    assert clocks(Rota(world.site)) == WORKING_WEEK


def test_earlier_and_coming_weeks_are_listed(world, boss):
    march = WeeklySpan(1, time(9), time(13), 1, date(2027, 3, 1), None)
    set_weekly_hours(rota=Rota(world.site), spans=[march], by=world.owner, now=NOW)

    page = page_of(boss, world.site)

    assert "From 6 Jan 2020 (now): Monday 09:00–17:00" in page.text
    assert "From 1 Mar 2027 : Monday 09:00–13:00" in page.text


@pytest.mark.parametrize(
    ("said", "sentence"),
    [
        (typed((1, "09:00", "13:00"), (1, "12:00", "17:00")), "overlap"),
        (typed((1, "09:00", "09:00")), "Enter another end"),
        (typed((1, "09:00", "")), "Enter both times, or none."),
        (typed((1, "25:00", "26:00")), "That is not a time of day."),
        (typed((1, "09:00", "17:00"), first="30-02-2027"), "That is not a date."),
        (typed((1, "09:00", "17:00"), first="2027-01-04", **{"hours-0-every_weeks": "0"}), "from 1"),
        (
            typed((1, "09:00", "17:00"), **{"hours-0-valid_until": "2027-01-03"}),
            "Enter a later end.",
        ),
        (typed((9, "09:00", "17:00")), "valid choice"),
    ],
)
def test_a_week_that_cannot_be_is_said_and_nothing_is_saved(world, boss, said, sentence):
    before = set(WeeklyHours.objects.values_list("pk", "version"))

    page = boss.post(reverse("site-hours", args=[world.site.uuid]), said)

    assert page.status == 422
    assert sentence in page.text
    assert set(WeeklyHours.objects.values_list("pk", "version")) == before


def test_the_grid_is_there_for_the_script_and_the_rows_for_who_has_none(world, boss):
    page = page_of(boss, world.site)

    assert 'role="grid"' in page.html
    assert 'data-week-grid="15"' in page.html
    assert page.form(SAVE).fields["hours-0-opens"] == ["09:00"]


def test_reception_reads_the_hours_and_changes_none(world):
    desk = reception(world)

    overview = desk.get(reverse("hours"))

    assert overview.status == 200
    assert "Monday 09:00–17:00" in overview.text
    assert "As the site" in overview.text
    assert reverse("site-hours", args=[world.site.uuid]) not in overview.seen.links
    assert page_of(desk, world.site).status == 403


def test_hours_of_another_clinic_are_not_there(world, boss):
    theirs = a_course_world(zone="Europe/Berlin")

    assert page_of(boss, theirs.site).status == 404
    assert page_of(boss, world.site, theirs.doctors[0]).status == 404
    assert boss.post(reverse("site-hours", args=[theirs.site.uuid]), typed(*WORKING_WEEK)).status == 404
