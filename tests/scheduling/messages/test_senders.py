"""Many senders at once, senders that die, acts meanwhile: nothing lost, nothing twice that can be helped."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from functools import partial
from threading import Barrier

import pytest
from django.db import connection, transaction

from scheduling.messages.leases import LEASE, lease
from scheduling.messages.notices import raise_notices
from scheduling.messages.outbox import record
from scheduling.messages.sending import send_due
from scheduling.models import Facts, Heard, Message, MessageKind, MessageState, Session
from tests.support.acts.mailing import a_session, die_before_noting, due_messages, forget_the_ledger
from tests.support.acts.telling import a_course_on_thursdays, move_and_tell
from tests.support.builders import a_clinic, a_patient
from tests.support.cast import NOW
from tests.support.database.rivals import at_once
from tests.support.faults.dying import afresh, killed

SENDERS = 4

# Sessions are rows without claims here.
pytestmark = pytest.mark.damages_diaries


@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
def test_four_senders_at_once_send_each_message_once(mail_server):
    messages = due_messages(60)
    start = Barrier(SENDERS)

    def send_until_nothing_is_due(_):
        try:
            start.wait()
            sent = 0
            while (posting := send_due(now=NOW, limit=7)).found:
                sent += posting.sent
            return sent
        finally:
            connection.close()

    with ThreadPoolExecutor(SENDERS) as pool:
        sent = list(pool.map(send_until_nothing_is_due, range(SENDERS)))

    assert sum(sent) == 60
    arrived = [mail["Message-ID"] for mail in mail_server.arrived]
    assert len(arrived) == len(set(arrived)) == 60
    assert {mail["To"] for mail in mail_server.arrived} == {row.patient.email for row in messages}


@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
def test_a_session_cancelled_while_the_batch_goes_out_is_not_reminded(mail_server):
    messages = due_messages(15)
    last = messages[-1]
    mail_server.on_arrival = lambda: Session.objects.filter(messages=last).update(status="cancelled")

    posting = send_due(now=NOW)

    assert (posting.sent, posting.void) == (14, 1)
    assert mail_server.arrived_for(last.patient.email) == []


@pytest.mark.django_db
def test_what_one_sender_has_leased_another_does_not_take():
    due_messages(3)
    lease(now=NOW, limit=2)

    taken = lease(now=NOW, limit=100)

    assert len(taken) == 1


@pytest.mark.django_db
def test_what_a_dead_sender_had_leased_goes_out_when_the_lease_has_run_out(mailoutbox):
    due_messages(3)
    lease(now=NOW, limit=100)

    before = send_due(now=NOW + LEASE - timedelta(seconds=1))
    after = send_due(now=NOW + LEASE)

    assert (before.found, after.sent) == (0, 3)
    assert len(mailoutbox) == 3


@pytest.mark.django_db
def test_a_crash_before_the_ledger_says_it_repeats_the_mail_under_the_same_message_id(
    mail_server, monkeypatch
):
    due_messages(1)

    die_before_noting(monkeypatch, now=NOW)
    send_due(now=NOW + LEASE)
    send_due(now=NOW + 2 * LEASE)

    first, again = mail_server.arrived
    assert first["Message-ID"] == again["Message-ID"]
    assert Message.objects.get().state == MessageState.SENT


@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
def test_what_a_host_sent_that_comes_back_no_more_is_repeated_under_the_same_message_id(mail_server):
    due_messages(1)

    killed(lambda: send_due(now=NOW), at='UPDATE "scheduling_message" .*"sent_at"')
    forget_the_ledger()
    afresh(lambda: send_due(now=NOW + LEASE))
    afresh(lambda: send_due(now=NOW + 2 * LEASE))

    first, again = mail_server.arrived
    assert first["Message-ID"] == again["Message-ID"]
    assert Message.objects.get().state == MessageState.SENT


@pytest.mark.django_db
def test_each_message_is_marked_before_the_next_is_sent(mail_server, monkeypatch):
    due_messages(3)
    marked = []

    def marking(messages, verdict, *, now):
        marked.append(len(mail_server.arrived))
        record(messages, verdict, now=now)

    monkeypatch.setattr("scheduling.messages.outbox.record", marking)
    send_due(now=NOW)

    assert marked == [1, 2, 3]


@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
def test_acts_at_once_on_a_patients_lone_sessions_raise_one_row_and_count_all():
    patient = a_patient(clinic=a_clinic())
    sessions = [a_session(patient=patient, starts_at=NOW + timedelta(days=2 + day)) for day in range(6)]

    def act(session: Session) -> None:
        facts = Facts.of(session)
        assert facts
        with transaction.atomic():
            raise_notices(noticed={session: facts}, due_at=NOW, now=NOW)

    at_once([partial(act, session) for session in sessions])

    [row] = Message.objects.filter(kind=MessageKind.NOTICE)
    assert row.raised == 6
    assert row.useful_until == sessions[-1].starts_at


@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
def test_a_course_that_changes_while_senders_are_busy_is_told_to_its_end(mail_server):
    _, [session, *_] = a_course_on_thursdays()
    for _ in range(4):
        at_once([lambda: move_and_tell(session, by=timedelta(days=1)), *[lambda: send_due(now=NOW)] * 2])

    while send_due(now=NOW).found:
        pass

    stands = Facts.of(Session.objects.get(pk=session.pk))
    heard = Heard.objects.get(session=session)
    assert heard.facts == heard.facts_by_message == stands
    assert "Now:   Monday 18 January 2027" in mail_server.arrived[-1].get_body(("plain",)).get_content()
    assert len({mail["Message-ID"] for mail in mail_server.arrived}) == len(mail_server.arrived)


@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
def test_a_mail_that_went_out_counts_as_sent_though_it_was_taken_back_meanwhile(mail_server):
    due_messages(1)
    mail_server.on_arrival = lambda: Message.objects.update(state=MessageState.VOID)

    send_due(now=NOW)

    assert len(mail_server.arrived) == 1
    assert Message.objects.get().state == MessageState.SENT
