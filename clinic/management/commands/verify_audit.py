"""Prove that the audit trail is what was sealed, or say where it breaks."""

import sys
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from clinic.models import Clinic
from clinic.verifying import Walk, breaks_in


class Command(BaseCommand):
    help = "Walks each clinic's chain of seals and says where it breaks. Note the head's digest elsewhere."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--clinic", metavar="SLUG", help="only this clinic")
        parser.add_argument("--expect", metavar="DIGEST", default="", help="a head that was noted earlier")

    def handle(self, *args: Any, **options: Any) -> None:
        clinics = Clinic.objects.order_by("slug")
        if options["clinic"]:
            clinics = clinics.filter(slug=options["clinic"])
            if not clinics.exists():
                raise CommandError(f"There is no clinic “{options['clinic']}”.")
        expected, count, has_expected = options["expect"], 0, False
        for clinic in clinics:
            walk = Walk(expected=expected)
            count += self._tell_clinic(clinic, walk)
            has_expected |= walk.has_expected
        if expected and has_expected:
            self.stdout.write("The head that you noted is in the chain.")
        elif expected:
            self.stderr.write("The head that you noted is not in the chain: seals were taken away or cut.")
        if count or (expected and not has_expected):
            sys.exit(1)

    def _tell_clinic(self, clinic: Clinic, walk: Walk) -> int:
        count = 0
        for sentence in breaks_in(clinic=clinic, walk=walk):
            self.stdout.write(f"{clinic.slug}: {sentence}")
            count += 1
        verdict = f"Broken in {count} places." if count else "The chain is whole."
        sealed = f"{walk.sealed} entries in {walk.seals} seals, {walk.unsealed} not sealed yet."
        self.stdout.write(f"{clinic.slug}: {verdict} {sealed}")
        self.stdout.write(f"{clinic.slug}: head {walk.head or '(none)'}")
        return count
