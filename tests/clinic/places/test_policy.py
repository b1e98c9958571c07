"""A clinic sets what it asks of others, within bounds."""

import pytest

from clinic.access.policy import HOUSE_RULES
from clinic.errors import NotAllowed, Refused
from clinic.identity.actors import Role
from clinic.models import AuditEntry, Clinic
from clinic.places.policy import set_policy
from tests.support.builders import a_clinic, an_actor, an_owner
from tests.support.cast import NOW

pytestmark = pytest.mark.django_db


def test_a_clinic_is_told_everything_that_is_out_of_bounds():
    clinic = a_clinic()
    beyond = HOUSE_RULES.of(clinic) | {"idle_lock_minutes": 0, "hold_minutes": 121}

    with pytest.raises(Refused) as refused:
        set_policy(HOUSE_RULES, values=beyond, by=an_owner(clinic=clinic), now=NOW)

    assert [(problem.code, problem.sentence) for problem in refused.value.problems] == [
        ("idle_minutes_out_of_range", "Lock the desk after 1 to 60 minutes."),
        ("hold_minutes_out_of_range", "Hold calendars for 1 to 120 minutes."),
    ]


@pytest.mark.parametrize(("idle", "hold"), [(1, 1), (60, 120)])
def test_the_bounds_themselves_may_be_set(idle, hold):
    clinic = a_clinic()
    theirs = {"demands_second_factor": True, "idle_lock_minutes": idle, "hold_minutes": hold}

    set_policy(HOUSE_RULES, values=theirs, by=an_owner(clinic=clinic), now=NOW)

    assert HOUSE_RULES.of(Clinic.objects.get(pk=clinic.pk)) == theirs


def test_settings_that_stay_as_they_were_leave_no_entry():
    clinic = a_clinic()

    set_policy(HOUSE_RULES, values=HOUSE_RULES.of(clinic), by=an_owner(clinic=clinic), now=NOW)

    assert not AuditEntry.objects.filter(act="set_clinic").exists()


def test_the_reception_sets_none():
    clinic = a_clinic()
    by = an_actor(clinic=clinic, role=Role.RECEPTIONIST)

    with pytest.raises(NotAllowed):
        set_policy(HOUSE_RULES, values=HOUSE_RULES.of(clinic), by=by, now=NOW)
