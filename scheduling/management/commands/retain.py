"""Let go of what is past its time, or only say what would go."""

import sys
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from clinic.every_clinic import RoundFailed, go_round
from clinic.models import Clinic
from clinic.web.database_clock import database_now
from scheduling.privacy.retention import retain


class Command(BaseCommand):
    help = "Says what is past its time in each clinic, by rule. Nothing goes unless you add --apply."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--apply", action="store_true", help="let it go")

    def handle(self, *args: Any, **options: Any) -> None:
        is_applied, left = options["apply"], 0

        def tell(clinic: Clinic) -> None:
            nonlocal left
            for gone in retain(clinic=clinic, is_applied=is_applied, now=database_now()):
                verb = "gone" if is_applied else "would go"
                self.stdout.write(f"{clinic.slug}: {gone.count} {verb}: {gone.rule}")
                for uuid in gone.left:
                    self.stderr.write(
                        f"{clinic.slug}: patient {uuid} has sessions ahead and stays. Cancel them first."
                    )
                left += len(gone.left)

        try:
            go_round(tell, name="retention")
        except RoundFailed as failure:
            raise CommandError(str(failure)) from failure
        if not is_applied:
            self.stdout.write("Nothing was changed. Add --apply to let these go.")
        if left:
            sys.exit(1)
