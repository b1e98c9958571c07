"""A doctor retires while many desks book her: what was booked first is told, what comes later is refused."""

from collections import Counter

import pytest

from clinic.models import Resource
from scheduling.diaries.integrity import flaws
from scheduling.models import Session
from tests.scheduling.disruption.test_rival_leave import asks_for, clock_of
from tests.support.rest import Answer, RestClient, a_client_of, all_at_once

RIVALS = 12

pytestmark = [pytest.mark.slow, pytest.mark.django_db(transaction=True)]


def test_nobody_books_who_has_retired_and_nothing_booked_before_is_overlooked(world):
    rest, doctor = a_client_of(world), world.doctors[0]
    named = {"practitioner": str(doctor.uuid)}
    rivals = [asks_for(world, clock_of(number), rest.secret, **named) for number in range(RIVALS)]

    def retires() -> Answer:
        own = RestClient(secret=rest.secret, now=None)
        return own.patch(f"resources/{doctor.uuid}/", {"valid_until": "2027-01-04"})

    *answers, retired = all_at_once([*rivals, retires])

    booked = [answer for answer in answers if answer.status == 201]
    refused = Counter(answer.code for answer in answers if answer.status != 201)
    inside = Session.objects.filter(claims__diary=doctor.diary_id).distinct().count()
    assert inside == len(booked)
    if retired.status == 200:
        assert not booked
        assert refused.keys() <= {"outside_hours", "unknown_practitioner", "resource_cannot_serve"}
    else:
        assert retired.code == "sessions_in_the_way"
        assert booked
        assert Resource.objects.get(pk=doctor.pk).valid_until is None
    assert not list(flaws())


def test_of_two_who_want_one_name_the_second_is_told(world):
    rest = a_client_of(world)

    def opens() -> Answer:
        own = RestClient(secret=rest.secret, now=None)
        return own.post("sites/", {"name": "West", "zone": "Europe/Amsterdam"})

    answers = all_at_once([opens, opens])

    assert sorted(answer.status for answer in answers) == [201, 409]
