"""A session of a course that was done elsewhere, entered at the desk."""

from datetime import timedelta

import pytest
from django.urls import reverse

from scheduling.models import Session
from tests.support.acts.attendance import S, again, claims_of, due_number
from tests.support.acts.courses import a_booked_course
from tests.support.cast import NOW
from tests.support.desk import Page, reception
from tests.support.worlds import World, a_plan

pytestmark = pytest.mark.django_db

BUTTON = "It was done there"


@pytest.fixture
def due(world) -> Session:
    return due_number(a_plan(world=world), 1)


def page_of(session: Session, world: World) -> Page:
    return reception(world).get(reverse("session-elsewhere", args=[session.uuid]))


def enter(session: Session, world: World, **typed: str) -> Page:
    said = {"on": str(NOW.date() - timedelta(days=7)), "place": "Clinic at Utrecht", **typed}
    return reception(world).send(page_of(session, world), BUTTON, **said)


def test_the_course_leads_there_for_what_is_due(world, due):
    page = reception(world).get(reverse("plan", args=[due.plan.uuid]))

    assert reverse("session-elsewhere", args=[due.uuid]) in page.seen.links


def test_it_counts_and_the_course_shows_where_it_was(world, due):
    desk = reception(world)
    said = {"on": "2026-12-28", "place": "Praxis <b>Süd</b>"}

    answer = desk.send(desk.get(reverse("session-elsewhere", args=[due.uuid])), BUTTON, **said)
    page = desk.follow(answer)

    assert "Session 1 was done elsewhere: it counts." in page.text
    assert "Mon 28 Dec 2026, Praxis" in page.text
    assert "Praxis &lt;b&gt;Süd&lt;/b&gt;" in page.html
    assert (again(due).status, again(due).counts) == (S.COMPLETED, True)


def test_what_follows_is_due_from_that_date_on(world, due):
    enter(due, world, on="2026-12-28")

    assert str(due_number(due.plan, 2).target_on) == "2027-01-11"


def test_a_time_here_is_said_to_be_given_back_and_is(world):
    session = a_booked_course(world=world)[0]
    assert "Its time here, Mon 4 Jan, 09:00, is given back." in page_of(session, world).text

    enter(session, world)

    assert claims_of(session) == []


@pytest.mark.parametrize(
    ("typed", "sentence"),
    [
        ({"place": ""}, "Enter where it was done."),
        ({"place": "  "}, "Enter where it was done."),
        ({"on": ""}, "Enter when it was done."),
        ({"on": "2027-02-01"}, "That date has not come yet."),
    ],
)
def test_what_is_missing_or_cannot_be_is_said_beside_its_field(world, due, typed, sentence):
    page = enter(due, world, **typed)

    assert page.status == 422
    assert sentence in page.text
    assert again(due).status == S.DUE


def test_the_third_is_not_done_before_the_second(world, due):
    page = enter(due_number(due.plan, 3), world)

    assert page.status == 422
    assert "Record the sessions in their order." in page.text


def test_what_was_given_here_was_not_done_elsewhere(world, due):
    enter(due, world)
    Session.objects.filter(pk=due.pk).update(is_done_elsewhere=False)

    desk = reception(world)
    answer = desk.post(
        reverse("session-elsewhere", args=[due.uuid]), {"on": "2026-12-28", "place": "Utrecht"}
    )

    assert "This session was given here." in answer.text
