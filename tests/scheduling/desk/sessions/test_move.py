"""The page that moves a session: say where to, look what follows, move it."""

from datetime import timedelta

import pytest
from django.urls import reverse

from scheduling.models import Session
from tests.support.acts.courses import a_booked_course, times_of
from tests.support.acts.moves import plan_of
from tests.support.cast import AMSTERDAM
from tests.support.desk import Desk, doctors_desk, reception
from tests.support.worlds import a_second_site

pytestmark = pytest.mark.django_db

DAY = timedelta(days=1)


@pytest.fixture
def course(world) -> list[Session]:
    """Five treatments on Mondays at nine."""
    return a_booked_course(world=world, sessions=5)


def asked(session: Session, *, days: int, **more: str) -> dict[str, str]:
    local = times_of(session).starts_at.astimezone(AMSTERDAM) + days * DAY
    return {"on": str(local.date()), "at": f"{local:%H:%M}", **more}


def look(desk: Desk, session: Session, *, days: int, **more: str):
    return desk.get(reverse("session-move", args=[session.uuid]), **asked(session, days=days, **more))


def move(desk: Desk, session: Session, *, days: int, **more: str):
    return desk.post(reverse("session-move", args=[session.uuid]), asked(session, days=days, **more))


def test_the_course_leads_to_it_for_every_session_that_can_still_move(world, course):
    page = reception(world).get(reverse("plan", args=[course[0].plan.uuid]))

    wanted = {reverse("session-move", args=[session.uuid]) for session in course}
    assert wanted <= set(page.seen.links)


def test_it_opens_with_the_time_as_it_is(world, course):
    page = reception(world).get(reverse("session-move", args=[course[1].uuid]))

    assert page.status == 200
    assert 'value="18-01-2027"' in page.html
    assert "session 2 of 5" in page.text


def test_a_look_says_what_moves_what_stays_and_changes_nothing(world, course):
    page = look(reception(world), course[1], days=4)

    assert "2 sessions would move" in page.text
    assert "Session 3:" in page.text
    assert "Session 1, Session 4, Session 5 stay as booked." in page.text
    assert Session.objects.filter(sequence__gt=0).count() == 0


def test_one_click_moves_what_was_looked_at(world, course):
    desk = reception(world)

    page = move(desk, course[1], days=4)

    plan = reverse("plan", args=[course[0].plan.uuid])
    assert (page.status, page.headers["Location"]) == (302, plan)
    assert "2 sessions are moved." in desk.get(plan).text
    assert Session.objects.get(pk=course[1].pk).starts_at == times_of(course[1]).starts_at + 4 * DAY


def test_a_window_that_breaks_asks_for_a_reason_and_takes_it(world, course):
    desk = reception(world)

    without = move(desk, course[1], days=4, alone="on")
    with_one = move(desk, course[1], days=4, alone="on", reason="A wedding")

    assert without.status == 422
    assert "outside its window" in without.text
    assert with_one.status == 302


def test_what_only_a_doctor_sets_aside_the_desk_cannot_send(world, course):
    at_the_desk = look(reception(world), course[1], days=11, alone="on")
    by_a_doctor = look(doctors_desk(world), course[1], days=11, alone="on")

    assert "As it stands this cannot be done." in at_the_desk.text
    assert "Move 1 session" in by_a_doctor.text


def test_a_time_that_makes_no_sense_is_said_at_its_field(world, course):
    page = look(reception(world), course[1], days=-30)

    assert page.status == 422
    assert "That start is in the past." in page.text


def test_the_free_times_of_the_day_are_one_click_from_the_look(world, course):
    page = reception(world).get(reverse("session-move", args=[course[1].uuid]), on="2027-01-21")

    at_ten = next(link for link in page.seen.links if link.endswith("on=2027-01-21&at=10:00"))
    looked = reception(world).get(reverse("session-move", args=[course[1].uuid]), on="2027-01-21", at="10:00")
    assert at_ten
    assert "1 session would move" in looked.text


def test_its_own_time_is_free_for_it(world, course):
    local = times_of(course[1]).starts_at.astimezone(AMSTERDAM)

    page = reception(world).get(reverse("session-move", args=[course[1].uuid]), on=str(local.date()))

    assert any(link.endswith(f"at={local + timedelta(minutes=15):%H:%M}") for link in page.seen.links)


def test_without_a_time_nothing_moves(world, course):
    page = reception(world).post(reverse("session-move", args=[course[1].uuid]), {"on": "2027-01-21"})

    assert page.status == 422
    assert "Choose a time." in page.text


def test_a_session_goes_to_another_site(world, course):
    east, desk = a_second_site(world), reception(world)

    page = move(desk, course[1], days=0, site=str(east.uuid))

    assert page.status == 302
    assert Session.objects.get(pk=course[1].pk).site == east


def test_a_review_that_is_due_is_booked_from_its_course(world):
    [svf] = a_booked_course(world=world, protocol="svf-combination", sessions=1)
    first_review = Session.objects.filter(plan=svf.plan, kind="review").order_by("number")[0]
    desk, address = reception(world), reverse("session-move", args=[first_review.uuid])

    course_page = desk.get(reverse("plan", args=[plan_of([svf]).uuid]))
    opened = desk.get(address)
    booked = desk.post(address, {"on": str(first_review.target_on), "at": "10:00"})

    assert address in course_page.seen.links
    assert "Book review 1" in opened.text
    assert "due between 1 and 8 Feb" in opened.text
    assert booked.status == 302
    assert Session.objects.get(pk=first_review.pk).status == "booked"


def test_what_stands_against_a_patients_move_is_said_before_it(world, course):
    near = look(reception(world), course[0], days=1)
    far = look(reception(world), course[1], days=4)

    assert "If the patient asks for it: Patients move a session at least 24 hours before it." in near.text
    assert "If the patient asks for it:" not in far.text


def test_a_patient_who_moved_it_as_often_as_they_may_is_said_so(world, course):
    Session.objects.filter(pk=course[1].pk).update(patient_moves=2)

    page = look(reception(world), course[1], days=4)

    assert "The patient has moved this session 2 times already." in page.text
