"""Another kind of session at the desk: chosen, looked at, committed."""

import pytest
from django.urls import reverse

from scheduling.attendance.walk_in import WalkIn, walk_in
from scheduling.booking.single_session import SingleSession, book_session
from scheduling.models import Session
from tests.support.acts.attendance import S, again, claims_of, done, during
from tests.support.acts.courses import everything_written, times_of
from tests.support.builders import a_patient
from tests.support.cast import NOW
from tests.support.desk import Desk, Page, reception
from tests.support.worlds import World, a_course_world

pytestmark = pytest.mark.django_db


@pytest.fixture
def desk(world, session) -> Desk:
    return reception(world, now=during(session))


def look(desk: Desk, session: Session, world: World, kind: str, **way: str) -> Page:
    chosen = {"session_type": str(world.session_types[kind].uuid)}
    return desk.get(reverse("session-kind", args=[session.uuid]), **chosen, **way)


def rivals_after(session: Session, world: World) -> None:
    """Every doctor is busy when the session is over."""
    for doctor in world.doctors:
        patient = a_patient(clinic=world.clinic, family_name="Rival")
        kind = world.session_types["consultation"]
        wanted = SingleSession(patient, kind, times_of(session).ends_at, practitioner=doctor)
        book_session(wanted=wanted, by=world.reception, now=NOW)


def test_a_look_says_what_changes_and_changes_nothing(world, desk, session):
    before = everything_written()

    page = look(desk, session, world, "mesotherapy")

    assert "PRP + mesotherapy → Mesotherapy" in page.text
    assert "Now , 09:00 to 09:25" in page.text
    assert "Then , 09:00 to 09:10" in page.text
    assert everything_written() == before


def test_one_click_makes_it_so_as_it_was_shown(world, desk, session):
    page = look(desk, session, world, "mesotherapy")

    answer = desk.send(page, "Make it Mesotherapy")

    assert answer.location == "/"
    assert "Marit de Vries: it is Mesotherapy now." in desk.follow(answer).text
    stands = again(session)
    assert (stands.session_type.key, len(claims_of(stands))) == ("mesotherapy", 4)


def test_pressed_twice_it_is_so_once(world, desk, session):
    page = look(desk, session, world, "mesotherapy")
    desk.send(page, "Make it Mesotherapy")
    before = everything_written()

    assert desk.send(page, "Make it Mesotherapy").status == 302
    assert everything_written() == before


def test_from_the_page_that_asks_how_it_went_it_leads_back_there(world, desk, session):
    complete = reverse("session-complete", args=[session.uuid])
    asked = f"{reverse('session-kind', args=[session.uuid])}?from=completion"
    assert asked in desk.get(complete).seen.links

    answer = desk.send(look(desk, session, world, "mesotherapy", **{"from": "completion"}), "Make it")

    assert answer.location == complete
    assert "Mesotherapy" in desk.follow(answer).text


def test_what_does_not_fit_says_who_is_busy_and_has_no_button(world, desk, session):
    rivals_after(session, world)

    page = look(desk, session, world, "consultation")

    assert page.status == 409
    assert "Taken – Mon 4 Jan" in page.text
    assert all(doctor.name in page.text for doctor in world.doctors)
    assert "Make it" not in page.text


def test_what_was_taken_since_is_said_in_the_same_words(world, desk, session):
    page = look(desk, session, world, "consultation")
    rivals_after(session, world)

    answer = desk.send(page, "Make it Consultation")

    assert answer.status == 409
    assert "Move the session to another time first" in answer.text
    assert again(session).session_type.key == "prp-mesotherapy"


def test_who_has_no_time_takes_nobodys(world):
    new = WalkIn(world.patient, world.session_types["consultation"])
    here = walk_in(new=new, by=world.reception, now=NOW)
    desk = reception(world)

    page = look(desk, here, world, "mesotherapy")
    assert "nobody’s time changes" in page.text
    desk.send(page, "Make it Mesotherapy")

    assert again(here).session_type.key == "mesotherapy"


def test_what_is_over_keeps_its_kind_and_the_page_says_so(world, desk, session):
    done(session, world)

    page = desk.get(reverse("session-kind", args=[session.uuid]))

    assert "What a session is changes only while it is booked or under way." in page.text
    assert look(desk, session, world, "mesotherapy").status == 409
    assert again(session).status == S.COMPLETED


def test_a_kind_of_another_clinic_is_not_on_offer(world, desk, session):
    page = look(desk, session, a_course_world(), "mesotherapy")

    assert page.status == 422
    assert "That is not on offer any more." in page.text
