"""The clinic's page about moves, cancellations and offers."""

import pytest
from django.urls import reverse

from clinic.errors import Refused
from clinic.identity.actors import Role
from clinic.models import AuditEntry, Clinic
from clinic.places.policy import set_policy
from scheduling.courses.policy import COURSE_RULES
from tests.support.builders import a_user
from tests.support.cast import NOW
from tests.support.desk import Desk, reception
from tests.support.worlds import World

pytestmark = pytest.mark.django_db

PAGE = reverse("course-rules")
THEIRS = {
    "notice_hours": "48",
    "patient_moves": "1",
    "missed_after_minutes": "20",
    "desk_window_days": "5",
    "offer_minutes": "60",
    "phone_offer_minutes": "45",
    "undo_seconds": "300",
}


def owners_desk(world: World) -> Desk:
    return Desk(a_user(clinic=world.clinic, role=Role.OWNER))


def test_the_owner_sets_them_and_the_trail_keeps_what_they_were(world):
    answer = owners_desk(world).post(PAGE, THEIRS)

    assert answer.location == PAGE
    stands = COURSE_RULES.of(Clinic.objects.get(pk=world.clinic.pk))
    switched_off = {"phones_reminders": False, "takes_words": False}
    assert stands == {name: int(typed) for name, typed in THEIRS.items()} | switched_off
    assert AuditEntry.objects.filter(act="set_clinic").count() == 1


def test_the_owner_says_that_reminders_are_phoned(world):
    owners_desk(world).post(PAGE, {**THEIRS, "phones_reminders": "on"})

    assert Clinic.objects.get(pk=world.clinic.pk).phones_reminders


def test_what_is_out_of_range_is_said_at_its_field_and_changes_nothing(world):
    answer = owners_desk(world).post(PAGE, {**THEIRS, "offer_minutes": "5"})

    assert answer.status == 422
    assert "15" in answer.text
    assert COURSE_RULES.of(Clinic.objects.get(pk=world.clinic.pk))["notice_hours"] == 24


def test_the_use_case_refuses_it_too(world):
    theirs = COURSE_RULES.of(world.clinic) | {"notice_hours": -1}

    with pytest.raises(Refused) as refused:
        set_policy(COURSE_RULES, values=theirs, by=world.owner, now=NOW)

    assert refused.value.code == "course_rule_out_of_range"
    assert refused.value.sentence == "Hours of notice: enter a whole number from 0 to 336."


def test_reception_does_not_set_them(world):
    assert reception(world).get(PAGE).status == 403
