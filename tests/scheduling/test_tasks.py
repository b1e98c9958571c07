"""The task that beat sends: by the database's clock, until nothing is due."""

from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from django.conf import settings

from clinic.web.database_clock import database_now
from scheduling.messages.leases import MOST_OF_A_CLINIC
from scheduling.models import Message, MessageState
from scheduling.tasks import send_due_messages
from tests.support.acts.mailing import due_messages

# Sessions are rows without claims here.
pytestmark = [pytest.mark.django_db, pytest.mark.damages_diaries, pytest.mark.reads_clock]


@pytest.mark.slow
def test_the_task_sends_everything_that_is_due_by_the_database_s_clock(mailoutbox):
    due_messages(250, now=database_now())

    send_due_messages()

    assert len(mailoutbox) == 250
    assert not Message.objects.filter(state=MessageState.WAITING).exists()


def test_running_the_task_twice_sends_nothing_twice(mailoutbox):
    due_messages(3, now=database_now())

    send_due_messages()
    send_due_messages()

    assert len(mailoutbox) == 3


def test_the_task_stops_at_a_server_that_is_out_of_reach(mail_server):
    due_messages(150, now=database_now())
    mail_server.stop()

    send_due_messages()

    assert Message.objects.filter(reason="out_of_reach").count() == MOST_OF_A_CLINIC
    assert Message.objects.filter(state=MessageState.WAITING, lease_until=None).count() == 150


@pytest.mark.only_on("postgresql")  # SQLite has no clock but the machine's
@pytest.mark.parametrize("wrong_by", [timedelta(hours=1), timedelta(hours=-1), timedelta(days=400)])
def test_a_worker_whose_clock_is_wrong_sends_nothing_early_and_nothing_late(wrong_by, mailoutbox):
    due, *_ = due_messages(1, now=database_now())
    not_yet, *_ = due_messages(1, now=database_now() + timedelta(minutes=30))

    with time_machine.travel(datetime.now(UTC) + wrong_by):
        send_due_messages()

    due.refresh_from_db()
    not_yet.refresh_from_db()
    assert (due.state, not_yet.state) == (MessageState.SENT, MessageState.WAITING)
    assert due.sent_at
    assert abs(due.sent_at - datetime.now(UTC)) < timedelta(minutes=1)


def test_the_database_s_clock_tells_utc():
    told = database_now()

    assert told.tzinfo is UTC
    assert abs(told - datetime.now(UTC)) < timedelta(seconds=10)


def test_beat_knows_the_task_by_its_name():
    tasks = {entry["task"] for entry in settings.CELERY_BEAT_SCHEDULE.values()}

    assert send_due_messages.name in tasks
