"""Letting mail go after a backup was put back: what the ledgers of all hosts know is brought into it."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from uuid import UUID

from django.db import transaction

from clinic.audit_trail.write import AuditAction, AuditRecord, record_audit
from clinic.identity.actors import Actor, task_actor
from clinic.models import Clinic
from scheduling.messages.ledger.files import LedgerFile, files_here, files_in
from scheduling.messages.ledger.hold import Tail, is_put_back, tails_of, this_database
from scheduling.messages.ledger.lines import Mailed
from scheduling.messages.ledger.settle import Settled, settle
from scheduling.models import MailLedger, Mailroom
from scheduling.restoring.renumber import count_to_renumber, renumber
from scheduling.restoring.told_otherwise import ToldOtherwise, told_otherwise

TASK = "release_mail"
# Hosts that sent nothing for so long before the last mail are not waited for.
_GONE_AFTER = timedelta(days=30)


@dataclass(frozen=True, slots=True)
class Ledgers:
    """The ledgers of this database that were given, each once, and how many files were another's.

    `missing` are hosts that sent mail lately and of which none was given.
    """

    tails: tuple[Tail, ...]
    strange: int
    missing: tuple[str, ...]

    @property
    def is_put_back(self) -> bool:
        """Whether one of them, or a host that looked since, knows more than this database."""
        room = Mailroom.objects.first()
        is_held = room is not None and room.held_at is not None
        return is_held or is_put_back(self.tails, rounds=room.rounds if room else 0)

    @property
    def damaged(self) -> int:
        return sum(tail.reading.damaged for tail in self.tails)

    @property
    def of_clinics(self) -> dict[UUID, list[Mailed]]:
        found: dict[UUID, list[Mailed]] = defaultdict(list)
        for tail in self.tails:
            for mailed in tail.mailed:
                found[mailed.clinic].append(mailed)
        return found


@dataclass(frozen=True, slots=True)
class Brought:
    """What became of a clinic: messages marked and added, sessions renumbered, who was told otherwise."""

    clinic: Clinic
    settled: Settled
    renumbered: int
    told: tuple[ToldOtherwise, ...]


def ledgers_at(places: Iterable[Path]) -> Ledgers:
    """Read the ledgers of this host, and those in these folders and files. Raises OSError."""
    database = this_database()
    found = [*files_here(), *files_in(places)]
    own = [file for file in found if file.head.database == database]
    tails = tuple(tails_of(_longest_of_each(own)))
    return Ledgers(tails, len(found) - len(own), tuple(_missing(tails)))


def bring_in(*, ledgers: Ledgers, now: datetime, is_applied: bool = True) -> Iterator[Brought]:
    """Mark what went out, write what patients heard by it, and pass over numbers that were seen; by clinic.

    Without `is_applied` nothing is written. Run twice it marks nothing more.
    """
    mailed = ledgers.of_clinics
    for clinic in Clinic.objects.order_by("slug"):
        by = task_actor(clinic_id=clinic.pk, label=TASK)
        yield _bring_in(clinic, mailed.get(clinic.uuid, []), by, now, is_applied=is_applied)


def mails_of_unknown_clinics(ledgers: Ledgers) -> int:
    known = set(Clinic.objects.values_list("uuid", flat=True))
    return sum(len(some) for clinic, some in ledgers.of_clinics.items() if clinic not in known)


def _bring_in(
    clinic: Clinic, mailed: Sequence[Mailed], by: Actor, now: datetime, *, is_applied: bool
) -> Brought:
    with transaction.atomic():
        settled = settle(mailed=mailed, now=now, adds=True)
        transaction.set_rollback(not is_applied)
    told = tuple(told_otherwise(clinic=clinic, mailed=mailed, now=now))
    if not is_applied:
        return Brought(clinic, settled, count_to_renumber(by=by, now=now), told)
    count = renumber(by=by, now=now)
    after = {"marked": settled.marked, "added": settled.added, "renumbered": count}
    patients = [one.patient for one in told]
    record_audit(AuditRecord(AuditAction.WENT_ON_RESTORED, patients=patients, after=after), by=by, now=now)
    return Brought(clinic, settled, count, told)


def _longest_of_each(files: Iterable[LedgerFile]) -> list[LedgerFile]:
    """A copy may lie beside what it was copied from."""
    longest: dict[UUID, LedgerFile] = {}
    for file in files:
        known = longest.setdefault(file.head.ledger, file)
        if file.path.stat().st_size > known.path.stat().st_size:
            longest[file.head.ledger] = file
    return list(longest.values())


def _missing(tails: Sequence[Tail]) -> Iterator[str]:
    last = MailLedger.objects.order_by("-used_at").first()
    if last is None:
        return
    rows = MailLedger.objects.filter(used_at__gte=last.used_at - _GONE_AFTER)
    given = {tail.file.head.host for tail in tails}
    yield from sorted(set(rows.values_list("host", flat=True)) - given)
