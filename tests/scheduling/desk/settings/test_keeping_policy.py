"""The clinic's page about how long it keeps what it knows."""

import pytest
from django.urls import reverse

from clinic.audit_trail.cuts import KEPT
from clinic.identity.actors import Role
from clinic.models import AuditEntry, Clinic
from scheduling.privacy.policy import KEEPING_RULES
from tests.support.builders import a_user
from tests.support.desk import Desk, reception
from tests.support.worlds import World

pytestmark = pytest.mark.django_db

PAGE = reverse("keeping-rules")
THEIRS = {"keep_audit_days": "1825", "keep_audit_details_days": "400", "keep_messages_days": "90"}


def owners_desk(world: World) -> Desk:
    return Desk(a_user(clinic=world.clinic, role=Role.OWNER))


def test_the_owner_sets_how_long_is_kept_and_the_trail_names_what_was_set(world):
    answer = owners_desk(world).post(PAGE, THEIRS)

    assert answer.location == PAGE
    stands = KEEPING_RULES.of(Clinic.objects.get(pk=world.clinic.pk))
    assert stands == {name: int(typed) for name, typed in THEIRS.items()} | {"keep_patients_days": None}
    # By this verification knows that earlier cuts were lawful though they kept less.
    assert KEPT in AuditEntry.objects.get(act="set_clinic").fields


def test_the_owner_says_after_how_long_patients_go_and_that_none_does(world):
    desk = owners_desk(world)

    desk.post(PAGE, {**THEIRS, "keep_patients_days": "4000"})
    said = Clinic.objects.get(pk=world.clinic.pk).keep_patients_days
    desk.post(PAGE, {**THEIRS, "keep_patients_days": ""})

    assert (said, Clinic.objects.get(pk=world.clinic.pk).keep_patients_days) == (4000, None)


def test_the_trail_is_kept_a_year_at_the_least(world):
    answer = owners_desk(world).post(PAGE, {**THEIRS, "keep_audit_days": "364"})

    assert answer.status == 422
    assert "365" in answer.text
    assert Clinic.objects.get(pk=world.clinic.pk).keep_audit_days == 3650


def test_reception_does_not_set_it(world):
    assert reception(world).get(PAGE).status == 403
