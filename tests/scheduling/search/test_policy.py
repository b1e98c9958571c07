"""The clinic says what its calendars are like."""

from dataclasses import replace

import pytest

from clinic.errors import NotAllowed, Refused
from clinic.models import AuditEntry, Clinic
from scheduling.engine.costs import CostWeights
from scheduling.search.policy import SearchRules, search_rules_of, set_search_rules
from tests.support.acts.courses import dates, offers
from tests.support.cast import NOW
from tests.support.worlds import a_course_world, a_plan
from treatments.wishes import Wishes

pytestmark = pytest.mark.django_db


def test_a_clinic_that_said_nothing_has_the_usual_rules():
    world = a_course_world()

    assert search_rules_of(world.clinic) == SearchRules(15, CostWeights())


def test_what_is_set_is_kept_and_stands_in_the_trail():
    world = a_course_world()
    rules = SearchRules(20, CostWeights(weekdays=0, gaps=50))

    set_search_rules(rules=rules, by=world.owner, now=NOW)

    assert search_rules_of(Clinic.objects.get(pk=world.clinic.pk)) == rules
    assert AuditEntry.objects.of_clinic(world.clinic.pk).filter(act="set_clinic").count() == 1


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
    ("rules", "code"),
    [
        (SearchRules(7, CostWeights()), "unknown_start_grid"),
        (SearchRules(15, replace(CostWeights(), gaps=-1)), "price_out_of_range"),
        (SearchRules(15, replace(CostWeights(), load=1001)), "price_out_of_range"),
    ],
)
def test_rules_that_make_no_sense_are_refused(rules, code):
    world = a_course_world()

    with pytest.raises(Refused) as refused:
        set_search_rules(rules=rules, by=world.owner, now=NOW)

    assert [problem.code for problem in refused.value.problems] == [code]


def test_the_reception_does_not_set_them():
    world = a_course_world()

    with pytest.raises(NotAllowed):
        set_search_rules(rules=SearchRules(15, CostWeights()), by=world.reception, now=NOW)
