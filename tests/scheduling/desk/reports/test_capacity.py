"""The page of the weeks ahead: how much of each resource is promised to courses."""

import pytest
from django.urls import reverse

from clinic.models import Resource
from tests.support.acts.courses import a_booked_course
from tests.support.cast import OVER
from tests.support.desk import reception
from tests.support.worlds import a_plan

pytestmark = pytest.mark.django_db

PAGE = reverse("capacity")
# However much is booked.
QUERIES = 15


def test_what_is_booked_and_what_is_expected_stands_in_its_week(world):
    a_booked_course(world=world, sessions=4)
    a_plan(world=world, sessions=4)

    page = reception(world).get(PAGE)

    assert "Dr Osei" in page.text
    assert "% booked" in page.text
    assert "Mon 4 Jan" in page.text


def test_a_clinic_without_anybody_says_what_to_do(world):
    Resource.objects.filter(clinic=world.clinic).update(valid_until=OVER)

    page = reception(world).get(PAGE)

    assert "Nobody and nothing works here yet" in page.text


def test_the_page_takes_as_many_queries_however_much_is_booked(world, django_assert_num_queries):
    desk = reception(world)
    desk.get(PAGE)
    with django_assert_num_queries(QUERIES):
        desk.get(PAGE)
    a_booked_course(world=world, sessions=5)

    with django_assert_num_queries(QUERIES):
        desk.get(PAGE)
