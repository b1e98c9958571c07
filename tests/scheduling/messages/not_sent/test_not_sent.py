"""What no mail brings: a call where the patient would believe what is not so, or miss what runs out."""

from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction

from clinic.models import Clinic, Patient
from scheduling.messages.notices import tell_offer
from scheduling.messages.payload import News
from scheduling.messages.send_checks import unsent
from scheduling.messages.sending import send_due
from scheduling.models import Message, MessageState, Reason
from tests.support.acts.mailing import due_messages
from tests.support.acts.telling import (
    a_lone_session,
    an_offer,
    cancel_and_tell,
    move_and_tell,
)
from tests.support.cast import NOW

# Sessions are rows without claims here.
pytestmark = [pytest.mark.django_db, pytest.mark.damages_diaries]

DAY = timedelta(days=1)
CONSENT, NO_ADDRESS, BAD = {"message_consent": "no"}, {"email": ""}, {"mail_problem": "comes_back"}
IMPOSSIBLE = {"email": "nobody at all"}
FAR = [(CONSENT, "consent"), (NO_ADDRESS, "no_address"), (BAD, "bad_address"), (IMPOSSIBLE, "bad_address")]


def verdict_on(kind: str) -> tuple[str, str]:
    send_due(now=NOW)
    row = Message.objects.get(kind=kind)
    return row.state, row.reason


@pytest.mark.parametrize(("person", "reason"), FAR)
@pytest.mark.parametrize("change", ["moved", "cancelled", "another doctor"])
def test_a_change_that_no_mail_brings_is_a_call_that_says_why(person, reason, change):
    session = a_lone_session()
    Patient.objects.update(**person)
    if change == "cancelled":
        cancel_and_tell(session)
    else:
        move_and_tell(session, by=DAY)

    assert verdict_on("notice") == (MessageState.CALL, reason)


@pytest.mark.parametrize(("person", "reason"), FAR)
def test_an_offer_that_no_mail_brings_is_a_call(person, reason):
    session = a_lone_session()
    tell_offer(offer=an_offer(session=session, starts_at=NOW + DAY), now=NOW)
    Patient.objects.update(**person)

    assert verdict_on("offer") == (MessageState.CALL, reason)


@pytest.mark.parametrize(
    ("person", "state"),
    [
        (CONSENT, MessageState.VOID),
        (NO_ADDRESS, MessageState.VOID),
        (BAD, MessageState.CALL),
        (IMPOSSIBLE, MessageState.CALL),
    ],
)
def test_a_reminder_that_fails_is_a_call_and_one_that_nobody_asked_for_is_none(person, state):
    due_messages(1)
    Patient.objects.update(**person)

    assert verdict_on("reminder")[0] == state


def test_a_clinic_that_phones_reminders_calls_who_has_no_address():
    due_messages(1)
    Patient.objects.update(email="")
    Clinic.objects.update(phones_reminders=True)

    assert verdict_on("reminder") == (MessageState.CALL, Reason.NO_ADDRESS)


def test_who_switched_reminders_off_is_not_phoned_either_though_the_clinic_phones_them():
    due_messages(1)
    Patient.objects.update(email="", message_consent="no")
    Clinic.objects.update(phones_reminders=True)

    assert verdict_on("reminder") == (MessageState.VOID, Reason.CONSENT)


def test_a_refused_mail_keeps_the_servers_words_apart_for_the_operator(mail_server):
    [message] = due_messages(1)
    mail_server.to_recipient[message.patient.email] = "554 5.7.1 relay access denied"

    assert verdict_on("reminder") == (MessageState.CALL, Reason.REFUSED)
    assert Message.objects.get().server_said == "554 5.7.1 relay access denied"


@pytest.mark.parametrize("kind", ["booked", "preparation", "aftercare", "recall"])
def test_what_is_merely_kind_is_never_a_call(kind):
    [message] = due_messages(1)
    Message.objects.update(kind=kind)
    Patient.objects.update(mail_problem="comes_back")

    message.refresh_from_db()
    assert unsent(News(message), Reason.BAD_ADDRESS).state == MessageState.VOID


def test_who_was_erased_is_not_called():
    session = a_lone_session()
    move_and_tell(session, by=DAY)
    Patient.objects.update(erased_at=NOW, message_consent="no")

    assert verdict_on("notice") == (MessageState.VOID, Reason.CONSENT)


def test_the_database_takes_no_call_without_a_reason():
    due_messages(1)

    with pytest.raises(IntegrityError), transaction.atomic():
        Message.objects.update(state=MessageState.CALL)


def test_a_mail_about_a_change_that_was_late_is_a_call_and_a_late_reminder_none():
    due_messages(1)
    move_and_tell(a_lone_session(), by=DAY)
    Message.objects.update(useful_until=NOW)

    posting = send_due(now=NOW)

    assert (posting.calls, posting.too_late) == (1, 1)
    assert Message.objects.get(kind="notice").state == MessageState.CALL
