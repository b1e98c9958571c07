"""Holding the first sessions of a course, and booking fewer than were held."""

import pytest

from scheduling.booking.book_course import book_course
from scheduling.models import Claim, Session
from scheduling.search.propose import Asked, propose
from tests.support.acts.holds import TOMORROW, a_hold
from tests.support.cast import NOW
from tests.support.worlds import a_plan

pytestmark = pytest.mark.django_db


def test_the_first_sessions_can_be_held_and_the_rest_stays_due(world):
    plan = a_plan(world=world, sessions=6)
    two = propose(plan=plan, asked=Asked(first_on=TOMORROW, sessions=2), now=NOW).proposals[0]

    a_hold(world=world, plan=plan, proposal=two)

    statuses = Session.objects.filter(plan=plan).order_by("number").values_list("status", flat=True)
    assert list(statuses) == ["held", "held", "due", "due", "due", "due"]


def test_who_books_fewer_sessions_than_were_held_gives_the_others_back(world):
    plan = a_plan(world=world, sessions=4)
    a_hold(world=world, plan=plan)
    plan.refresh_from_db()
    two = propose(plan=plan, asked=Asked(first_on=TOMORROW, sessions=2), now=NOW).proposals[0]

    book_course(plan=plan, proposal=two, by=world.reception, now=NOW)

    rows = Session.objects.filter(plan=plan).order_by("number")
    assert [row.status for row in rows] == ["booked", "booked", "due", "due"]
    assert [row.hold_id for row in rows[2:]] == [None, None]
    assert not Claim.objects.filter(session__in=rows[2:]).exists()
