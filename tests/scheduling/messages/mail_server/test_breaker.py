"""One bad server silences no clinic: refusals of everybody alike blame no patient, and mail waits."""

from datetime import timedelta

import pytest

from clinic.models import Patient
from scheduling.messages.leases import MOST_OF_A_CLINIC
from scheduling.messages.mail_server.breaker import PROBE_EVERY, Refusal, refused_alike
from scheduling.messages.sending import send_due
from scheduling.models import MailBreaker, Message, MessageState
from tests.support.acts.mailing import due_messages
from tests.support.builders import a_clinic
from tests.support.cast import NOW

# Sessions are rows without claims here.
pytestmark = [pytest.mark.django_db, pytest.mark.damages_diaries]

RELAY = "550 relay not permitted"
SPREAD = ("one.example", "two.example", "three.example")


def due_at_many_domains(count: int) -> list[str]:
    """Mails that are due to as many addresses at three domains; the addresses."""
    addresses = []
    for number, message in enumerate(due_messages(count)):
        address = f"patient-{number}@{SPREAD[number % 3]}"
        Patient.objects.filter(pk=message.patient_id).update(email=address)
        addresses.append(address)
    return addresses


def refuse(mail_server, addresses, reply):
    for address in addresses:
        mail_server.to_recipient[address] = reply


def states():
    return set(Message.objects.values_list("state", flat=True))


def flagged():
    return Patient.objects.exclude(mail_problem="").count()


@pytest.mark.parametrize(
    "reply", [RELAY, "550 5.7.1 relay access denied", "554 5.7.1 <{to}>: blocked, id 4711"]
)
def test_a_relay_that_refuses_all_flags_nobody_and_fails_nothing(reply, mail_server):
    for address in due_at_many_domains(6):
        refuse(mail_server, [address], reply.format(to=address))

    posting = send_due(now=NOW)

    assert (posting.calls, posting.waiting, posting.is_server_out_of_reach) == (0, 6, True)
    assert states() == {MessageState.WAITING}
    assert flagged() == 0
    assert set(Message.objects.values_list("reason", flat=True)) == {"server_refuses"}


def test_while_the_breaker_is_open_one_mail_in_five_minutes_is_tried_and_the_first_taken_lets_all_go(
    mail_server,
):
    addresses = due_at_many_domains(6)
    refuse(mail_server, addresses, RELAY)
    send_due(now=NOW)
    connections = mail_server.connections

    assert send_due(now=NOW + timedelta(minutes=4)).found == 0
    assert mail_server.connections == connections
    assert send_due(now=NOW + PROBE_EVERY).waiting == 1
    assert send_due(now=NOW + PROBE_EVERY).found == 0
    mail_server.to_recipient.clear()
    assert send_due(now=NOW + 2 * PROBE_EVERY).sent == 1
    assert not MailBreaker.objects.exists()
    assert send_due(now=NOW + 2 * PROBE_EVERY).sent == 5
    assert flagged() == 0


def test_a_probe_does_not_ask_for_the_one_wrong_address_again_and_again(mail_server):
    addresses = due_at_many_domains(4)
    refuse(mail_server, addresses, RELAY)
    send_due(now=NOW)
    mail_server.to_recipient.clear()
    refuse(mail_server, addresses[:1], "550 5.1.1 no such user")
    Message.objects.filter(patient__email=addresses[0]).update(due_at=NOW - timedelta(hours=1))

    first, second = (send_due(now=NOW + times * PROBE_EVERY) for times in (1, 2))

    assert (first.sent, second.sent) in {(0, 1), (1, 2)}
    assert not MailBreaker.objects.exists()


def test_one_mail_that_was_taken_says_that_the_server_is_well(mail_server):
    addresses = due_at_many_domains(6)
    refuse(mail_server, addresses[:5], RELAY)

    posting = send_due(now=NOW)

    assert (posting.sent, posting.calls) == (1, 5)
    assert not MailBreaker.objects.exists()
    assert flagged() == 0


def test_three_wrong_addresses_of_one_import_are_three_wrong_addresses(mail_server):
    refuse(mail_server, due_at_many_domains(3), "550 5.1.1 no such user")

    posting = send_due(now=NOW)

    assert posting.calls == flagged() == 3
    assert not MailBreaker.objects.exists()


def test_no_such_mailbox_at_domains_that_took_mail_before_is_the_servers_trouble(mail_server):
    due_at_many_domains(3)
    assert send_due(now=NOW).sent == 3
    refuse(mail_server, due_at_many_domains(3), "550 5.1.1 no such user")

    posting = send_due(now=NOW)

    assert (posting.calls, posting.waiting) == (0, 3)
    assert flagged() == 0
    assert MailBreaker.objects.get().server_said == "550 5.1.1 no such user"


def test_the_log_tells_of_it_once(mail_server, caplog):
    refuse(mail_server, due_at_many_domains(6), RELAY)

    for minute in range(12):
        send_due(now=NOW + timedelta(minutes=minute))

    told = [line for line in caplog.records if "refuses everybody" in str(line.msg)]
    assert len(told) == 1
    assert "@" not in str(told[0].msg)


def test_what_waits_for_the_server_until_it_is_of_no_use_is_closed(mail_server):
    refuse(mail_server, due_at_many_domains(3), RELAY)
    send_due(now=NOW)

    send_due(now=NOW + timedelta(hours=4))

    assert MessageState.WAITING not in states()


def test_the_backlog_of_one_clinic_holds_up_no_other(mail_server):
    due_messages(MOST_OF_A_CLINIC + 30)
    [last] = due_messages(1, clinic=a_clinic(), now=NOW)

    posting = send_due(now=NOW, limit=MOST_OF_A_CLINIC + 1)

    assert posting.sent == MOST_OF_A_CLINIC + 1
    last.refresh_from_db()
    assert last.state == MessageState.SENT


def refusals(*said, is_about_address=False):
    return [
        Refusal(f"p{number}@{SPREAD[number % 3]}", text, is_about_address) for number, text in enumerate(said)
    ]


def test_other_codes_and_words_are_other_refusals():
    def all_real(domains):
        return domains

    assert refused_alike(refusals(*[RELAY] * 3), real=all_real)
    assert not refused_alike(refusals(RELAY, RELAY, "554 spam"), real=all_real)
    assert not refused_alike(refusals(*[RELAY] * 2), real=all_real)
    assert not refused_alike([Refusal(f"p{n}@one.example", RELAY, False) for n in range(9)], real=all_real)
    assert not refused_alike([Refusal("p@one.example", RELAY, False)] * 9, real=all_real)
