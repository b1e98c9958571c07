"""The mails of a course on its page: what was told, what waits, what failed and what to do about it."""

from datetime import timedelta

import pytest
from django.urls import reverse

from clinic.models import Patient
from scheduling.course_changes.cancel import Ending, cancel_rest
from scheduling.messages.sending import send_due
from scheduling.models import Message, MessageKind, MessageState, Reason, Session
from tests.support.acts.attendance import again
from tests.support.acts.courses import times_of
from tests.support.acts.moves import move, plan_of
from tests.support.acts.waits import an_offer
from tests.support.cast import NOW
from tests.support.desk import Page, reception
from tests.support.worlds import World

pytestmark = pytest.mark.django_db

# The first session begins at NOW.
BEFORE = NOW - timedelta(hours=1)
CALL = "Call +31612345678 and tell them."


def page_of(course: list[Session], world: World) -> Page:
    return reception(world).get(reverse("plan", args=[plan_of(course).uuid]))


def failed(kind: MessageKind, **fields) -> None:
    problem = {"reason": Reason.REFUSED, **fields}
    Message.objects.filter(kind=kind).update(state=MessageState.CALL, **problem)


def test_a_move_is_among_the_mails_while_it_waits_and_when_it_went_out(world, course):
    move(world, course[1], days=1)
    assert "session 2 moved" in page_of(course, world).text

    send_due(now=NOW)

    assert "session 2 moved – sent" in page_of(course, world).text


def test_one_mail_names_every_session_that_was_cancelled(world, course):
    ending = Ending(reason="Moved away", cancelled_by="patient")
    cancel_rest(plan=plan_of(course), ending=ending, by=world.reception, now=BEFORE)
    send_due(now=BEFORE)

    assert "session 1, session 2, session 3 and session 4 cancelled" in page_of(course, world).text


def test_news_that_failed_stands_first_with_why_and_whom_to_call(world, course):
    Patient.objects.update(phone="+31612345678")
    move(world, course[1], days=1)
    failed(MessageKind.NOTICE)

    page = page_of(course, world)

    words = page.text.partition("Mails ")[2]
    assert words.startswith("Session 2 moved – not sent The mail server refused the mail.")
    assert CALL in words


def test_whom_to_call_is_said_once(world, course):
    Patient.objects.update(phone="+31612345678")
    failed(MessageKind.REMINDER, reason=Reason.NO_ADDRESS)

    assert f"There is no e-mail address. {CALL}" in page_of(course, world).text


def test_without_a_phone_number_the_desk_writes(world, course):
    failed(MessageKind.REMINDER)

    assert "There is no phone number: write to them by post." in page_of(course, world).text


def test_a_reminder_that_failed_is_shown_so_too(world, course):
    failed(MessageKind.REMINDER)

    assert "Reminder of session 2" in page_of(course, world).text
    assert "not sent The mail server refused the mail." in page_of(course, world).text


def test_a_reminder_that_is_of_no_use_any_more_asks_nobody_to_call(world, course):
    Patient.objects.update(phone="+31612345678")
    failed(MessageKind.REMINDER, useful_until=NOW - timedelta(minutes=1))

    page = page_of(course, world)

    assert "not sent" in page.text
    assert CALL not in page.text


@pytest.mark.parametrize("reason", [Reason.REFUSED, Reason.TOO_LATE])
def test_what_was_moved_is_to_be_said_while_it_is_ahead_however_long_mail_was_down(world, course, reason):
    Patient.objects.update(phone="+31612345678")
    move(world, course[1], days=1)
    Message.objects.filter(kind=MessageKind.NOTICE).update(
        state=MessageState.CALL, reason=reason, useful_until=NOW - timedelta(minutes=1)
    )
    moved = again(course[1])

    before = page_of(course, world)
    after = reception(world, now=times_of(moved).starts_at).get(before.url)

    assert CALL in before.text
    assert CALL not in after.text


def test_a_mail_about_two_sessions_is_on_the_pages_of_both(world, course):
    ending = Ending(reason="Moved away", cancelled_by="patient")
    cancel_rest(plan=plan_of(course), ending=ending, by=world.reception, now=BEFORE)
    send_due(now=BEFORE)

    for session in course[:2]:
        page = reception(world).get(reverse("session", args=[session.uuid]))
        assert "session 1, session 2, session 3 and session 4 cancelled" in page.text


def test_a_mail_about_another_session_is_not_on_this_ones_page(world, course):
    move(world, course[1], days=1)

    page = reception(world).get(reverse("session", args=[course[0].uuid]))

    assert "session 2 moved" not in page.text


def test_who_was_told_by_the_desk_is_not_to_be_called(world, course):
    Patient.objects.update(phone="+31612345678")
    move(world, course[1], days=1)
    failed(MessageKind.NOTICE)
    desk = reception(world)

    page = desk.follow(desk.send(page_of(course, world), "They know now"))

    assert page.url == reverse("plan", args=[plan_of(course).uuid])
    assert "session 2 moved – told by the desk" in page.text
    assert CALL not in page.text


def test_who_is_told_on_the_page_of_a_session_stays_there(world, course):
    move(world, course[1], days=1)
    failed(MessageKind.NOTICE)
    desk, url = reception(world), reverse("session", args=[course[1].uuid])

    page = desk.follow(desk.send(desk.get(url), "They know now"))

    assert page.url == url
    assert "session 2 moved – told by the desk" in page.text


def test_an_offer_is_a_mail_about_the_session_that_waits(world):
    offer = an_offer(world=world)
    failed(MessageKind.OFFER)
    session = offer.wait.session
    assert session is not None

    page = reception(world).get(reverse("session", args=[session.uuid]))

    assert "An earlier time offered for consultation – not sent" in page.text


def test_as_many_queries_for_any_number_of_mails(world, course, django_assert_num_queries):
    desk = reception(world)
    # The first page of a session notes where it is.
    desk.get("/clinics/")
    url = reverse("plan", args=[plan_of(course).uuid])
    for number in (1, 2, 3):
        move(world, course[number], days=1)
        send_due(now=NOW)
        with django_assert_num_queries(13):
            desk.get(url)
