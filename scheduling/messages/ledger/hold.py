"""Whether mail is held: a ledger knows of rounds of sending that this database never counted.

The database counts a round before its first mail goes out, so a sender that is killed, at whatever line,
never leaves its ledger ahead. A database that was put back does. What a killed sender noted and did not
mark is marked here.
"""

import contextlib
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

import structlog

from clinic.models import Clinic
from scheduling.messages.ledger.files import LedgerFile, Reading, append, files_here, own_file, read
from scheduling.messages.ledger.lines import Begun, Mailed, Seen
from scheduling.messages.ledger.settle import settle
from scheduling.models import MailLedger, Mailroom

log = structlog.get_logger(__name__)

# So much that tells of no mail is read again at each look.
_MOST_UNSETTLED_BYTES = 16 * 1024


@dataclass(frozen=True, slots=True)
class Tail:
    """What a ledger says beyond what is certainly in this database, and what that knows of the ledger."""

    file: LedgerFile
    known: MailLedger | None
    reading: Reading

    @property
    def mailed(self) -> list[Mailed]:
        return [line for line in self.reading.lines if isinstance(line, Mailed)]

    @property
    def last_round(self) -> int:
        return max((line.round for line in self.reading.lines if isinstance(line, Begun)), default=0)

    @property
    def last_seen(self) -> int:
        seen = [line.round for line in self.reading.lines if isinstance(line, Begun | Seen)]
        return max(seen, default=0)

    @property
    def has_more_rounds(self) -> bool:
        """Whether it went on beside another database than this one, as this one is now."""
        return self.last_round > (self.known.round if self.known else 0)


def this_database() -> UUID | None:
    """By what a ledger tells this database from others: its first clinic. A backup of it says the same."""
    return Clinic.objects.order_by("pk").values_list("uuid", flat=True).first()


def held_since() -> datetime | None:
    """Since when no mail goes out. One query."""
    held = Mailroom.objects.filter(held_at__isnull=False)
    return held.values_list("held_at", flat=True).first()


def is_held(*, now: datetime) -> bool:
    """Look whether mail is held or must be from now on; settle what senders of these ledgers left unmarked.

    Two queries where nothing was ever sent from here, three while nothing is to be settled. Raises OSError.
    """
    room = Mailroom.objects.first()
    if room is not None and room.held_at is not None:
        return True
    rounds, database = room.rounds if room else 0, this_database()
    tails = tails_of(files_of(database))
    # Another sender of this host may have counted a round and noted it between the two looks: ask anew.
    if is_put_back(tails, rounds=rounds) and is_put_back(_known_by_now(tails), rounds=_rounds()):
        hold(now=now)
        return True
    _settle(tails, now)
    if rounds and database:
        # Without a disk to write to no round begins either, and that is told.
        with contextlib.suppress(OSError):
            _keep_in_mind(tails, rounds, own_file(database=database, now=now))
    return False


def is_put_back(tails: Iterable[Tail], *, rounds: int) -> bool:
    """Whether a ledger was written beside a database that had got further than this one."""
    return any(tail.has_more_rounds or tail.last_seen > rounds for tail in tails)


def hold(*, now: datetime) -> None:
    """From now on no mail goes out, from no host. It is told to the log once."""
    Mailroom.objects.get_or_create(pk=1)
    if Mailroom.objects.filter(held_at__isnull=True).update(held_at=now):
        log.error("mail is held: a ledger knows of mail that this database does not", ends="release_mail")


def let_go(tails: Iterable[Tail], *, now: datetime) -> None:
    """Mail goes out again, and all that these ledgers say is in this database."""
    rounds = _rounds()
    for tail in tails:
        known = tail.known.round if tail.known else 0
        _settled(tail, now, round=max(known, tail.last_round))
        rounds = max(rounds, tail.last_seen)
    Mailroom.objects.get_or_create(pk=1)
    Mailroom.objects.update(rounds=rounds, held_at=None)


def files_of(database: UUID | None) -> list[LedgerFile]:
    """The ledgers in this host's folder that were written beside that database, or one put back from it."""
    return [file for file in files_here() if file.head.database == database]


def _rounds() -> int:
    return Mailroom.objects.values_list("rounds", flat=True).first() or 0


def _known_by_now(tails: Iterable[Tail]) -> list[Tail]:
    """The same lines beside what the database says after they were read."""
    of = {tail.file.head.ledger: tail for tail in tails}
    known = {row.ledger: row for row in MailLedger.objects.filter(ledger__in=of)}
    return [replace(tail, known=known.get(ledger)) for ledger, tail in of.items()]


def tails_of(files: Iterable[LedgerFile]) -> list[Tail]:
    """One query. Raises OSError."""
    of = {file.head.ledger: file for file in files}
    known = {row.ledger: row for row in MailLedger.objects.filter(ledger__in=of)}
    return [
        Tail(file, row, read(file, start=row.settled_to if row else 0))
        for ledger, file in of.items()
        for row in [known.get(ledger)]
    ]


def _settle(tails: Iterable[Tail], now: datetime) -> None:
    for tail in tails:
        is_long = tail.known and tail.reading.end - tail.known.settled_to > _MOST_UNSETTLED_BYTES
        if tail.mailed or is_long:
            settle(mailed=tail.mailed, now=now)
            _settled(tail, now)


def _settled(tail: Tail, now: datetime, **columns: int) -> None:
    head, settled = tail.file.head, {"settled_to": tail.reading.end, **columns}
    if not MailLedger.objects.filter(ledger=head.ledger).update(**settled):
        of_host = {"host": head.host, "used_at": now, **settled}
        MailLedger.objects.get_or_create(ledger=head.ledger, defaults=of_host)


def _keep_in_mind(tails: Iterable[Tail], rounds: int, own: LedgerFile | None) -> None:
    """So that a host that sends nothing notices too when the database is put back."""
    if own is None:
        return
    seen = [tail.last_seen for tail in tails if tail.file.head.ledger == own.head.ledger]
    if max(seen, default=0) < rounds:
        append(own, Seen(rounds))
