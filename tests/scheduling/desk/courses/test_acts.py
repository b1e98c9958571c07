"""At the desk: what was done is undone, or sent now, from the line that says it."""

from datetime import timedelta
from uuid import UUID

import pytest
from django.urls import reverse

from clinic.identity.actors import Role
from scheduling.models import CourseAct, FreedTime, Session
from tests.support.acts.attendance import S, again
from tests.support.acts.courses import a_booked_course
from tests.support.acts.holds import a_hold
from tests.support.builders import a_user
from tests.support.cast import NOW
from tests.support.desk import Desk, Page, reception
from tests.support.worlds import World, a_course_world

pytestmark = pytest.mark.django_db

LATER = NOW + timedelta(minutes=16)


@pytest.fixture
def world() -> World:
    """A clinic whose desk has three minutes."""
    return a_course_world(undo_seconds=180)


@pytest.fixture
def course(world) -> list[Session]:
    course = a_booked_course(world=world)
    # What the desk did before is of no interest.
    CourseAct.objects.all().delete()
    return course


def cancelled(desk: Desk, session: Session) -> Page:
    """The page on which one lands."""
    page = desk.get(reverse("session-cancel", args=[session.uuid]))
    return desk.follow(desk.send(page, "Cancel the session", cancelled_by="clinic", reason="Flu"))


def plan_page(session: Session) -> str:
    assert session.plan is not None
    return reverse("plan", args=[session.plan.uuid])


def test_one_line_says_what_was_done_until_when_it_can_be_undone_and_what_waits(world, course):
    page = cancelled(reception(world), course[1])

    line = "1 session is cancelled. You can undo this until 09:15. Nobody is told before 09:03."
    assert line in page.text
    assert page.text.count("You can undo this") == 1


def test_it_is_undone_with_one_click(world, course):
    desk = reception(world)
    page = cancelled(desk, course[1])

    undone = desk.follow(desk.send(page, "Undo"))

    assert "Undone: nothing of it is cancelled." in undone.text
    assert "You can undo this" not in undone.text
    assert again(course[1]).status == S.BOOKED


def test_send_now_ends_the_wait_and_the_line_stays(world, course):
    desk = reception(world)
    page = cancelled(desk, course[1])

    sent = desk.follow(desk.send(page, "Send now"))

    assert "It goes out now. You can still undo it." in sent.text
    assert "Cancelled at 09:00. You can undo this until 09:15." in sent.text
    assert "Nobody is told before" not in sent.text
    assert {freed.due_at for freed in FreedTime.objects.all()} == {NOW}


def test_another_receptionist_sees_it_on_the_course_and_undoes_it(world, course):
    cancelled(reception(world), course[1])
    colleague = Desk(a_user(clinic=world.clinic))

    page = colleague.get(plan_page(course[1]))

    assert "Cancelled at 09:00. You can undo this until 09:15." in page.text
    colleague.send(page, "Undo")
    assert again(course[1]).status == S.BOOKED


def test_the_page_of_a_session_shows_it_too(world, course):
    cancelled(reception(world), course[1])

    pages = [reception(world).get(reverse("session", args=[one.uuid])).text for one in course[1:3]]

    assert ["You can undo this" in text for text in pages] == [True, False]


def test_after_a_quarter_of_an_hour_the_line_is_gone(world, course):
    cancelled(reception(world), course[1])
    desk = reception(world)
    desk.now = LATER

    assert "You can undo this" not in desk.get(plan_page(course[1])).text


def test_once_the_course_was_changed_the_line_is_gone_and_an_old_button_says_why(world, course):
    desk = reception(world)
    page = cancelled(desk, course[1])
    cancelled(reception(world), course[2])

    refused = desk.follow(desk.send(page, "Undo"))

    assert "Something of it was changed since, so it cannot be undone." in refused.text
    assert again(course[1]).status == S.CANCELLED


def test_a_booking_is_undone_and_has_nothing_to_send(world):
    desk = reception(world)
    hold = a_hold(world=world)
    assert hold.plan is not None
    page = desk.get(reverse("plan", args=[hold.plan.uuid]))
    booked = desk.follow(desk.send(page, "Book what is held"))
    assert "All 4 sessions are booked. You can undo this until 09:15." in booked.text
    assert "Send now" not in booked.text

    desk.send(booked, "Undo")

    assert set(Session.objects.values_list("status", flat=True)) == {"held"}


def test_leave_is_undone_from_its_page(world):
    owner = Desk(a_user(clinic=world.clinic, role=Role.OWNER))
    page = owner.get(reverse("absences"))
    said = {"what": str(world.doctors[0].uuid), "first_on": "2027-01-05", "last_on": "2027-01-06"}
    entered = owner.follow(owner.send(page, "Enter it", **said))
    assert "You can undo this until 09:15." in entered.text

    undone = owner.follow(owner.send(entered, "Undo"))

    assert "Undone: the leave is gone." in undone.text


def test_an_act_of_nowhere_is_not_found(world):
    answer = reception(world).post(reverse("act-undo", args=[UUID(int=5)]), {})

    assert answer.status == 404
