"""Let mail go that is held because a backup was put back."""

from collections.abc import Iterable
from datetime import datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.urls import reverse

from clinic.web.database_clock import database_now
from scheduling.messages.ledger.hold import hold, let_go
from scheduling.restoring.release import Brought, Ledgers, bring_in, ledgers_at, mails_of_unknown_clinics
from scheduling.restoring.told_otherwise import ToldOtherwise


class Command(BaseCommand):
    help = (
        "After a backup was put back: marks what the ledgers of all hosts say was sent since, says which "
        "patients know of sessions that are not here, gives all that is ahead new versions, and lets mail go."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "ledgers",
            metavar="LEDGER",
            nargs="*",
            type=Path,
            help="ledgers of other hosts, files or folders; this host's own are read anyhow",
        )
        parser.add_argument("--look", action="store_true", help="only say what would be done")
        parser.add_argument(
            "--erasures",
            metavar="FILE",
            type=Path,
            help="erase again first whom this ledger names",
        )
        parser.add_argument(
            "--restored", action="store_true", help="a backup was put back, though no ledger tells of it"
        )
        parser.add_argument(
            "--without-others", action="store_true", help="the ledgers of other hosts are lost: go on without"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        ledgers = self._read(options["ledgers"])
        if not (ledgers.is_put_back or options["restored"]):
            self.stdout.write(
                "No mail is held, and no ledger tells of mail that this database does not know: "
                "nothing to do. If a backup was put back all the same, say --restored."
            )
            return
        self._refuse_if_missing(ledgers, goes_on=options["without_others"])
        now, is_applied = database_now(), not options["look"]
        if is_applied:
            # Whatever starts or fails meanwhile, nobody is written to before all of this is done.
            hold(now=now)
        if options["erasures"]:
            self._erase_again(options["erasures"], is_applied=is_applied)
        else:
            self.stdout.write("No ledger of erasures was given: whoever was erased since the backup is back.")
        for brought in bring_in(ledgers=ledgers, now=now, is_applied=is_applied):
            self._tell(brought, is_applied=is_applied)
        if others := mails_of_unknown_clinics(ledgers):
            self.stderr.write(f"{others} mails went to patients of clinics that are not in this database.")
        if is_applied:
            let_go(ledgers.tails, now=now)
            self.stdout.write("Mail goes out again.")
        else:
            self.stdout.write("Nothing was changed. Leave --look out to do this.")

    def _read(self, places: Iterable[Path]) -> Ledgers:
        try:
            ledgers = ledgers_at(places)
        except OSError as refusal:
            raise CommandError(f"{refusal.filename}: {refusal.strerror}. Name another file.") from refusal
        for tail in ledgers.tails:
            self.stdout.write(
                f"{tail.file.path}: {len(tail.mailed)} mails of {tail.file.head.host} to look at"
            )
        if ledgers.strange:
            self.stdout.write(f"{ledgers.strange} ledgers of another database were left out.")
        if ledgers.damaged:
            self.stderr.write(
                f"{ledgers.damaged} lines are damaged, as a sender leaves one that is killed while it "
                "writes. Such a mail may go out once more, under the same Message-ID."
            )
        return ledgers

    def _refuse_if_missing(self, ledgers: Ledgers, *, goes_on: bool) -> None:
        if ledgers.missing and not goes_on:
            raise CommandError(
                f"Mail was also sent from {', '.join(ledgers.missing)}, and no ledger of theirs was given: "
                "what they sent would go out again. Name their ledgers, or say --without-others if they "
                "are lost. Nothing was changed, and mail stays as it is."
            )

    def _erase_again(self, path: Path, *, is_applied: bool) -> None:
        try:
            call_command(
                "erasures", **{"from": path}, apply=is_applied, stdout=self.stdout, stderr=self.stderr
            )
        except SystemExit as left:
            if is_applied:
                raise CommandError(
                    "Mail stays held until they are erased: cancel their sessions at the desk, then run this "
                    "again."
                ) from left

    def _tell(self, brought: Brought, *, is_applied: bool) -> None:
        slug, settled = brought.clinic.slug, brought.settled
        would = "" if is_applied else "would be "
        self.stdout.write(
            f"{slug}: {settled.marked} messages {would}marked as sent, {settled.added} {would}added; "
            f"{brought.renumbered} sessions {would}given new versions"
        )
        for one in brought.told:
            self.stdout.write(f"{slug}: {_words(one)}")


def _words(one: ToldOtherwise) -> str:
    """Ids, not names: an operator may read them."""
    whom = f"patient {one.patient}"
    if one.is_known:
        whom += f" ({settings.BASE_URL}{reverse('patient', args=[one.patient])})"
    else:
        whom += ", who is not in this database,"
    session, told = one.session, one.told
    zone = session.site.tz if session is not None and session.site is not None else ZoneInfo("UTC")
    what = "is off" if told.is_off else "is"
    here = "it is not here"
    if session is not None:
        here = f"here it is {session.get_status_display().lower()}"
        here += f" for {_time(session.starts_at, zone)}" if session.starts_at else " and has no time"
    return f"{whom} was told that session {told.uuid} {what} on {_time(told.starts_at, zone)}; {here}"


def _time(at: datetime, zone: ZoneInfo) -> str:
    return f"{at.astimezone(zone):%Y-%m-%d %H:%M} {zone}"
