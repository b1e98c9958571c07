"""The page that gives the rest of a course new times: offered at once when a session was missed."""

from datetime import timedelta

import pytest
from django.urls import reverse

from scheduling.models import Message, MessageKind, MessageState, Session
from tests.support.acts.courses import a_booked_course, away, times_of
from tests.support.acts.moves import dates_of, plan_of
from tests.support.desk import Desk, reception
from tests.support.worlds import World

pytestmark = pytest.mark.django_db

BUTTON = "this time"


@pytest.fixture
def course(world) -> list[Session]:
    """Four treatments on Mondays at nine."""
    return a_booked_course(world=world, sessions=4)


def page_of(course: list[Session]) -> str:
    return reverse("plan-ripple", args=[plan_of(course).uuid])


def after_the_first(world: World, course: list[Session]) -> Desk:
    """The desk an hour after the first session was to begin."""
    return reception(world, now=times_of(course[0]).starts_at + timedelta(hours=1))


def missed(world: World, course: list[Session]) -> Desk:
    """Nobody came to the first session, and the desk has said so."""
    desk = after_the_first(world, course)
    desk.post(reverse("session-miss", args=[course[0].uuid]))
    return desk


def test_a_miss_leads_to_new_times_for_the_rest(world, course):
    desk = after_the_first(world, course)

    answer = desk.post(reverse("session-miss", args=[course[0].uuid]))
    page = desk.follow(answer)

    assert (answer.status, answer.headers["Location"]) == (302, page_of(course))
    assert "session 1 is due again" in page.text
    assert "Session 1: no time yet →" in page.text


def test_one_click_books_them_and_the_patient_reads_one_mail(world, course):
    desk = missed(world, course)

    answer = desk.send(desk.get(page_of(course)), BUTTON)

    assert answer.headers["Location"] == reverse("plan", args=[plan_of(course).uuid])
    assert len(dates_of(plan_of(course))) == 4
    assert Message.objects.filter(kind=MessageKind.NOTICE, state=MessageState.WAITING).count() <= 1


def test_looking_writes_nothing(world, course):
    desk = missed(world, course)
    before = list(Session.objects.order_by("pk").values())

    desk.get(page_of(course))

    assert list(Session.objects.order_by("pk").values()) == before


def test_what_was_overtaken_is_said_and_looked_for_anew(world, course):
    desk = missed(world, course)
    seen = desk.get(page_of(course))
    desk.send(seen, BUTTON)

    answer = desk.send(seen, BUTTON)

    assert answer.status == 409
    assert "out of date" in answer.text


def test_a_course_in_order_says_so(world, course):
    page = reception(world).get(page_of(course))

    assert "Nothing has to move" in page.text


def test_where_nothing_fits_the_page_says_which_session_and_has_no_button(world, course):
    desk = missed(world, course)
    away(world, *world.doctors, first=times_of(course[0]).on, days=200)

    page = desk.get(page_of(course))

    assert "Session 1 finds no time" in page.text
    assert BUTTON not in page.text


def test_the_course_leads_there_while_a_session_lacks_its_time_before_others(world, course):
    before = reception(world).get(reverse("plan", args=[plan_of(course).uuid]))
    desk = missed(world, course)

    after = desk.get(reverse("plan", args=[plan_of(course).uuid]))

    assert page_of(course) not in before.seen.links
    assert page_of(course) in after.seen.links
