"""Prove that the audit trail is what was sealed, or say where it breaks."""

import sys
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from clinic.audit_trail.verify import Walk, breaks_in, told_by_cuts
from clinic.management.one_moment import at_one_moment
from clinic.models import Clinic


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
        expected = options["expect"]
        # A seal or a cut that is written meanwhile is no break.
        with at_one_moment():
            walks = {clinic: Walk(expected=expected) for clinic in clinics}
            count = sum(self._tell_clinic(clinic, walk) for clinic, walk in walks.items())
            is_found = not expected or self._tell_expected(walks, expected)
        if count or not is_found:
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

    def _tell_expected(self, walks: dict[Clinic, Walk], expected: str) -> bool:
        """Whether the head that was noted is proven to have been in a chain."""
        if any(walk.has_expected for walk in walks.values()):
            self.stdout.write("The head that you noted is in the chain.")
            return True
        told = {clinic: told_by_cuts(clinic=clinic, expected=expected) for clinic in walks}
        cuts = {clinic.slug: one for clinic, one in told.items() if one is not None}
        if proven := next((one for one in cuts.values() if one.is_proven), None):
            self.stdout.write(proven.sentence)
            return True
        for slug, one in cuts.items():
            self.stderr.write(f"{slug}: {one.sentence}")
        if not cuts:
            self.stderr.write("The head that you noted is not in the chain: seals were taken away.")
        return False
