"""A database that was put back holds all mail; a killed worker, a wrong clock and another's ledger do not."""

import json
from datetime import timedelta
from uuid import uuid4

import pytest
from django.test import Client

from clinic.health.ticks import MAIL, note_begun, note_ended
from scheduling.messages.ledger.files import files_here, read
from scheduling.messages.ledger.hold import held_since, is_held
from scheduling.messages.ledger.rounds import begin_round
from scheduling.messages.sending import Posting, send_due
from scheduling.models import MailLedger, Mailroom, Message, MessageState
from tests.support.acts.mailing import die_before_marking, due_messages
from tests.support.builders import a_clinic
from tests.support.cast import NOW
from tests.support.clock import clocks_show
from tests.support.database.restoring import on_host, since_the_backup
from tests.support.database.rivals import at_once
from tests.support.desk import reception

# Sessions are rows without claims here.
pytestmark = [pytest.mark.django_db, pytest.mark.damages_diaries]

YEAR, MINUTE = timedelta(days=365), timedelta(minutes=1)
LINE = "mail is held"


def send_and_put_back(*, count: int = 3, limit: int = 2) -> None:
    """So many were due; a backup was made, some were sent, and the backup was put back."""
    due_messages(count)
    with since_the_backup():
        send_due(now=NOW, limit=limit)


def test_what_was_sent_after_the_backup_holds_all_mail(mailoutbox):
    send_and_put_back()

    posting = send_due(now=NOW + MINUTE)

    assert (posting, len(mailoutbox)) == (Posting(found=0), 2)
    assert held_since() == NOW + MINUTE


def test_it_is_found_out_though_the_backup_had_been_sent_from_before(mailoutbox):
    due_messages(4)
    send_due(now=NOW, limit=1)
    send_due(now=NOW, limit=1)
    with since_the_backup():
        send_due(now=NOW, limit=1)

    assert is_held(now=NOW)
    assert send_due(now=NOW).found == 0


def test_the_log_says_it_once(mailoutbox, caplog):
    send_and_put_back()

    for minute in range(5):
        send_due(now=NOW + minute * MINUTE)

    assert len([line for line in caplog.records if LINE in str(line.msg)]) == 1


@pytest.mark.parametrize("ahead", [YEAR, -YEAR])
def test_no_clock_decides_it(mailoutbox, ahead):
    """Not that of a server on which the backup was put back, nor one that jumps while all is well."""
    due_messages(3)
    send_due(now=NOW, limit=1)
    assert not is_held(now=NOW + ahead)

    with since_the_backup():
        send_due(now=NOW, limit=1)

    assert is_held(now=NOW + ahead)


def test_while_mail_is_held_no_host_sends_whatever_it_knows(mailoutbox, tmp_path):
    send_and_put_back()
    send_due(now=NOW)

    with on_host("worker-2", tmp_path):
        assert send_due(now=NOW) == Posting(found=0)

    assert len(mailoutbox) == 2


def test_a_host_that_sent_nothing_since_notices_it_too(mailoutbox, tmp_path):
    due_messages(3)
    with since_the_backup():
        send_due(now=NOW, limit=2)
        with on_host("worker-2", tmp_path):
            send_due(now=NOW - timedelta(hours=1))

    with on_host("worker-2", tmp_path):
        assert send_due(now=NOW) == Posting(found=0)

    assert len(mailoutbox) == 2


def test_a_host_that_comes_back_late_holds_what_others_have_gone_on_with(mailoutbox, tmp_path):
    due_messages(9)
    with since_the_backup():
        send_due(now=NOW, limit=1)
    with on_host("new", tmp_path):
        for _ in range(4):
            send_due(now=NOW, limit=1)

    assert send_due(now=NOW) == Posting(found=0)
    assert held_since()


def test_a_killed_worker_holds_nothing(mail_server, monkeypatch):
    due_messages(3)
    die_before_marking(monkeypatch, now=NOW)
    [later] = due_messages(1, clinic=a_clinic())

    posting = send_due(now=NOW)

    later.refresh_from_db()
    assert (posting.sent, later.state, held_since()) == (1, MessageState.SENT, None)


def test_a_backup_made_between_a_ledger_and_its_mark_holds_nothing_and_doubles_nothing(
    mail_server, monkeypatch
):
    due_messages(1)
    die_before_marking(monkeypatch, now=NOW)
    with since_the_backup():
        send_due(now=NOW + MINUTE)

    send_due(now=NOW + timedelta(minutes=3))

    assert (len(mail_server.arrived), held_since()) == (1, None)
    assert Message.objects.get().state == MessageState.SENT


@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
def test_many_senders_of_one_host_never_take_each_other_for_a_backup(mail_server):
    due_messages(40)

    def send_until_nothing_is_due():
        while send_due(now=NOW, limit=3).found:
            pass

    at_once([send_until_nothing_is_due] * 4)

    assert held_since() is None
    assert len({mail["Message-ID"] for mail in mail_server.arrived}) == len(mail_server.arrived) == 40


def test_a_round_that_another_sender_begins_between_two_looks_holds_nothing(mailoutbox, monkeypatch):
    """This one has asked the database and is about to read the file."""
    due_messages(2)
    send_due(now=NOW, limit=1)

    def read_late(file, *, start=0):
        begin_round(now=NOW)
        return read(file, start=start)

    monkeypatch.setattr("scheduling.messages.ledger.hold.read", read_late)

    assert not is_held(now=NOW)


def test_a_ledger_of_another_database_is_none_of_ours(mailoutbox):
    due_messages(2)
    send_due(now=NOW, limit=1)
    [own] = files_here()
    head = {"ledger": str(uuid4()), "host": own.head.host, "database": str(uuid4())}
    other = own.path.with_name("other.jsonl")
    other.write_text(json.dumps(head) + '\n{"began":4711}\n')

    assert send_due(now=NOW).sent == 1


def test_what_a_line_says_of_a_patient_of_another_clinic_is_not_believed(mailoutbox):
    [mine] = due_messages(1)
    [theirs] = due_messages(1, clinic=a_clinic())
    send_due(now=NOW, limit=1)
    [own] = files_here()
    text = own.path.read_text()
    own.path.write_text(text.replace(str(mine.uuid), str(theirs.uuid)))
    MailLedger.objects.update(settled_to=0)

    assert not is_held(now=NOW)

    theirs.refresh_from_db()
    assert theirs.state == MessageState.WAITING


def test_a_host_that_was_away_for_years_holds_nothing(mailoutbox, tmp_path):
    due_messages(1, now=NOW - 3 * YEAR)
    with on_host("worker-2", tmp_path):
        send_due(now=NOW - 3 * YEAR)
    for years in (2, 1, 0):
        due_messages(1, now=NOW - years * YEAR)
        send_due(now=NOW - years * YEAR)
    Message.objects.all().delete()

    with on_host("worker-2", tmp_path):
        assert not is_held(now=NOW)

    assert held_since() is None


def test_a_ledger_that_is_an_older_copy_of_itself_harms_nothing(mailoutbox):
    due_messages(3)
    send_due(now=NOW, limit=1)
    [own] = files_here()
    before = own.path.read_bytes()
    send_due(now=NOW, limit=1)
    send_due(now=NOW - timedelta(hours=1))
    own.path.write_bytes(before)

    assert send_due(now=NOW).sent == 1


def test_nothing_is_given_up_while_mail_is_held(mailoutbox):
    send_and_put_back()

    send_due(now=NOW + timedelta(days=2))

    assert set(Message.objects.values_list("state", flat=True)) == {MessageState.WAITING}


def test_of_mailrooms_there_is_one():
    Mailroom.objects.create(pk=1)

    with pytest.raises(Exception, match="mailroom_is_one"):
        Mailroom.objects.create(pk=2)


@pytest.mark.parametrize("page", ["/", "/calls/"])
def test_the_desk_is_told_since_when(world, mailoutbox, page):
    note_begun(name=MAIL, now=NOW)
    note_ended(name=MAIL, now=NOW)
    assert "held since" not in reception(world).get(page).text
    send_and_put_back()
    send_due(now=NOW)

    text = reception(world).get(page).text

    assert f"All mail has been held since {NOW.astimezone(world.site.tz):%H:%M}" in text


def test_whoever_asks_whether_the_service_is_ready_is_told(mailoutbox):
    send_and_put_back()
    send_due(now=NOW)

    with clocks_show(NOW):
        answer = Client().get("/readyz")

    assert (answer.status_code, answer.json()["messages"]) == (200, "held")
