"""The clinic says what its calendars are like."""

from dataclasses import asdict

import pytest

from clinic.errors import NotAllowed, Refused
from clinic.models import AuditDetail, AuditEntry, Clinic
from clinic.places.policy import set_policy
from scheduling.engine.costs import CostWeights
from scheduling.search.policy import SEARCH_RULES
from tests.support.acts.courses import dates, offers
from tests.support.cast import NOW
from tests.support.worlds import a_course_world, a_plan
from treatments.wishes import Wishes

pytestmark = pytest.mark.django_db

USUAL = {"start_grid_minutes": 15, **asdict(CostWeights())}


def test_a_clinic_that_said_nothing_has_the_usual_rules():
    world = a_course_world()

    assert SEARCH_RULES.of(world.clinic) == USUAL


def test_what_is_set_is_kept_and_stands_in_the_trail():
    world = a_course_world()
    theirs = USUAL | {"start_grid_minutes": 20, "weekdays": 0, "gaps": 50}

    set_policy(SEARCH_RULES, values=theirs, by=world.owner, now=NOW)

    clinic = Clinic.objects.get(pk=world.clinic.pk)
    assert SEARCH_RULES.of(clinic) == theirs
    assert clinic.search_prices == asdict(CostWeights(weekdays=0, gaps=50))
    entry = AuditEntry.objects.of_clinic(world.clinic.pk).get(act="set_clinic")
    assert entry.fields == ["dearness", "start_grid_minutes"]
    assert '"gaps": 3,' in AuditDetail.objects.get(entry_uuid=entry.uuid).values


def test_a_search_minds_what_the_clinic_minds():
    world = a_course_world()
    plan = a_plan(world=world, sessions=6)
    fridays = Wishes(weekdays=frozenset({5}))
    first = dates(offers(plan=plan, wishes=fridays)[0])[0]

    world.clinic.search_prices = {"weekdays": 0}
    world.clinic.save()
    plan.clinic.refresh_from_db()
    careless = offers(plan=plan, wishes=fridays)[0]

    minded = offers(plan=plan, wishes=fridays, first_on=first)[0]
    assert sum(on.isoweekday() == 5 for on in dates(careless)) <= sum(
        on.isoweekday() == 5 for on in dates(minded)
    )
    assert [on.isoweekday() for on in dates(careless)] == [1] * 6


@pytest.mark.parametrize(
    ("changed", "codes"),
    [
        ({"start_grid_minutes": 7}, ["unknown_start_grid"]),
        ({"gaps": -1}, ["price_out_of_range"]),
        ({"load": 1001}, ["price_out_of_range"]),
        ({"start_grid_minutes": 7, "gaps": -1, "load": 1001}, ["unknown_start_grid", "price_out_of_range"]),
    ],
)
def test_rules_that_make_no_sense_are_refused(changed, codes):
    world = a_course_world()

    with pytest.raises(Refused) as refused:
        set_policy(SEARCH_RULES, values=USUAL | changed, by=world.owner, now=NOW)

    assert [problem.code for problem in refused.value.problems] == codes


def test_the_reception_does_not_set_them():
    world = a_course_world()

    with pytest.raises(NotAllowed):
        set_policy(SEARCH_RULES, values=USUAL, by=world.reception, now=NOW)
