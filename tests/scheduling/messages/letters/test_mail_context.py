"""What comes after what is off, and which of two patients at one address a mail is for."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from clinic.models import Patient
from scheduling.course_changes.cancel import Ending, stop_plan
from scheduling.course_changes.pause import Pause, pause_course
from scheduling.messages.mail_context import in_context
from scheduling.messages.payload import news_of
from scheduling.messages.sending import send_due
from scheduling.models import Message, Session
from tests.support.acts.mailing import due_messages
from tests.support.acts.rhythm import as_it_is, book_first
from tests.support.acts.telling import a_course_on_thursdays, a_lone_session, cancel_and_tell, move_and_tell
from tests.support.builders import a_clinic, a_patient
from tests.support.cast import NOW
from tests.support.worlds import a_plan
from treatments.models import Plan

# Some sessions are rows without claims here.
pytestmark = [pytest.mark.django_db, pytest.mark.damages_diaries]


def sent_body(mailoutbox) -> str:
    send_due(now=NOW)
    [mail] = mailoutbox
    return " ".join(mail.body.split())


@pytest.fixture
def plan(world):
    """Two of four sessions are booked."""
    made = a_plan(world=world)
    book_first(world=world, plan=made, count=2)
    Message.objects.all().delete()
    return as_it_is(made)


def due_again(plan: Plan, session: Session, *, number: int = 0, attempt: int = 1) -> Session:
    return Session.objects.create(
        clinic=plan.clinic,
        patient=plan.patient,
        plan=plan,
        session_type=session.session_type,
        kind=session.kind,
        number=number or session.number,
        attempt=attempt,
        created_at=NOW,
        changed_at=NOW,
    )


def test_a_pause_says_that_it_is_one_and_that_new_times_will_be_agreed(world, plan, mailoutbox):
    pause_course(plan=plan, pause=Pause(reason="Abroad", give_back=True), by=world.reception, now=NOW)

    body = sent_body(mailoutbox)

    assert "Your treatment is paused, so this visit" in body
    assert "When your treatment goes on, we agree new times with you." in body
    assert "You need not come" not in body


def test_a_course_that_is_stopped_says_that_nothing_else_is_booked(world, plan, mailoutbox):
    stop_plan(plan=plan, ending=Ending(reason="Moved away"), by=world.owner, now=NOW)

    assert "Your treatment ends with this: no other visit of it is booked." in sent_body(mailoutbox)


def test_a_cancelled_session_of_a_course_names_the_next_one_that_stands(mailoutbox):
    _, [first, _, _] = a_course_on_thursdays()
    cancel_and_tell(first)

    assert "Your next visit is on Thursday 28 January 2027 at 14:30." in sent_body(mailoutbox)


def test_no_new_time_is_promised_for_what_is_off_where_only_others_are_due(mailoutbox):
    plan, [first, _, _] = a_course_on_thursdays()
    due_again(plan, first, number=4)
    cancel_and_tell(first)

    assert "new time with you" not in sent_body(mailoutbox)


def test_a_new_time_is_promised_for_what_is_off_and_due_again(mailoutbox):
    plan, [first, _, _] = a_course_on_thursdays()
    cancel_and_tell(first)
    due_again(plan, first, attempt=2)

    assert "For what is cancelled we will agree a new time with you." in sent_body(mailoutbox)


def test_nothing_comes_after_a_session_that_stood_alone(mailoutbox):
    cancel_and_tell(a_lone_session())

    body = sent_body(mailoutbox)

    assert "You need not come." in body
    assert "next visit" not in body
    assert "new time with you" not in body


def test_two_patients_of_one_address_are_told_apart_by_their_first_names(mailoutbox):
    first, second = (message.patient for message in due_messages(2))
    Patient.objects.filter(pk=first.pk).update(given_name="Jan", email="Home@patients.example")
    Patient.objects.filter(pk=second.pk).update(given_name="Piet", email="home@patients.example")

    send_due(now=NOW)

    assert [mail.subject.partition(" – ")[0] for mail in mailoutbox] == ["Jan", "Piet"]


def test_two_of_one_first_name_are_told_apart_by_their_whole_names(mailoutbox):
    for message, family in zip(due_messages(2), ("Bakker", "de Vries"), strict=True):
        Patient.objects.filter(pk=message.patient_id).update(
            given_name="Jan", family_name=family, email="home@patients.example"
        )

    send_due(now=NOW)

    assert [mail.subject.partition(" – ")[0] for mail in mailoutbox] == ["Jan Bakker", "Jan de Vries"]


def test_a_patient_of_another_clinic_shares_no_address(mailoutbox):
    [message] = due_messages(1)
    a_patient(clinic=a_clinic(), email=message.patient.email)

    send_due(now=NOW)

    assert "–" not in mailoutbox[0].subject


def test_what_stands_beside_ten_mails_is_found_with_as_many_queries_as_beside_one():
    def queries(count: int) -> int:
        made = [a_course_on_thursdays()[1] for _ in range(count)]
        for first, second, _ in made:
            cancel_and_tell(first)
            move_and_tell(second, by=timedelta(days=1))
        rows = list(Message.objects.filter(kind="notice").select_related("patient", "clinic"))[-count:]
        news = news_of(messages=rows, now=NOW)
        with CaptureQueriesContext(
            connection,
        ) as captured:
            in_context(news=news, now=NOW)
        return len(captured)

    assert queries(1) == queries(10) == 2
