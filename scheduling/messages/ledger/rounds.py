"""Rounds of sending: counted in the database before the first mail, and noted mail by mail on this host."""

from datetime import datetime

import structlog
from django.db import transaction
from django.db.models import F

from scheduling.messages.compose import mail_id
from scheduling.messages.ledger.files import LedgerFile, append, own_file
from scheduling.messages.ledger.hold import this_database
from scheduling.messages.ledger.lines import Begun, Mailed, NotedMessage, NotedSession
from scheduling.messages.payload import News
from scheduling.models import Facts, MailLedger, Mailroom, MessageKind

log = structlog.get_logger(__name__)


class Round:
    """What one sender hands over. `is_over`: its ledger takes no more, so nothing more may be sent."""

    def __init__(self, ledger: LedgerFile | None) -> None:
        self._ledger = ledger
        self.is_over = False

    def note(self, news: News, *, now: datetime) -> None:
        """The mail server took this: it is on the disk of this host before the database is told.

        A disk that refuses it is told to the log. The mail has gone, and must be marked all the same.
        """
        if self._ledger is None:
            return
        try:
            append(self._ledger, _mailed(news, now))
        except OSError as refusal:
            self.is_over = True
            log.error("a mail that went out is in no ledger", errno=refusal.errno, error=refusal.strerror)


def begin_round(*, now: datetime) -> Round:
    """Count a round and note that it begins. Raises OSError if this host's ledger cannot be written.

    The line is the proof that mails can be noted: while it cannot be written nobody is written to.
    """
    database = this_database()
    assert database is not None, "whoever has a message to send has a clinic"
    ledger = own_file(database=database, now=now)
    if ledger is not None:
        append(ledger, Begun(_counted(ledger, now)))
    return Round(ledger)


def _counted(ledger: LedgerFile, now: datetime) -> int:
    with transaction.atomic():
        if not Mailroom.objects.update(rounds=F("rounds") + 1):
            Mailroom.objects.get_or_create(pk=1)
            Mailroom.objects.update(rounds=F("rounds") + 1)
        # The row is locked by now: of two at once the second counts on.
        number = Mailroom.objects.values_list("rounds", flat=True).get()
        counted = MailLedger.objects.filter(ledger=ledger.head.ledger).update(round=number, used_at=now)
        if not counted:
            # Whoever else opens it just now waits for the row of the mailroom.
            MailLedger.objects.create(
                ledger=ledger.head.ledger, host=ledger.head.host, round=number, used_at=now
            )
    return number


def _mailed(news: News, now: datetime) -> Mailed:
    message = news.message
    return Mailed(
        at=now,
        mail=mail_id(news),
        kind=message.kind,
        clinic=message.clinic.uuid,
        patient=message.patient.uuid,
        messages=tuple(NotedMessage(one.uuid, one.key, one.raised) for one in news.messages),
        told=_told(news),
    )


def _told(news: News) -> tuple[NotedSession, ...]:
    if news.message.kind == MessageKind.REMINDER:
        sessions = [one.session for one in news.messages if one.session is not None and one.session.site]
        return tuple(
            NotedSession(one.uuid, facts.starts_at, facts.ends_at, one.site.uuid, facts.is_off)
            for one in sessions
            if one.site is not None and (facts := Facts.of(one)) is not None
        )
    # What is settled needs no word, and is as good as said.
    return tuple(
        NotedSession(one.session.uuid, one.now.starts_at, one.now.ends_at, one.site.uuid, one.now.is_off)
        for one in (*news.sessions, *news.settled)
    )
