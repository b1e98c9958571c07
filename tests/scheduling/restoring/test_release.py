"""After a backup was put back one command brings in what all hosts sent, and mail goes out once."""

import shutil
from datetime import timedelta

import pytest
from django.core.management import CommandError

from scheduling.messages.ledger.files import files_here
from scheduling.messages.ledger.hold import held_since
from scheduling.messages.sending import send_due
from scheduling.models import Heard, Message, MessageState, Session
from tests.support.acts.courses import everything_written
from tests.support.acts.mailing import due_messages, remind_of, send_until
from tests.support.acts.telling import FIRST_AT, a_lone_session, move_and_tell
from tests.support.builders import a_clinic
from tests.support.cast import NOW
from tests.support.database.restoring import on_host, since_the_backup

# Sessions are rows without claims here.
pytestmark = [pytest.mark.django_db, pytest.mark.damages_diaries]

DAY, MINUTE = timedelta(days=1), timedelta(minutes=1)
NOTHING = "nothing to do"


def each_once(mails) -> bool:
    ids = [mail.extra_headers["Message-ID"] for mail in mails]
    return len(ids) == len(set(ids))


def versions():
    return list(Session.objects.order_by("pk").values_list("version", "sequence"))


def test_what_went_out_goes_out_no_more_and_what_did_not_does(mailoutbox, release):
    due_messages(5)
    with since_the_backup():
        send_due(now=NOW, limit=3)
    assert send_due(now=NOW).found == 0

    said = release()

    assert "3 messages marked as sent, 0 added; 5 sessions given new versions" in said
    assert "Mail goes out again." in said
    assert held_since() is None
    assert send_due(now=NOW + MINUTE).sent == 2
    assert (len(mailoutbox), each_once(mailoutbox)) == (5, True)
    assert set(Message.objects.values_list("state", flat=True)) == {MessageState.SENT}


def test_the_operator_need_not_wait_for_a_worker_to_find_it_out(mailoutbox, release):
    due_messages(2)
    with since_the_backup():
        send_due(now=NOW, limit=1)

    release()

    assert send_due(now=NOW + MINUTE).sent == 1
    assert each_once(mailoutbox)


def test_run_twice_it_does_nothing_more(mailoutbox, release):
    due_messages(3)
    with since_the_backup():
        send_due(now=NOW, limit=2)
    release()
    before, raised = everything_written(), versions()

    assert NOTHING in release()

    assert (everything_written(), versions()) == (before, raised)


def test_where_nothing_was_put_back_it_does_nothing(mailoutbox, release):
    due_messages(3)
    send_due(now=NOW, limit=2)
    before = everything_written()

    said = release()

    assert NOTHING in said
    assert everything_written() == before


def test_a_look_says_what_would_be_done_and_changes_nothing(mailoutbox, release):
    due_messages(3)
    with since_the_backup():
        send_due(now=NOW, limit=2)
    before = everything_written()

    said = release(look=True)

    assert "2 messages would be marked as sent, 0 would be added; 3 sessions would be given new" in said
    assert "Nothing was changed" in said
    assert everything_written() == before
    assert send_due(now=NOW).found == 0


def test_the_ledgers_of_all_hosts_are_merged_and_none_is_forgotten(mailoutbox, release, tmp_path):
    due_messages(8)
    there = tmp_path / "worker-2"
    for _ in range(2):
        send_due(now=NOW, limit=1)
        with on_host("worker-2", there):
            send_due(now=NOW, limit=1)
    with since_the_backup():
        send_due(now=NOW, limit=1)
        with on_host("worker-2", there):
            send_due(now=NOW, limit=2)
    send_due(now=NOW)

    with pytest.raises(CommandError, match="Mail was also sent from worker-2, and no ledger of theirs"):
        release()
    assert held_since()
    copy = tmp_path / "copied.jsonl"
    shutil.copyfile(next(there.iterdir()), copy)
    # The same twice is once.
    release(copy, there)

    assert send_due(now=NOW + MINUTE).sent == 1
    with on_host("worker-2", there):
        assert send_due(now=NOW + MINUTE).found == 0
    assert held_since() is None
    assert (len(mailoutbox), each_once(mailoutbox)) == (8, True)


def test_a_host_whose_ledger_was_not_brought_in_holds_mail_again(mailoutbox, release, tmp_path):
    due_messages(4)
    there = tmp_path / "worker-2"
    with since_the_backup():
        send_due(now=NOW, limit=1)
        with on_host("worker-2", there):
            send_due(now=NOW, limit=1)

    release(without_others=True)
    with on_host("worker-2", there):
        assert send_due(now=NOW + MINUTE).found == 0
    assert held_since()

    release(there)
    assert send_due(now=NOW + 2 * MINUTE).sent == 2
    assert (len(mailoutbox), each_once(mailoutbox)) == (4, True)


def test_a_lost_ledger_is_gone_on_without_if_the_operator_says_so(mailoutbox, release, tmp_path):
    due_messages(3)
    with on_host("worker-2", tmp_path / "lost"):
        send_due(now=NOW, limit=1)
    with since_the_backup():
        send_due(now=NOW, limit=1)

    with pytest.raises(CommandError, match="worker-2"):
        release()
    release(without_others=True)

    assert send_due(now=NOW + MINUTE).sent == 1
    assert each_once(mailoutbox)


def test_half_a_last_line_is_told_and_the_rest_brought_in(mailoutbox, release):
    due_messages(3)
    with since_the_backup():
        send_due(now=NOW, limit=2)
    [file] = files_here()
    whole = file.path.read_bytes()
    file.path.write_bytes(whole[:-40] + b"\n")

    said = release()

    assert "1 lines are damaged" in said
    assert "1 messages marked as sent" in said
    send_due(now=NOW + MINUTE)
    # It had gone, and nothing says so: the same mail, under the same Message-ID.
    assert len({mail.extra_headers["Message-ID"] for mail in mailoutbox}) == 3


def test_a_reminder_that_was_planned_after_the_backup_is_known_to_have_gone(mailoutbox, release):
    session = a_lone_session()
    Message.objects.all().delete()
    at = FIRST_AT - timedelta(hours=3)
    with since_the_backup():
        remind_of(session)
        send_until(at)

    said = release()

    assert len(mailoutbox) == 2
    assert "0 messages marked as sent, 2 added" in said
    # An act that looks after its reminders plans none of them anew.
    session.refresh_from_db()
    remind_of(session)
    send_until(at)
    assert len(mailoutbox) == 2


def test_the_reminders_of_renumbered_sessions_go_out_once(mailoutbox, release):
    session = a_lone_session()
    with since_the_backup():
        send_until(FIRST_AT - 2 * DAY)
    assert len(mailoutbox) == 1

    release()
    send_until(FIRST_AT)

    session.refresh_from_db()
    assert (session.version, session.sequence) == (1001, 1000)
    assert len(mailoutbox) == 2
    assert each_once(mailoutbox)
    assert set(Message.objects.values_list("state", flat=True)) == {MessageState.SENT}


def test_what_clinics_that_are_not_here_sent_is_counted_and_concerns_nobody(mailoutbox, release):
    due_messages(2)
    with since_the_backup():
        [theirs] = due_messages(1, clinic=a_clinic())
        send_due(now=NOW)

    said = release()

    assert "1 mails went to patients of clinics that are not in this database" in said
    assert str(theirs.patient.uuid) not in said
    assert send_due(now=NOW + MINUTE).found == 0


def test_a_line_of_one_clinic_touches_nothing_of_another(mailoutbox, release):
    mine = a_lone_session()
    theirs = a_lone_session()
    with since_the_backup():
        move_and_tell(mine, by=DAY)
        send_due(now=NOW)
    [file] = files_here()
    text = file.path.read_text()
    file.path.write_text(text.replace(str(mine.uuid), str(theirs.uuid)))
    before = Heard.objects.get(session=theirs).facts

    release()

    assert Heard.objects.get(session=theirs).facts == before
