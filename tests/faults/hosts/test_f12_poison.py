"""F12: poisoned addresses, names and a template, through a real worker into a real mail server."""

from collections.abc import Mapping
from pathlib import Path

import pytest
from django.db import connection

from clinic.models import Patient
from scheduling.models import Message, MessageState, Reason
from tests.support.acts.mailing import MailServer, due_messages
from tests.support.builders import a_key
from tests.support.cast import NOW
from tests.support.faults.hosts.workers import rounds
from tests.support.faults.rush import sized
from tests.support.rest import RestClient
from tests.support.running.stack import ROOT

# Sessions are rows without claims here.
pytestmark = [
    pytest.mark.deep,
    pytest.mark.slow,
    pytest.mark.damages_diaries,
    pytest.mark.django_db(transaction=True),
]

REMINDERS = sized(full=500, short=40)
THIEF = "thief@elsewhere.example"
# PostgreSQL keeps no more than a column allows.
KEEPS_ANYTHING = connection.vendor == "sqlite"
LONG_ADDRESS = (
    f"{'a' * 50}@{'b' * 60}.{'c' * 60}.{'d' * 60}.{'e' * 58}.example"
    if KEEPS_ANYTHING
    else f"{'a' * 230}@patients.example"
)
PARKED: Mapping[str, tuple[dict[str, str], Reason]] = {
    "an address that is too long": ({"email": LONG_ADDRESS}, Reason.BAD_ADDRESS),
    "an address with a header": ({"email": f"x@patients.example\r\nBcc: {THIEF}"}, Reason.BAD_ADDRESS),
    "an address with a subject": ({"email": "x@patients.example\nSubject: Hello"}, Reason.BAD_ADDRESS),
    "two addresses": ({"email": f"x@patients.example, {THIEF}"}, Reason.BAD_ADDRESS),
    "letters that SMTP does not know": ({"email": "märit@patients.example"}, Reason.BAD_ADDRESS),
    "a template that breaks": ({"given_name": "Broken"}, Reason.NOT_WRITTEN),
}
SENT: Mapping[str, dict[str, str]] = {
    "a domain of other letters": {"email": "marit@bücher.example"},
    "a name with a header": {"given_name": f"Marit\r\nBcc: {THIEF}"},
    "a name with a calendar line": {"family_name": f"de Vries\nATTENDEE:mailto:{THIEF}"},
    "a huge name": {"given_name": "M" * (1_000_000 if KEEPS_ANYTHING else 100)},
    "a name that is a template": {"given_name": "{{ mail }}{% debug %}", "family_name": "{% load x %}"},
    "a name that steers a screen": {"given_name": "Ma\x01rit\x1b[31m"},
}


def poison(messages: list[Message]) -> dict[str, Message]:
    """One in three from the first on, by what is wrong with its patient."""
    found = dict(zip((*PARKED, *SENT), messages[::3], strict=False))
    for what, message in found.items():
        columns = PARKED[what][0] if what in PARKED else SENT[what]
        Patient.objects.filter(pk=message.patient_id).update(**columns)
    return found


def break_a_template(folder: Path) -> None:
    """For one patient it names a part that there is not, which shows only when the mail is written."""
    name = "scheduling/mail/contact.txt"
    sound = (ROOT / "scheduling" / "templates" / name).read_text("utf-8")
    broken = folder / "templates" / name
    broken.parent.mkdir(parents=True)
    broken.write_text(
        sound + '{% if "Broken" in mail.patient %}{% include "there/is/none" %}{% endif %}', "utf-8"
    )


def assert_no_header_was_made(server: MailServer) -> None:
    assert THIEF not in server.times_asked
    for mail in server.arrived:
        assert mail["Bcc"] is mail["Cc"] is None
        assert [len(mail.get_all(name, [])) for name in ("To", "From", "Subject", "Message-ID")] == [1] * 4
        assert len(mail.as_bytes()) < 20_000
        [calendar] = [part for part in mail.walk() if part.get_content_type() == "text/calendar"]
        assert not [line for line in calendar.get_content().splitlines() if line.startswith("ATTENDEE")]


@pytest.mark.experiment("F12", "poisoned addresses and names, and a template that breaks")
def test_poison_is_parked_where_staff_see_it_makes_no_header_and_holds_up_nobody(
    mail_server, tmp_path: Path, rush
):
    messages = due_messages(REMINDERS, now=NOW)
    poisoned = poison(messages)
    break_a_template(tmp_path)
    with rounds(tmp_path, mail_server) as worker:
        worker.at(NOW)

    rush.notes.append(
        f"{len(mail_server.arrived)} of {REMINDERS} sent in one round, {len(PARKED)} parked, "
        f"{len(SENT)} poisoned and sent"
    )
    assert_no_header_was_made(mail_server)
    parked = {what: Message.objects.get(pk=poisoned[what].pk) for what in PARKED}
    for what, message in parked.items():
        assert (message.state, message.reason) == (MessageState.CALL, PARKED[what][1]), what
    sent = Message.objects.filter(state=MessageState.SENT)
    assert set(sent.values_list("pk", flat=True)) == {
        message.pk for message in messages if message.pk not in {one.pk for one in parked.values()}
    }
    assert len({mail["Message-ID"] for mail in mail_server.arrived}) == len(mail_server.arrived)
    assert len(mail_server.arrived) == REMINDERS - len(PARKED)
    rest = RestClient(secret=a_key(clinic=messages[0].clinic)[1], now=NOW)
    called = {line["patient"] for line in rest.get("calls/").json["results"]}
    assert called == {str(message.patient.uuid) for message in parked.values()}
    log = (tmp_path / "log").read_text("utf-8", errors="replace")
    assert "patient-" not in log
    assert THIEF not in log
