"""Prove that the audit trail is what was sealed, or say where it breaks."""

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from clinic.audit_trail.heads import Head, breaks_of, head_of, read_heads, told_by_cuts
from clinic.audit_trail.verify import Walk, breaks_in, orphans
from clinic.errors import ClinicError
from clinic.management.one_moment import at_one_moment
from clinic.models import Clinic
from clinic.web.database_clock import database_now


class Command(BaseCommand):
    help = (
        "Walks each clinic's chain of seals and says where it breaks. Against whoever writes the database "
        "only a head that was noted elsewhere helps: --head writes them, --heads looks for them."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--clinic", metavar="SLUG", help="only this clinic")
        parser.add_argument("--expect", metavar="DIGEST", default="", help="a head that was noted earlier")
        parser.add_argument("--head", action="store_true", help="write the heads and nothing else")
        parser.add_argument("--heads", metavar="FILE", help="heads that --head has written, line by line")

    def handle(self, *args: Any, **options: Any) -> None:
        clinics = Clinic.objects.order_by("slug")
        if options["clinic"]:
            clinics = clinics.filter(slug=options["clinic"])
            if not clinics.exists():
                raise CommandError(f"There is no clinic “{options['clinic']}”.")
        if options["head"]:
            self._write_heads(list(clinics))
            return
        expected, heads = options["expect"], _read(options["heads"])
        # A seal or a cut that is written meanwhile is no break.
        with at_one_moment():
            walks = {clinic: Walk(expected=expected) for clinic in clinics}
            count = sum(self._tell_clinic(clinic, walk, heads) for clinic, walk in walks.items())
            if not options["clinic"]:
                count += self._tell_orphans(list(walks), heads)
            is_found = not expected or self._tell_expected(walks, expected)
        if count or not is_found:
            sys.exit(1)

    def _write_heads(self, clinics: Sequence[Clinic]) -> None:
        for clinic in clinics:
            if head := head_of(clinic):
                self.stdout.write(f"{head.line} {clinic.slug}")

    def _tell_clinic(self, clinic: Clinic, walk: Walk, heads: Sequence[Head]) -> int:
        count = 0
        now = database_now()
        for sentence in breaks_in(clinic=clinic, walk=walk, now=now):
            self.stdout.write(f"{clinic.slug}: {sentence}")
            count += 1
        for sentence in breaks_of(heads=heads, clinic=clinic, now=now):
            self.stdout.write(f"{clinic.slug}: {sentence}")
            count += 1
        for sentence in walk.cuts:
            self.stdout.write(f"{clinic.slug}: {sentence}")
        verdict = f"Broken in {count} places." if count else "The chain is whole."
        sealed = f"{walk.sealed} entries in {walk.seals} seals, {walk.unsealed} not sealed yet."
        self.stdout.write(f"{clinic.slug}: {verdict} {sealed}")
        self.stdout.write(f"{clinic.slug}: head {walk.head or '(none)'}")
        return count

    def _tell_orphans(self, clinics: Sequence[Clinic], heads: Sequence[Head]) -> int:
        """Clinics that are told of, by the trail or by a head, and that are not there."""
        gone = {head.clinic for head in heads} - {clinic.uuid for clinic in clinics}
        sentences = [*orphans(), *(f"The clinic {uuid}, whose head you noted, is missing." for uuid in gone)]
        for sentence in sentences:
            self.stdout.write(sentence)
        return len(sentences)

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


def _read(file: str | None) -> list[Head]:
    try:
        return read_heads(Path(file).read_text(encoding="utf-8")) if file else []
    except (OSError, UnicodeDecodeError) as problem:
        raise CommandError(f"{file} cannot be read: {problem}.") from problem
    except ClinicError as problem:
        raise CommandError(str(problem)) from problem
