"""F11: a mail server is slow, drops connections and refuses some of its mail. All others have theirs once."""

from datetime import timedelta
from pathlib import Path

import pytest

from clinic.models import MailProblem, Patient
from scheduling.models import Message, MessageState, Reason
from tests.support.acts.mailing import DROP, MailServer, due_messages
from tests.support.builders import a_key
from tests.support.cast import NOW
from tests.support.faults.hosts.workers import Rounds, arrived, rounds
from tests.support.faults.rush import IS_FULL, sized
from tests.support.rest import RestClient

# Sessions are rows without claims here.
pytestmark = [
    pytest.mark.deep,
    pytest.mark.slow,
    pytest.mark.damages_diaries,
    pytest.mark.django_db(transaction=True),
]

REMINDERS = sized(full=300, short=40)
# The server mends what these are told, and takes their mail the next time.
PASSING = {
    "421 at RCPT": (3, "421 4.3.2 Closing down"),
    "451 at RCPT": (5, "451 4.7.1 Greylisted"),
    "452 full mailbox": (8, "452 4.2.2 Mailbox full"),
    "cut at RCPT": (12, DROP),
}
PASSING_AFTER_CONTENT = {"451 after DATA": (15, "451 4.3.0 Try again"), "cut after DATA, once": (18, DROP)}
LASTING = {
    "550 no such user": (21, "550 5.1.1 No such user here", Reason.BAD_ADDRESS),
    "554 policy": (25, "554 5.7.1 Not from you to them", Reason.REFUSED),
}
LASTING_AFTER_CONTENT = {
    "552 content": (28, "552 5.2.3 Message too large", Reason.REFUSED),
    "cut after DATA, always": (31, DROP, Reason.MAY_HAVE_ARRIVED),
}
# Slow, and in full slower than anybody waits.
SLOW = {34: sized(full=10, short=2)} | ({36: 25} if IS_FULL else {})


def address(number: int) -> str:
    return f"patient-{number}@patients.example"


def spoil(server: MailServer) -> None:
    for number, reply in (*PASSING.values(), *(one[:2] for one in LASTING.values())):
        server.to_recipient[address(number)] = reply
    for number, reply in (
        *PASSING_AFTER_CONTENT.values(),
        *(one[:2] for one in LASTING_AFTER_CONTENT.values()),
    ):
        server.after_content[address(number)] = reply
    server.slow = {address(number): seconds for number, seconds in SLOW.items()}


def mend(server: MailServer) -> None:
    for number, _ in PASSING.values():
        del server.to_recipient[address(number)]
    for number, _ in PASSING_AFTER_CONTENT.values():
        del server.after_content[address(number)]
    server.slow = {}


def of_patient(number: int) -> Message:
    return Message.objects.select_related("patient").get(patient__email=address(number))


def send_to_the_others(worker: Rounds, server: MailServer, others: set[str]) -> int:
    """Round after round within a minute, until all of them have their mail; how many rounds that took."""
    for number in range(1, 11):
        worker.at(NOW + timedelta(seconds=number))
        if others <= {mail["To"] for mail in server.arrived}:
            return number
    raise AssertionError(others - {mail["To"] for mail in server.arrived})


@pytest.mark.experiment("F11", "a mail server that is slow, drops and refuses")
def test_whom_the_mail_server_fails_is_tried_again_or_told_to_staff_and_nobody_else_notices(
    mail_server, tmp_path: Path, rush
):
    messages = due_messages(REMINDERS, now=NOW)
    spoil(mail_server)
    passing = [number for number, _ in (*PASSING.values(), *PASSING_AFTER_CONTENT.values())]
    lasting = {number: reason for number, _, reason in (*LASTING.values(), *LASTING_AFTER_CONTENT.values())}
    waiting = {*passing, *lasting, *(number for number, seconds in SLOW.items() if seconds > 20)}
    others = {address(number) for number in range(REMINDERS) if number not in waiting}
    with rounds(tmp_path, mail_server) as worker:
        took = send_to_the_others(worker, mail_server, others)
        mend(mail_server)
        for minutes in (2, 5, 10):
            worker.at(NOW + timedelta(minutes=minutes))

    seen = arrived(mail_server)
    copies = {number: len(mail_server.arrived_for(address(number))) for number in range(REMINDERS)}
    twice = {number for number, count in copies.items() if count > 1}
    rush.notes.append(
        f"{len(others)} unaffected in {took} round(s), {len(passing)} put off and sent, "
        f"{len(lasting)} told to staff, {len(seen) - len(set(seen))} extra copies under the same Message-ID"
    )
    # Only of a mail that was cut off while it was handed over comes a second copy, of the same name.
    [once], [always] = [PASSING_AFTER_CONTENT["cut after DATA, once"][0]], [31]
    assert twice == {once, always}
    assert len(seen) - len(set(seen)) == 2
    assert max(copies.values()) == 2
    refused = set(lasting) - {always}
    assert {number for number, count in copies.items() if not count} == refused
    for number, reason in lasting.items():
        message = of_patient(number)
        assert (message.state, message.reason) == (MessageState.CALL, reason), number
    assert Message.objects.filter(state=MessageState.SENT).count() == REMINDERS - len(lasting)
    # The address is blamed only where there is no such mailbox, and staff see all four.
    [flagged] = Patient.objects.filter(mail_problem=MailProblem.COMES_BACK)
    assert flagged.email == address(LASTING["550 no such user"][0])
    rest = RestClient(secret=a_key(clinic=messages[0].clinic)[1], now=NOW + timedelta(minutes=11))
    called = {line["patient"] for line in rest.get("calls/").json["results"]}
    assert called == {str(of_patient(number).patient.uuid) for number in lasting}
