"""Keep the ledger of erasures outside the backups, and apply it after one is restored."""

import sys
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from clinic.audit_trail.erasure_ledger import Page, enter_missing, ledger_text, read_ledger
from clinic.errors import Malformed
from clinic.identity.actors import task_actor
from clinic.running.folder import replace
from clinic.web.database_clock import database_now
from scheduling.privacy.reapply_erasures import erase_again


class Command(BaseCommand):
    help = "Writes the ledger of erased patients to a file, or erases again whom a file names."

    def add_arguments(self, parser: CommandParser) -> None:
        way = parser.add_mutually_exclusive_group(required=True)
        way.add_argument("--to", metavar="FILE", type=Path, help="write the ledger of all clinics there")
        way.add_argument("--from", metavar="FILE", type=Path, help="say whom this ledger would erase again")
        parser.add_argument("--apply", action="store_true", help="with --from: do it")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            if options["to"]:
                self._write(options["to"])
            elif not self._reapply(options["from"], is_applied=options["apply"]):
                sys.exit(1)
        except OSError as refusal:
            raise CommandError(f"{refusal.filename}: {refusal.strerror}. Name another file.") from refusal
        except Malformed as problem:
            raise CommandError(problem.sentence) from problem

    def _write(self, path: Path) -> None:
        replace(path, ledger_text())
        self.stdout.write(f"The ledger is in {path}. Keep it apart from the backups, and not for less long.")

    def _reapply(self, path: Path, *, is_applied: bool) -> bool:
        """Whether everyone whom the ledger names is erased."""
        is_done = True
        for page in read_ledger(path.read_bytes()):
            is_done &= self._reapply_page(page, is_applied=is_applied)
        if not is_applied:
            self.stdout.write("Nothing was changed. Add --apply to do this.")
        return is_done

    def _reapply_page(self, page: Page, *, is_applied: bool) -> bool:
        slug, by = page.clinic.slug, task_actor(clinic_id=page.clinic.pk, label="erasures")
        if is_applied:
            self.stdout.write(f"{slug}: {enter_missing(page)} entered in the ledger")
        again = erase_again(by=by, is_applied=is_applied, now=database_now(), also=page.erased)
        self.stdout.write(f"{slug}: {again.count} {'erased' if is_applied else 'would be erased'} again")
        for uuid in again.with_sessions:
            self.stderr.write(
                f"{slug}: patient {uuid} has sessions ahead and stays. Cancel them, then run this again."
            )
        return not again.with_sessions
