"""The two ticks of every act at the desk: that the patient knows, and that no mail is to go out."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.urls import reverse

from clinic.models import Patient
from scheduling.booking.book_course import book_course
from scheduling.messages.call_list import call_list
from scheduling.messages.sending import send_due
from scheduling.models import Message, Session
from tests.support.acts.absences import leave_of, served
from tests.support.acts.courses import a_booked_course, away, offers, times_of
from tests.support.acts.delays import a_consultation, at
from tests.support.acts.holds import a_hold
from tests.support.acts.moves import plan_of
from tests.support.acts.waits import an_offer
from tests.support.cast import AMSTERDAM, NOW
from tests.support.desk import Desk, Page, reception
from tests.support.worlds import World, a_plan

pytestmark = pytest.mark.django_db

# The page of an act, its button, and what is typed into it.
Act = tuple[Page, str, dict[str, str]]
WHY = {"reason": "Flu"}
LATER = NOW + timedelta(minutes=5)


def open_page(desk: Desk, name: str, uuid: object, **asked: str) -> Page:
    return desk.get(reverse(name, args=[uuid]), **asked)


def moving(world: World, desk: Desk) -> Act:
    session = a_booked_course(world=world)[1]
    local = times_of(session).starts_at.astimezone(AMSTERDAM) + timedelta(days=1)
    asked = {"on": str(local.date()), "at": f"{local:%H:%M}", "alone": "on"}
    return open_page(desk, "session-move", session.uuid, **asked), "Move 1 session", {}


def cancelling(world: World, desk: Desk) -> Act:
    page = open_page(desk, "session-cancel", a_booked_course(world=world)[1].uuid)
    return page, "Cancel the session", {**WHY, "cancelled_by": "patient"}


def cancelling_the_rest(world: World, desk: Desk) -> Act:
    page = open_page(desk, "plan-cancel", plan_of(a_booked_course(world=world)).uuid)
    return page, "Cancel these sessions", {**WHY, "cancelled_by": "patient", "what": "rest"}


def pausing(world: World, desk: Desk) -> Act:
    page = open_page(desk, "plan-pause", plan_of(a_booked_course(world=world)).uuid)
    return page, "Pause the course", {**WHY, "asked_by": "patient", "give_back": "on"}


def amending(world: World, desk: Desk) -> Act:
    page = open_page(desk, "plan-amend", plan_of(a_booked_course(world=world, sessions=5)).uuid)
    return page, "Amend the course", {"session_count": "4"}


def another_kind(world: World, desk: Desk) -> Act:
    session = a_consultation(world, at(11), patient=world.patient)
    kind = str(world.session_types["mesotherapy"].uuid)
    return open_page(desk, "session-kind", session.uuid, session_type=kind), "Make it", {}


def swapping(world: World, desk: Desk) -> Act:
    session = a_booked_course(world=world)[1]
    starts_at = times_of(session).starts_at
    ends_at = starts_at + timedelta(hours=1)
    leave = leave_of(world, served(session, "doctor"), starts=starts_at, ends=ends_at).absence
    return open_page(desk, "leave", leave.uuid), "Swap all", {"also_practitioners": "on"}


def running_late(world: World, desk: Desk) -> Act:
    a_consultation(world, at(11, day=4), patient=world.patient)
    page = desk.get("/late/", resource=str(world.doctors[0].uuid), minutes="20")
    return page, "Push these sessions", {}


def done_elsewhere(world: World, desk: Desk) -> Act:
    plan = a_plan(world=world)
    proposal = offers(plan=plan, first_on=(NOW + timedelta(days=7)).date())[0]
    session = book_course(plan=plan, proposal=proposal, by=world.reception, now=NOW)[0]
    return open_page(desk, "session-elsewhere", session.uuid), "It was done there", {"place": "Utrecht"}


def leave_moves_a_course(world: World, desk: Desk) -> Act:
    course = a_booked_course(world=world)
    away(world, *world.doctors, first=times_of(course[1]).on)
    return open_page(desk, "plan-ripple", plan_of(course).uuid), "Give", {}


ASKED_FOR = (moving, cancelling, cancelling_the_rest, pausing)
BY_THE_CLINIC = (amending, another_kind, swapping, running_late)
Making = Callable[[World, Desk], Act]


def ticks(page: Page, button: str) -> list[str]:
    return [name for name in ("they_know", "no_mail") if name in page.form(button).fields]


def calls_after(world: World, desk: Desk, act: Act, **ticked: str) -> int:
    """Of a patient whom no mail reaches; the ticks as the page has them, or as they are set."""
    page, button, typed = act
    Patient.objects.update(email="")
    answer = desk.send(page, button, **typed, **ticked)
    assert answer.status == 302, answer.text
    send_due(now=LATER)
    return len(call_list(by=world.reception, now=LATER))


@pytest.mark.parametrize("act", ASKED_FOR)
def test_what_a_patient_asks_for_they_know_unless_somebody_says_otherwise(world, act):
    desk = reception(world)
    made = act(world, desk)

    assert ticks(*made[:2]) == ["they_know"]
    assert calls_after(world, desk, made) == 0
    assert Message.objects.get(kind="notice").state == "void"


@pytest.mark.parametrize("act", BY_THE_CLINIC)
def test_what_the_clinic_does_the_patient_is_told(world, act):
    desk = reception(world)
    made = act(world, desk)

    assert ticks(*made[:2]) == []
    assert calls_after(world, desk, made) == 1


@pytest.mark.parametrize("act", [*ASKED_FOR, *BY_THE_CLINIC])
def test_where_no_mail_is_to_go_none_does_and_nobody_calls(world, act):
    desk = reception(world)

    assert calls_after(world, desk, act(world, desk), no_mail="on") == 0
    assert not Message.objects.filter(kind="notice").exists()


@pytest.mark.parametrize("act", BY_THE_CLINIC)
def test_whoever_is_on_the_phone_about_what_the_clinic_does_is_not_called_again(world, act):
    desk = reception(world)

    assert calls_after(world, desk, act(world, desk), they_know="on") == 0
    assert Message.objects.get(kind="notice").state == "void"


def test_of_what_was_done_elsewhere_nothing_goes_out_unless_that_is_unticked(world):
    desk = reception(world)
    page, button, typed = done_elsewhere(world, desk)
    assert ticks(page, button) == ["they_know", "no_mail"]

    assert calls_after(world, desk, (page, button, typed), no_mail="", they_know="") == 1


def test_without_a_time_here_there_is_nothing_to_tell(world):
    session = a_plan(world=world).sessions.get(number=1, kind="treatment")

    page = open_page(reception(world), "session-elsewhere", session.uuid)

    assert ticks(page, "It was done there") == []
    assert "They know" not in page.text


def test_a_course_that_leave_moves_is_not_what_the_patient_asked_for(world):
    desk = reception(world)
    page, button, _ = leave_moves_a_course(world, desk)

    assert ticks(page, button) == []


def test_a_session_that_leave_moves_is_not_what_the_patient_asked_for(world):
    session = a_booked_course(world=world)[1]
    away(world, *world.doctors, first=times_of(session).on)
    local = times_of(session).starts_at.astimezone(AMSTERDAM) + timedelta(days=1)
    asked = {"on": str(local.date()), "at": f"{local:%H:%M}", "alone": "on"}

    page = open_page(reception(world), "session-move", session.uuid, **asked)

    assert ticks(page, "Move 1 session") == []


def test_what_was_ticked_stays_so_where_the_form_comes_back(world):
    desk = reception(world)
    page, button, typed = cancelling(world, desk)

    back = desk.send(page, button, **{**typed, "reason": ""}, they_know="", no_mail="on")

    assert back.status == 422
    assert ticks(back, button) == ["no_mail"]


@pytest.mark.parametrize("is_held", [True, False])
def test_who_books_a_course_on_the_phone_is_not_called_about_it(world, is_held):
    desk, plan = reception(world), None
    if is_held:
        plan = a_hold(world=world).plan
    plan = plan or a_plan(world=world)
    page = open_page(desk, "calendars", plan.uuid)
    button = "Book what is held" if is_held else "Book this calendar"

    assert is_held or ticks(page, button) == ["they_know"]
    assert calls_after(world, desk, (page, button, {})) == 0
    assert Session.objects.filter(plan=plan, status="booked").exists()


def test_who_takes_an_offer_on_the_phone_is_not_called_about_it(world):
    offer, desk = an_offer(world=world), reception(world)
    Message.objects.filter(kind="offer").delete()

    assert calls_after(world, desk, (desk.get("/waitlist/"), "They take it", {})) == 0
    assert Session.objects.get(pk=offer.wait.session_id).starts_at == offer.starts_at
