"""What the mail server says, and what becomes of the message: one trouble never holds up the others."""

from datetime import timedelta

import pytest

from clinic.models import Patient
from scheduling.messages.sending import send_due
from scheduling.models import Message, MessageState
from tests.support.acts.mailing import DROP, due_messages
from tests.support.cast import NOW

# Sessions are rows without claims here.
pytestmark = [pytest.mark.django_db, pytest.mark.damages_diaries]

FIRST, SECOND, THIRD = (f"patient-{number}@patients.example" for number in range(3))


def row_of(address):
    return Message.objects.select_related("patient").get(patient__email=address)


def test_a_batch_goes_over_one_connection(mail_server):
    due_messages(20)

    posting = send_due(now=NOW)

    assert posting.sent == len(mail_server.arrived) == 20
    assert mail_server.connections == 1


@pytest.mark.parametrize("reply", ["451 4.3.0 try again later", "450 greylisted", "421 4.7.0 too many"])
def test_a_server_that_asks_to_wait_is_asked_again_later(reply, mail_server):
    due_messages(3)
    mail_server.to_recipient[SECOND] = reply

    posting = send_due(now=NOW)

    assert (posting.sent, posting.waiting) == (2, 1)
    row = row_of(SECOND)
    assert (row.state, row.attempts) == (MessageState.WAITING, 1)
    assert (row.reason, row.server_said) == ("try_later", reply)
    assert row.patient.mail_problem == ""
    del mail_server.to_recipient[SECOND]
    assert send_due(now=NOW + timedelta(seconds=59)).found == 0
    assert send_due(now=NOW + timedelta(seconds=60)).sent == 1
    assert row_of(SECOND).reason == ""


def test_each_wait_is_twice_the_one_before_and_half_an_hour_at_most(mail_server):
    due_messages(1)
    mail_server.to_recipient[FIRST] = "451 busy"
    now, waits = NOW, []

    while send_due(now=now).waiting:
        again_at = row_of(FIRST).lease_until
        waits.append(int((again_at - now).total_seconds() // 60))
        now = again_at

    assert waits == [1, 2, 4, 8, 16, 30, 30, 30, 30, 30]
    assert row_of(FIRST).state == MessageState.TOO_LATE
    assert (row_of(FIRST).reason, row_of(FIRST).server_said) == ("too_late", "451 busy")


@pytest.mark.parametrize("reply", ["550 5.1.1 no such user here", "550 mailbox gone"])
def test_an_address_that_mail_comes_back_from_is_told_to_staff(reply, mail_server):
    due_messages(3)
    mail_server.to_recipient[SECOND] = reply

    posting = send_due(now=NOW)

    assert (posting.sent, posting.calls) == (2, 1)
    row = row_of(SECOND)
    assert row.state == MessageState.CALL
    assert (row.reason, row.patient.mail_problem) == ("bad_address", "comes_back")
    assert row.server_said == row.patient.mail_server_said == reply
    assert send_due(now=NOW + timedelta(hours=1)).found == 0


def test_a_full_mailbox_is_tried_again_and_its_address_is_right(mail_server):
    due_messages(1)
    mail_server.to_recipient[FIRST] = "552 5.2.2 over quota"

    assert send_due(now=NOW).waiting == 1

    row = row_of(FIRST)
    assert row.server_said == "552 5.2.2 over quota"
    assert row.patient.mail_problem == ""
    del mail_server.to_recipient[FIRST]
    assert send_due(now=NOW + timedelta(minutes=1)).sent == 1


def test_a_refusal_for_policy_fails_the_mail_and_blames_no_address(mail_server):
    due_messages(1)
    mail_server.to_recipient[FIRST] = "554 5.7.1 relay access denied"

    send_due(now=NOW)

    row = row_of(FIRST)
    assert row.state == MessageState.CALL
    assert (row.reason, row.server_said) == ("refused", "554 5.7.1 relay access denied")
    assert row.patient.mail_problem == ""


def test_content_that_is_refused_fails_that_mail_alone(mail_server):
    due_messages(3)
    mail_server.after_content[SECOND] = "554 looks like spam"

    posting = send_due(now=NOW)

    assert (posting.sent, posting.calls) == (2, 1)
    assert row_of(SECOND).patient.mail_problem == ""


def test_an_address_corrected_meanwhile_keeps_no_blame_for_the_old_one(mail_server):
    [message] = due_messages(1)
    mail_server.to_recipient[FIRST] = "550 no such user"
    mail_server.on_arrival = None
    send_due(now=NOW)
    Patient.objects.update(email="right@patients.example", mail_problem="")
    Message.objects.filter(pk=message.pk).update(state=MessageState.WAITING, lease_until=None)

    send_due(now=NOW)

    assert len(mail_server.arrived_for("right@patients.example")) == 1
    assert Patient.objects.get().mail_problem == ""


def test_a_connection_that_breaks_before_the_mail_costs_that_mail_a_minute_and_the_others_nothing(
    mail_server,
):
    due_messages(3)
    mail_server.to_recipient[SECOND] = DROP

    posting = send_due(now=NOW)

    assert (posting.sent, posting.waiting) == (2, 1)
    assert row_of(SECOND).server_said == "It broke the connection."
    del mail_server.to_recipient[SECOND]
    assert send_due(now=NOW + timedelta(minutes=1)).sent == 1
    assert len(mail_server.arrived_for(SECOND)) == 1


def test_a_connection_that_breaks_after_the_mail_makes_one_more_copy_with_the_same_message_id(mail_server):
    due_messages(3)
    mail_server.after_content[SECOND] = DROP
    send_due(now=NOW)
    del mail_server.after_content[SECOND]

    for minutes in range(1, 60):
        send_due(now=NOW + timedelta(minutes=minutes))

    first, again = mail_server.arrived_for(SECOND)
    assert first["Message-ID"] == again["Message-ID"]
    assert len(mail_server.arrived_for(FIRST)) == len(mail_server.arrived_for(THIRD)) == 1
    assert row_of(SECOND).state == MessageState.SENT


def test_a_server_that_always_breaks_off_after_the_mail_gets_no_third_copy(mail_server):
    due_messages(1)
    mail_server.after_content[FIRST] = DROP

    for minutes in range(60):
        send_due(now=NOW + timedelta(minutes=minutes))

    assert len(mail_server.arrived_for(FIRST)) == 2
    row = row_of(FIRST)
    assert row.state == MessageState.CALL
    assert row.reason == "may_have_arrived"


def test_a_server_that_cannot_be_reached_delays_everything_and_loses_nothing(mail_server):
    due_messages(3)
    mail_server.stop()

    posting = send_due(now=NOW)

    assert (posting.found, posting.waiting, posting.is_server_out_of_reach) == (3, 3, True)
    for row in Message.objects.all():
        assert (row.state, row.attempts, row.lease_until) == (MessageState.WAITING, 0, None)
        assert row.reason == "out_of_reach"


def test_what_is_not_to_be_sent_is_settled_though_the_server_is_out_of_reach(mail_server):
    first, *_ = due_messages(3)
    Patient.objects.filter(pk=first.patient_id).update(email="")
    mail_server.stop()

    send_due(now=NOW)

    assert row_of("").state == MessageState.VOID


def test_a_server_that_greets_with_421_is_out_of_reach(mail_server):
    due_messages(2)
    mail_server.greeting_refused = "421 4.3.2 shutting down"

    posting = send_due(now=NOW)
    mail_server.greeting_refused = ""
    later = send_due(now=NOW + timedelta(minutes=1))

    assert (posting.sent, later.sent) == (0, 2)


def test_a_server_that_breaks_off_again_and_again_is_left_alone_until_the_next_tick(mail_server):
    due_messages(10)
    mail_server.to_recipient |= {f"patient-{number}@patients.example": DROP for number in range(10)}

    posting = send_due(now=NOW)

    assert posting.waiting == 10
    assert sum(mail_server.times_asked.values()) == 3
    assert Message.objects.filter(lease_until=None, attempts=0).count() == 7
