"""The clinic's page about its calendars."""

import pytest
from django.urls import reverse

from clinic.identity.actors import Role
from clinic.models import Clinic
from scheduling.search.policy import SEARCH_RULES
from tests.support.builders import a_user
from tests.support.desk import Desk, reception

pytestmark = pytest.mark.django_db

PAGE = reverse("search-rules")


@pytest.fixture
def desk(world) -> Desk:
    return Desk(a_user(clinic=world.clinic, role=Role.OWNER))


def test_the_owner_says_what_a_search_minds(world, desk):
    page = desk.get(PAGE)

    desk.follow(desk.send(page, "Keep these", start_grid_minutes="20", gaps="50"))

    stands = SEARCH_RULES.of(Clinic.objects.get(pk=world.clinic.pk))
    assert stands == SEARCH_RULES.of(world.clinic) | {"start_grid_minutes": 20, "gaps": 50}


@pytest.mark.parametrize("typed", [{"start_grid_minutes": "7"}, {"gaps": "1001"}, {"load": "-1"}])
def test_what_is_not_on_offer_changes_nothing(typed, world, desk):
    answer = desk.send(desk.get(PAGE), "Keep these", **typed)

    assert answer.status == 422
    assert Clinic.objects.get(pk=world.clinic.pk).search_prices == {}


def test_reception_does_not_set_them(world):
    assert reception(world).get(PAGE).status == 403
