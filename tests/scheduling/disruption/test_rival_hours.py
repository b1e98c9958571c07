"""Hours are made shorter, and time is closed, while many desks book it: nobody is left out in silence."""

from collections import Counter

import pytest

from clinic.models import BusyTime, WeeklyHours
from scheduling.diaries.integrity import flaws
from scheduling.models import Session
from tests.scheduling.disruption.test_rival_leave import asks_for, clock_of
from tests.support.rest import Answer, RestClient, a_client_of, all_at_once

RIVALS = 12

pytestmark = [pytest.mark.slow, pytest.mark.django_db(transaction=True)]


def put(secret: str | None, path: str, said: dict) -> Answer:
    return RestClient(secret=secret, now=None).put(path, said, If_Match="*")


def test_each_booking_came_before_the_shorter_hours_and_is_told_or_is_refused(world):
    rest = a_client_of(world)
    doctor = world.doctors[0]
    named = {"practitioner": str(doctor.uuid)}
    rivals = [asks_for(world, clock_of(number), rest.secret, **named) for number in range(RIVALS)]
    path = f"sites/{world.site.uuid}/resources/{doctor.uuid}/hours/"
    afternoon = [{"weekday": 2, "opens": "14:00", "closes": "17:00"}]

    *answers, was_set = all_at_once(
        [*rivals, lambda: put(rest.secret, path, {"from": "2027-01-04", "hours": afternoon})]
    )

    assert was_set.status == 200, was_set.text
    told = {one["id"] for one in was_set.json["left_out"]}
    booked = {answer.json["id"] for answer in answers if answer.status == 201}
    assert Counter(answer.code for answer in answers if answer.status != 201).keys() <= {"outside_hours"}
    inside = Session.objects.filter(claims__diary=doctor.diary_id).values_list("uuid", flat=True)
    assert {str(uuid) for uuid in inside} == told == booked
    assert not list(flaws())


def test_each_booking_came_before_the_busy_time_and_is_named_or_is_refused(world):
    rest = a_client_of(world)
    doctor = world.doctors[0]
    named = {"practitioner": str(doctor.uuid)}
    rivals = [asks_for(world, clock_of(number), rest.secret, **named) for number in range(RIVALS)]
    said = {"starts_at": "2027-01-05T00:00:00+01:00", "ends_at": "2027-01-06T00:00:00+01:00"}

    *answers, noted = all_at_once(
        [*rivals, lambda: put(rest.secret, f"resources/{doctor.uuid}/busy/day/", said)]
    )

    assert noted.status == 201, noted.text
    booked = {answer.json["id"] for answer in answers if answer.status == 201}
    assert set(noted.json["conflicts"]) == booked
    assert not list(flaws())


def test_two_who_set_the_same_week_at_once_leave_one_of_them_whole(world):
    rest = a_client_of(world)
    path = f"sites/{world.site.uuid}/hours/"

    def sets(closes: str) -> Answer:
        hours = [{"weekday": day, "opens": "09:00", "closes": closes} for day in range(1, 6)]
        return put(rest.secret, path, {"from": "2027-02-01", "hours": hours})

    answers = all_at_once([lambda: sets("12:00"), lambda: sets("15:00")] * 3)

    assert {answer.status for answer in answers} == {200}, [answer.text for answer in answers]
    coming = WeeklyHours.objects.filter(site=world.site, resource=None, valid_from="2027-02-01")
    assert coming.count() == 5
    assert len({row.closes for row in coming}) == 1


def test_the_same_busy_time_sent_at_once_is_one(world):
    rest = a_client_of(world)
    path = f"resources/{world.doctors[0].uuid}/busy/roster-1/"
    said = {"starts_at": "2027-01-05T09:00:00+01:00", "ends_at": "2027-01-05T12:00:00+01:00"}

    answers = all_at_once([lambda: put(rest.secret, path, said)] * 4)

    assert Counter(answer.status for answer in answers) == {201: 1, 200: 3}
    assert BusyTime.objects.count() == 1
