"""Running late at the desk: look, then push."""

import pytest

from tests.support.acts.delays import LATE, a_consultation, at
from tests.support.builders import a_user
from tests.support.desk import Desk, Page, doctors_desk, reception
from tests.support.worlds import World

pytestmark = pytest.mark.django_db


def look(desk: Desk, world: World, minutes: int = 20) -> Page:
    return desk.get("/late/", resource=str(world.doctors[0].uuid), minutes=str(minutes))


def test_reception_looks_and_pushes(world):
    session = a_consultation(world, at(10, 30))
    desk = reception(world, now=LATE)
    assert "/late/" in desk.get("/").seen.links
    page = look(desk, world)
    assert "10:30 → 10:50" in page.text

    answer = desk.send(page, "Push these sessions")

    assert "1 session comes later now." in desk.follow(answer).text
    session.refresh_from_db()
    assert session.starts_at == at(10, 50)


def test_what_is_in_the_way_is_said_and_nothing_can_be_pressed(world):
    a_consultation(world, at(16, 30))

    page = look(reception(world, now=LATE), world)

    assert "outside the hours of" in page.text
    assert not any("Push these sessions" in form.buttons for form in page.seen.forms)


def test_a_doctor_sets_hours_aside_with_a_reason(world):
    session = a_consultation(world, at(16, 30))
    desk = doctors_desk(world, now=LATE)
    page = look(desk, world)
    without = desk.send(page, "Push these sessions")
    assert without.status == 422

    answer = desk.send(page, "Push these sessions", reason="The last one")

    assert answer.status == 302
    session.refresh_from_db()
    assert [one["reason"] for one in session.waived] == ["The last one"]


def test_a_day_that_changed_meanwhile_is_shown_anew(world):
    a_consultation(world, at(10, 30))
    desk = reception(world, now=LATE)
    page = look(desk, world)
    a_consultation(world, at(14))

    answer = desk.send(page, "Push these sessions")

    assert answer.status == 409
    assert "have changed since" in answer.text
    assert "14:00 → 14:20" in answer.text


def test_an_empty_day_says_so(world):
    assert "Nothing has to come later" in look(reception(world, now=LATE), world).text


@pytest.mark.parametrize(("minutes", "status"), [("7", 422), ("x", 422), ("", 422)])
def test_minutes_that_are_none_are_refused_beside_their_field(world, minutes, status):
    page = reception(world, now=LATE).get("/late/", resource=str(world.doctors[0].uuid), minutes=minutes)

    assert page.status == status


def test_a_form_that_this_page_did_not_make_is_refused(world):
    said = {"resource": str(world.doctors[0].uuid), "minutes": "20", "session": "x"}

    assert reception(world, now=LATE).post("/late/", said).status == 400


def test_a_doctor_is_offered_their_own_day_alone(world):
    own, anyone = doctors_desk(world), Desk(a_user(clinic=world.clinic))

    assert "Dr Lindqvist" not in own.get("/late/").text
    assert "Dr Lindqvist" in anyone.get("/late/").text
