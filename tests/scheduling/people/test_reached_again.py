"""What a patient is told follows what is changed: a right address, a phone, a yes and a no."""

from datetime import timedelta
from typing import cast

import pytest

from clinic.models import Patient
from clinic.people.facts import PatientFacts
from scheduling.calling.patients_to_call import patients_to_call
from scheduling.messages.sending import send_due
from scheduling.models import Message, MessageState
from scheduling.people.change import change_patient
from tests.support.acts.courses import a_booked_course
from tests.support.acts.mailing import due_messages
from tests.support.acts.moves import move
from tests.support.builders import an_actor
from tests.support.cast import NOW

pytestmark = [pytest.mark.django_db, pytest.mark.damages_diaries]

RIGHT = "marit.right@patients.example"


def changed(**said):
    patient = Patient.objects.get()
    by = an_actor(clinic=patient.clinic)
    return change_patient(
        patient=patient, said=cast(PatientFacts, said), version=patient.version, by=by, now=NOW
    )


def test_a_corrected_phone_number_keeps_the_reminder_that_waits(mailoutbox):
    [message] = due_messages(1)

    changed(phone="+31612345678")
    send_due(now=NOW)

    assert [mail.to for mail in mailoutbox] == [[message.patient.email]]


def test_the_reminder_that_waits_goes_to_the_corrected_address(mailoutbox):
    due_messages(1)

    changed(email=RIGHT)
    send_due(now=NOW)

    assert [mail.to for mail in mailoutbox] == [[RIGHT]]


def test_a_corrected_address_is_not_marked_any_more_and_gets_what_the_old_one_kept(mailoutbox):
    due_messages(1)
    Patient.objects.update(mail_problem="comes_back", mail_server_said="550 5.1.1 no such user")
    send_due(now=NOW)

    done = changed(email=RIGHT)
    send_due(now=NOW)

    assert len(done.revived) == 1
    assert [mail.to for mail in mailoutbox] == [[RIGHT]]
    assert (done.patient.mail_problem, done.patient.mail_server_said) == ("", "")


def test_an_address_that_is_taken_out_revives_nothing():
    due_messages(1)
    Patient.objects.update(mail_problem="comes_back")
    send_due(now=NOW)

    assert changed(email="").revived == ()
    assert Message.objects.get().state == MessageState.CALL


def test_other_facts_leave_the_mark_and_what_was_not_sent_as_they_are():
    due_messages(1)
    Patient.objects.update(mail_problem="comes_back")
    send_due(now=NOW)

    done = changed(phone="+31612345678", given_name="Mara")

    assert (done.revived, done.patient.mail_problem) == ((), "comes_back")


def test_of_who_says_no_nothing_that_waits_is_sent(mailoutbox):
    due_messages(1)

    changed(message_consent="no")
    send_due(now=NOW)

    assert mailoutbox == []


def test_who_says_yes_again_gets_what_still_helps(mailoutbox):
    due_messages(1)
    changed(message_consent="no")
    send_due(now=NOW)

    done = changed(message_consent="yes")
    send_due(now=NOW)

    assert len(done.revived) == 1
    assert len(mailoutbox) == 1


def test_a_yes_without_an_address_says_that_nothing_goes_out(mailoutbox):
    due_messages(1)
    changed(message_consent="no")
    send_due(now=NOW)

    done = changed(message_consent="yes", email="")
    send_due(now=NOW)

    assert (done.revived, mailoutbox) == ((), [])


def test_what_was_moved_while_they_wanted_no_mail_is_no_call_once_it_is_mailed(world, mailoutbox):
    course = a_booked_course(world=world, now=NOW - timedelta(days=7))
    Patient.objects.update(message_consent="no")
    move(world, course[3], days=1)
    send_due(now=NOW)
    assert len(patients_to_call(by=world.reception, now=NOW)) == 1

    changed(message_consent="yes")
    send_due(now=NOW)

    assert len(mailoutbox) == 1
    assert patients_to_call(by=world.reception, now=NOW) == []
