"""What is sent is noted on the host before the database is told; who is killed there repeats nothing."""

import errno
import os
import signal
from datetime import UTC, datetime, timedelta
from functools import partial

import pytest

from scheduling.messages.heard import hear_now
from scheduling.messages.leases import LEASE
from scheduling.messages.ledger.files import append, files_here, read
from scheduling.messages.ledger.hold import is_held
from scheduling.messages.ledger.lines import Seen
from scheduling.messages.ledger.rounds import Round
from scheduling.messages.sending import send_due
from scheduling.models import Facts, Heard, Mailroom, Message, MessageState
from tests.support.acts.mailing import die_before_marking, due_messages, reminded
from tests.support.acts.telling import a_lone_session, move_and_tell
from tests.support.builders import a_clinic, a_patient
from tests.support.cast import NOW
from tests.support.database.restoring import an_own_file, ledger_folder, ledger_lines, mails_noted
from tests.support.database.rivals import at_once
from tests.support.faults.dying import afresh, killed

# Sessions are rows without claims here.
pytestmark = [pytest.mark.django_db, pytest.mark.damages_diaries]

DAY, MINUTE = timedelta(days=1), timedelta(minutes=1)
# A Thursday in Amsterdam, half past two; the long reminder of it.
STARTS_AT, LONG_DUE = datetime(2027, 1, 14, 13, 30, tzinfo=UTC), datetime(2027, 1, 12, 9, tzinfo=UTC)


def states():
    return sorted(Message.objects.values_list("state", flat=True))


def only_file():
    [file] = files_here()
    return file


def test_a_mail_is_a_line_of_ids_and_instants_for_the_service_alone(mailoutbox):
    patient = a_patient(clinic=a_clinic(), given_name="Kanarina", email="kanarina@canary.example")
    session = reminded(patient=patient, starts_at=STARTS_AT)

    send_due(now=LONG_DUE)

    [line], [mail] = mails_noted(), mailoutbox
    assert session.site
    row = Message.objects.get(state=MessageState.SENT)
    assert line == {
        "at": LONG_DUE.isoformat(),
        "mail": mail.extra_headers["Message-ID"],
        "kind": "reminder",
        "clinic": str(patient.clinic.uuid),
        "patient": str(patient.uuid),
        "messages": [{"id": str(row.uuid), "key": row.key, "raised": 1}],
        "told": [
            {
                "session": str(session.uuid),
                "starts_at": STARTS_AT.isoformat(),
                "ends_at": (STARTS_AT + timedelta(minutes=25)).isoformat(),
                "site": str(session.site.uuid),
                "is_off": False,
            }
        ],
    }
    path = only_file().path
    assert "anarina" not in path.read_text()
    assert (path.stat().st_mode & 0o777, path.parent.stat().st_mode & 0o777) == (0o600, 0o700)


def test_a_mail_for_several_visits_is_one_line_that_names_them_all(mailoutbox):
    patient = a_patient(clinic=a_clinic())
    both = [reminded(patient=patient, starts_at=STARTS_AT + timedelta(hours=4 * n)) for n in range(2)]

    send_due(now=LONG_DUE)

    [line] = mails_noted()
    assert {told["session"] for told in line["told"]} == {str(session.uuid) for session in both}
    sent = Message.objects.filter(state=MessageState.SENT).values_list("uuid", flat=True)
    assert {one["id"] for one in line["messages"]} == {str(uuid) for uuid in sent}


def test_what_was_not_taken_is_not_noted(mail_server):
    [message] = due_messages(1)
    mail_server.to_recipient[message.patient.email] = "450 later"

    send_due(now=NOW)

    assert mails_noted() == []


def test_a_sender_that_died_after_noting_is_marked_by_the_next_one_under_its_very_lease(
    mail_server, monkeypatch
):
    due_messages(3)

    die_before_marking(monkeypatch, now=NOW)
    posting = send_due(now=NOW + MINUTE)

    assert posting.sent == 0
    assert states() == [MessageState.SENT, MessageState.WAITING, MessageState.WAITING]
    assert Message.objects.get(state=MessageState.SENT).sent_at == NOW
    assert send_due(now=NOW + LEASE).sent == 2
    assert len({mail["Message-ID"] for mail in mail_server.arrived}) == len(mail_server.arrived) == 3
    assert not Mailroom.objects.filter(held_at__isnull=False)


@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
def test_a_sender_that_is_killed_between_its_ledger_and_the_mark_sends_nothing_twice(mail_server):
    due_messages(3)

    killed(lambda: send_due(now=NOW), at='UPDATE "scheduling_message" .*"sent_at"')
    afresh(lambda: send_due(now=NOW + MINUTE))
    afresh(lambda: send_due(now=NOW + LEASE))

    assert len({mail["Message-ID"] for mail in mail_server.arrived}) == len(mail_server.arrived) == 3
    assert states() == [MessageState.SENT] * 3


@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
def test_a_sender_that_is_killed_before_its_ledger_says_it_repeats_that_one_mail_alone(
    mail_server, monkeypatch
):
    due_messages(3)

    with monkeypatch.context() as dying:
        dying.setattr(Round, "note", lambda *_, **__: os.kill(os.getpid(), signal.SIGKILL))
        killed(lambda: send_due(now=NOW))
    afresh(lambda: send_due(now=NOW + MINUTE))
    assert len(mail_server.arrived) == 1
    afresh(lambda: send_due(now=NOW + LEASE))

    ids = [mail["Message-ID"] for mail in mail_server.arrived]
    assert (len(ids), len(set(ids)), ids[0] in ids[1:]) == (4, 3, True)
    assert states() == [MessageState.SENT] * 3


def test_a_notice_that_was_noted_and_not_marked_is_heard_and_kept_as_it_was_told(mail_server, monkeypatch):
    session = a_lone_session()
    move_and_tell(session, by=DAY)

    die_before_marking(monkeypatch, now=NOW)
    send_due(now=NOW + MINUTE)

    row = Message.objects.get(kind="notice")
    [told] = row.about["visits"]
    assert (row.state, told["was_at"]) == (MessageState.SENT, STARTS_AT.isoformat())
    assert Heard.objects.get().facts_by_message == Heard.objects.get().facts == Facts.of(session)
    assert send_due(now=NOW + LEASE).found == 0


def test_what_was_raised_after_it_was_noted_is_told_from_what_the_patient_heard(mail_server, monkeypatch):
    session = a_lone_session()
    move_and_tell(session, by=DAY)
    die_before_marking(monkeypatch, now=NOW)

    move_and_tell(session, by=DAY)
    send_due(now=NOW + MINUTE)
    send_due(now=NOW + LEASE)

    first, second = mail_server.arrived
    assert second["Message-ID"] != first["Message-ID"]
    assert "Friday 15 January 2027" in second.get_body(("plain",)).get_content()
    assert "Thursday 14 January" not in second.get_body(("plain",)).get_content()


def test_what_was_heard_after_a_mail_is_not_undone_by_its_line(mail_server, monkeypatch):
    session = reminded(starts_at=STARTS_AT)
    assert session.site
    die_before_marking(monkeypatch, now=LONG_DUE)
    later = Facts(STARTS_AT + DAY, STARTS_AT + DAY + MINUTE, session.site.pk, "")
    hear_now(facts={session: later}, by_mail_too=False, now=LONG_DUE + MINUTE / 2)

    send_due(now=LONG_DUE + MINUTE)

    assert Heard.objects.get().facts == later


def test_half_a_line_spoils_no_other(mailoutbox):
    due_messages(2)
    send_due(now=NOW, limit=1)
    with only_file().path.open("ab") as file:
        file.write(b'{"at":"2027-01-04T0')

    send_due(now=NOW)

    reading = read(only_file())
    assert (reading.damaged, len(mails_noted())) == (1, 2)
    assert reading.end == only_file().path.stat().st_size
    assert not is_held(now=NOW)


def test_what_has_no_end_yet_is_read_once_it_has():
    file = an_own_file(database=a_clinic().uuid)
    end = read(file).end
    with file.path.open("ab") as opened:
        opened.write(b'{"seen"')

    assert read(file, start=end).end == end


def test_many_that_write_at_once_leave_whole_lines():
    file = an_own_file(database=a_clinic().uuid)

    at_once([partial(append, file, Seen(number)) for number in range(40)])

    assert sorted(line["seen"] for line in ledger_lines() if "seen" in line) == list(range(40))


@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
def test_hosts_that_open_their_ledger_at_once_have_one():
    database = a_clinic().uuid

    files = at_once([partial(an_own_file, database=database)] * 8)

    assert len({file.head.ledger for file in files}) == 1


def test_without_a_ledger_nobody_is_written_to_and_nothing_is_lost(mailoutbox, settings, tmp_path):
    due_messages(3)
    where, settings.MAIL_LEDGER = settings.MAIL_LEDGER, tmp_path / "in the way" / "ledger"
    (tmp_path / "in the way").touch()

    with pytest.raises(OSError):
        send_due(now=NOW)

    assert mailoutbox == []
    assert Message.objects.filter(state=MessageState.WAITING, lease_until=None, attempts=0).count() == 3
    # Another host has room, or this one has again.
    settings.MAIL_LEDGER = where
    assert send_due(now=NOW).sent == 3


def test_a_disk_that_is_full_leaves_no_half_line_and_says_so(mailoutbox, monkeypatch):
    due_messages(2)
    send_due(now=NOW, limit=1)
    before = only_file().path.read_bytes()

    def full(*_):
        raise OSError(errno.ENOSPC, "No space left on device")

    with monkeypatch.context() as disk:
        disk.setattr(os, "fsync", full)
        with pytest.raises(OSError, match="No space left"):
            send_due(now=NOW)

    assert only_file().path.read_bytes() == before
    assert (len(mailoutbox), states()) == (1, [MessageState.SENT, MessageState.WAITING])
    assert send_due(now=NOW).sent == 1


@pytest.mark.django_db(transaction=True)
def test_a_ledger_that_breaks_while_mail_goes_out_ends_the_round_and_doubles_nothing(mail_server, caplog):
    due_messages(4)

    def break_it():
        """The mail was taken; now its line has nowhere to go."""
        mail_server.on_arrival = None
        path = only_file().path
        path.unlink()
        path.mkdir()

    mail_server.on_arrival = break_it
    posting = send_due(now=NOW)

    assert (posting.sent, posting.waiting) == (1, 3)
    assert "a mail that went out is in no ledger" in str([line.msg for line in caplog.records])
    with pytest.raises(OSError):
        send_due(now=NOW + MINUTE)
    [broken] = ledger_folder().iterdir()
    broken.rmdir()
    assert send_due(now=NOW + MINUTE).sent == 3
    assert len({mail["Message-ID"] for mail in mail_server.arrived}) == len(mail_server.arrived) == 4


def test_files_older_than_any_backup_go_and_other_databases_keep_theirs(mailoutbox):
    due_messages(1, now=NOW - timedelta(days=500))
    send_due(now=NOW - timedelta(days=500))
    strange = only_file().path.with_name("elsewhere-00000000-2020-01.jsonl")
    strange.write_text('{"ledger":"%s","host":"a","database":"%s"}\n' % (("0" * 32,) * 2))

    due_messages(1)
    send_due(now=NOW)

    assert [file.path.stem[-7:] for file in files_here()] == ["2020-01", "2027-01"]
